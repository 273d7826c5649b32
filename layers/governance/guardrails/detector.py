"""A detector: a shape, and what else must be true of a candidate before it is a finding."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import re2

from governance.guardrails.classes import DataClass
from governance.guardrails.shapes import Shape

CONTEXT: Final = 40
"""How many characters before a candidate a detector may look at."""
Span = tuple[int, int]
Accept = Callable[[bytes, int, int, tuple[str, ...]], Span | None]
_WORD: Final = re.compile(rb"[A-Za-z0-9_]*")
_AFTER: Final = r"[-.:/,@]"


@dataclass(frozen=True, slots=True)
class Detector:
    """`accept(data, start, end, regions)` gives the span of the finding within a candidate, or None.

    `gates`: without one of these in the text there is nothing to find (it saves the scan). `free`: a candidate may
    begin inside a word; others begin where one does, or with a sign.
    """

    name: DataClass
    shape: Shape
    accept: Accept
    gates: tuple[bytes, ...] = ()
    free: bool = False
    pattern: Any = field(init=False)

    def __post_init__(self) -> None:
        """Compile the shape."""
        object.__setattr__(self, "pattern", compiled(self.shape.whole))

    @property
    def beginning(self) -> str:
        """The pattern of what may become a candidate, or one whose end is not sure before more is read."""
        return f"{self.shape.beginning}|{self.shape.whole}{_AFTER}"

    def possible(self, data: bytes) -> bool:
        """Whether there can be a candidate at all."""
        return not self.gates or any(gate in data for gate in self.gates)

    def first(self, data: bytes, begin: int, regions: tuple[str, ...]) -> "Match | None":
        """The first finding whose candidate begins at `begin` or later."""
        while found := self.pattern.search(data, begin):
            start, end = found.span()
            span = self.accept(data, start, end, regions) if self.free or starts_word(data, start) else None
            if span is not None:
                return Match(self, start, *span)
            begin = start + 1 if self.free else max(ends_word(data, start), start + 1)
        return None


@dataclass(frozen=True, slots=True)
class Match:
    """A finding at `start` to `end` in folded text; its candidate began at `begin`."""

    detector: Detector
    begin: int
    start: int
    end: int


def matches(data: bytes, begin: int, detectors: Sequence[Detector], regions: tuple[str, ...]) -> list[Match]:
    """Findings from left to right.

    Of two that overlap the one that starts first holds, of two that start together the one whose detector stands first;
    scanning goes on behind it, as if the text began there.
    """
    found: list[Match] = []
    ahead = _search(data, begin, detectors, regions)
    while ahead:
        match = min(ahead, key=lambda one: (one.start, detectors.index(one.detector)))
        found.append(match)
        behind = [one.detector for one in ahead if one.begin < match.end]
        ahead = [one for one in ahead if one.begin >= match.end]
        ahead += _search(data, match.end, behind, regions)
    return found


def starts_word(data: bytes, start: int) -> bool:
    """Whether no letter, digit or underscore stands before `start`."""
    return start == 0 or not _is_word(data[start - 1])


def stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether a number is not part of a larger one, of a date, an amount, a version or an identifier."""
    return starts_word(data, start) and ends_here(data, end) and not _glued(data[max(start - 2, 0) : start][::-1])


def continues_row(data: bytes, start: int) -> bool:
    """Whether a digit and a blank stand before `start`: a row of numbers, of which this is not the first."""
    return data[max(start - 1, 0) : start] == b" " and data[max(start - 2, 0) : start - 1].isdigit()


def ends_here(data: bytes, end: int) -> bool:
    """Whether nothing behind `end` belongs to the same word or number."""
    return (end == len(data) or not _is_word(data[end])) and not _glued(data[end : end + 2])


def ends_word(data: bytes, start: int) -> int:
    """Where the letters and digits that begin at `start` end."""
    found = _WORD.match(data, start)
    return found.end() if found else start


def compiled(source: str) -> Any:
    """An RE2 pattern on Latin-1 bytes."""
    return _compiled(source)


@cache
def _compiled(source: str) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    options.log_errors = False
    return re2.compile(source.encode("latin-1"), options)


def _search(data: bytes, begin: int, detectors: Iterable[Detector], regions: tuple[str, ...]) -> list[Match]:
    return [match for one in detectors if (match := one.first(data, begin, regions))]


def _glued(two: bytes) -> bool:
    """Whether a sign and what stands beyond it continue a number."""
    if len(two) < 2:  # noqa: PLR2004 - a sign and what it joins
        return False
    sign, beyond = two[0], two[1]
    return _is_word(beyond) if sign in b"-@" else sign in b".:/," and beyond in b"0123456789"


def _is_word(letter: int) -> bool:
    return letter in _LETTERS


_LETTERS: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
