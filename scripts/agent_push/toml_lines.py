"""On which line of a TOML file a key stands: the standard library's parser gives values without places.

It reads text that `tomllib` has accepted, so it looks only for what it needs: headers of tables, keys, strings and
brackets that go on over lines, comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED: Final = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?[ \t]*({_DOTTED})[ \t]*\]\]?")
_ASSIGNMENT: Final = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PART: Final = re.compile(_KEY)
_PIECE: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[][{},\n=]|[^][{},\n"'\#=]+''',
    re.DOTALL,
)


def line_of(text: str, path: Path) -> int:
    """The line (from 1) of the key at that path, such as `("tool", "ambit", "tools", 2)`.

    What is not there is answered with the line of the nearest thing around it that is; 1 when nothing is.
    """
    places: dict[Path, int] = {}
    for place, line in _places(text):
        places.setdefault(place, line)
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return 1


@dataclass
class _Value:
    """A value that is being read: where it belongs, and the arrays that are open with their places."""

    path: Path
    depth: int = 0
    index: int = 0
    waiting: bool = True
    found: list[tuple[Path, int]] = field(default_factory=list)

    def take(self, piece: str, line: int) -> None:
        """Count brackets; the elements of the outermost array get their lines."""
        if piece in "[{":
            self._element(line)
            self.depth += 1
        elif piece in "]}":
            self.depth -= 1
        elif piece == ",":
            if self.depth == 1:
                self.index, self.waiting = self.index + 1, True
        elif piece.strip() and not piece.startswith("#"):
            self._element(line)

    def _element(self, line: int) -> None:
        if self.depth == 1 and self.waiting:
            self.found.append(((*self.path, self.index), line))
            self.waiting = False


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Every table and key with its line; tables that a header implies are where the header is."""
    table: Path = ()
    position, line = 0, 1
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if found := _ASSIGNMENT.match(text, position, end):
            path = (*table, *_parts(found[1]))
            yield from _prefixes(path, len(table), line)
            value = _Value(path)
            position, line = _read(text, found.end(), line, value)
            yield from value.found
            continue
        if found := _HEADER.match(text, position, end):
            table = _parts(found[1])
            yield from _prefixes(table, 0, line)
        position, line = end + 1, line + 1


def _read(text: str, position: int, line: int, value: _Value) -> tuple[int, int]:
    """Read a value to its end; the place and line after it."""
    while found := _PIECE.match(text, position):
        position = found.end()
        if found[0] == "\n" and value.depth == 0:
            return position, line + 1
        value.take(found[0], line)
        line += found[0].count("\n")
    return len(text), line


def _prefixes(path: Path, known: int, line: int) -> Iterator[tuple[Path, int]]:
    for length in range(known + 1, len(path) + 1):
        yield path[:length], line


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
