"""The trusted text of a run, and whether a value stands in it as a whole. Pure; what is doubtful does not.

Trusted is what the caller asked, and what trusted tools answered before the run was tainted: of the latter only keyed
digests are kept. A value counts where it stands by itself: not inside a word, an address or a number, nor as some of
the groups that a number is written in. Letters are compared in lower case, which `casefold` would not do: for it
`straße` and `strasse`, two domains, are one.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

MOST_VALUE: Final = 256
MOST_TEXT: Final = 100_000
DIGEST_BYTES: Final = 8
_OPENING: Final = "\"'`(<[{\u2018\u201c\u201e\u00ab"
_CLOSING: Final = "\"'`)>]}.,;:!?\u2019\u201d\u00bb"
_CURRENCIES: Final = "$\u20ac\u00a3\u00a5"
_POSSESSIVE: Final = "(?:['\u2019]s)?"
_BEFORE: Final = rf"(?:^|(?<= ))[{re.escape(_OPENING)}]{{0,4}}"
_AFTER: Final = rf"{_POSSESSIVE}[{re.escape(_CLOSING)}]{{0,4}}(?= |$)"
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)
_JOIN: Final = "\ue000"
_ALONE: Final = rf"(?<![^ {re.escape(_OPENING + _CURRENCIES)}])", rf"(?![^ {re.escape(_CLOSING + _CURRENCIES)}])"
_GROUPS: Final = re.compile(r"\+?[0-9]{1,5}(?: [0-9]{1,5})+".join(_ALONE))
_IBAN: Final = re.compile(r"[a-z]{2}[0-9]{2}(?: [a-z0-9]{4}){2,7}(?: [0-9]{1,3})?".join(_ALONE))  # ISO 13616, on paper
_ADDRESS: Final = re.compile(r"\w@\w")
_SHORT: Final = 6
_NUMBERED: Final = re.compile(r"[0-9]|\w[._]\w")


class TrustedText:
    """What a run may take values from: a text, and the digests of what trusted tools answered under `key`.

    Reads the text when it is first asked. Only the first 100 000 characters of it count.
    """

    def __init__(self, text: str = "", digests: Iterable[bytes] = (), key: bytes = b"") -> None:
        self.text = text
        self._digests = frozenset(digests) if key else frozenset()
        self._key = key

    def has(self, value: str) -> bool:
        """Whether a text stands in it as a whole."""
        wanted = _as_value(value)
        if wanted is None:
            return False
        return self._reads(wanted) or self._keeps(wanted)

    def has_number(self, value: float) -> bool:
        """Whether a finite number stands in it, in digits and a decimal point, however it ends in noughts."""
        wanted = _canonical(Decimal(repr(value)))
        return wanted in self._numbers or self._keeps(wanted)

    def _reads(self, wanted: str) -> bool:
        text = self._normalised
        return wanted in text and re.search(_BEFORE + re.escape(wanted) + _AFTER, text) is not None

    def _keeps(self, wanted: str) -> bool:
        return bool(self._digests) and digest_of(wanted, self._key) in self._digests

    @cached_property
    def _normalised(self) -> str:
        return normalised(self.text)

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(number for word in self._normalised.split(" ") if (number := _number_in(word)) is not None)


def is_distinctive(value: object) -> bool:
    """Whether a text is one that hardly stands in another by chance: it holds an address, a host, a number of six.

    A JSON number never is, nor is a word: `all` and `13` stand in many a text that means something else by them.
    """
    return isinstance(value, str) and any(map(_is_distinctive, value.split()))


def normalised(text: str) -> str:
    """Composed (NFC), in lower case, with single spaces, and what is written in groups of digits made one word."""
    composed = unicodedata.normalize("NFC", text[:MOST_TEXT]).replace(_JOIN, " \ufffd ")
    spaced = " ".join(composed.lower().split())
    whole = _IBAN.sub(lambda found: found[0].replace(" ", ""), spaced)
    return _GROUPS.sub(lambda found: found[0].replace(" ", _JOIN), whole)


def digest_of(wanted: str, key: bytes) -> bytes:
    """The digest under which a value is kept; nothing can be told from it without the key."""
    return hmac.digest(key, wanted.encode("utf-8", "surrogatepass"), hashlib.sha256)[:DIGEST_BYTES]


def values_of(answer: Any) -> Iterator[str]:
    """What a trusted answer, plain JSON, vouches for: its texts, their lines and words, and its numbers."""
    waiting = deque([answer])
    while waiting:
        value = waiting.popleft()
        if isinstance(value, dict | list):
            waiting.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, str):
            yield from _values_in(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield _canonical(Decimal(repr(value)))


def _values_in(text: str) -> Iterator[str]:
    for line in text[:MOST_TEXT].splitlines():
        read = normalised(line)
        words = read.split(" ")
        for part in (read, *(words if len(words) > 1 else ())):
            yield from dict.fromkeys(kept for kept in (part, _bare(part)) if 0 < len(kept) <= MOST_VALUE)
        yield from (number for word in words if (number := _number_in(word)) is not None)


def _as_value(value: str) -> str | None:
    """A value as texts are compared; None for one that is not written plainly, and might be taken for another."""
    plain = value.isprintable() and value == unicodedata.normalize("NFKC", value) and value == " ".join(value.split())
    if not plain or not 0 < len(value) <= MOST_VALUE or _JOIN in value:
        return None
    return normalised(value)


def _is_distinctive(word: str) -> bool:
    return _ADDRESS.search(word) is not None or (len(word) >= _SHORT and _NUMBERED.search(word) is not None)


def _bare(word: str) -> str:
    return word.lstrip(_OPENING).rstrip(_CLOSING)


def _number_in(word: str) -> str | None:
    """The number that a word is, if it is one: `1000`, `$12.50`; not `1,000`, which is not the same everywhere."""
    bare = word.strip(_OPENING + _CLOSING + _CURRENCIES)
    return _canonical(Decimal(bare)) if _NUMBER.fullmatch(bare) else None


def _canonical(number: Decimal) -> str:
    return json.dumps(["number", format(number.normalize(), "f")]) if number else json.dumps(["number", "0"])
