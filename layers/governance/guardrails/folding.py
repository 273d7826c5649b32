"""Unicode's look-alikes taken for what they look like, so that full-width digits are digits to a pattern.

What is matched is Latin-1 bytes, one a character: ASCII and Western letters as they are; digits of every script,
full-width and mathematical letters, look-alikes of Cyrillic and Greek, odd spaces and dashes as their ASCII twins;
characters without width left out; all others as `?`. Offsets lead back to the text that was given.

Sources: UAX #15 (NFKC), UTS #39 (confusables), DerivedNumericType for the digits.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ZEROS: Final = (
    *(0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20),
    *(0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50),
    *(0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0),
)
"""The zeros of the scripts that have decimal digits of their own."""
_COMPATIBLE: Final = ((0x2070, 0x208F), (0x2100, 0x214F), (0x2460, 0x24FF), (0xFF01, 0xFF5E), (0x1D400, 0x1D7FF))
_TWINS: Final = ("АВЕЅІЈКМНОРСТУХаеіјорсухѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXaeijopcyxsdqwABEZHIKMNOPTYXo")  # noqa: RUF001 - look-alikes are its subject
_SPACES: Final = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_WIDTHLESS: Final = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x180B, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xE0000, 0xE007F),
)


@dataclass(frozen=True, slots=True)
class Folded:
    """`data` is what patterns see; `_gone[i]` is the place in it before which the i-th character was left out."""

    data: bytes
    _gone: tuple[int, ...] = ()

    def origin(self, place: int) -> int:
        """Where the character at `place` stands in the text that was given; its length for the end."""
        return place + bisect_right(self._gone, place)


def fold(text: str) -> Folded:
    """The text as patterns see it."""
    if text.isascii():
        return Folded(text.encode())
    odd = set(text) & _TABLE.keys()
    gone = _places(text) if odd & _NO_WIDTH else ()
    for letter in odd:
        text = text.replace(letter, _TABLE[letter])
    return Folded(text.encode("latin-1", "replace"), gone)


def _table() -> Mapping[str, str]:
    compatible = (chr(code) for first, last in _COMPATIBLE for code in range(first, last + 1))
    plain = {letter: unicodedata.normalize("NFKC", letter) for letter in compatible}
    return {
        **{letter: twin for letter, twin in plain.items() if len(twin) == 1 and twin.isascii()},
        **{chr(zero + digit): str(digit) for zero in ZEROS for digit in range(10)},
        **dict(zip(*_TWINS, strict=True)),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_DASHES, "-"),
        **{chr(code): "" for first, last in _WIDTHLESS for code in range(first, last + 1)},
    }


def _places(text: str) -> tuple[int, ...]:
    """Where characters without width stood, in the text without them."""
    places = (place for place, letter in enumerate(text) if letter in _NO_WIDTH)
    return tuple(place - number for number, place in enumerate(places))


_TABLE: Final = _table()
_NO_WIDTH: Final = frozenset(letter for letter, twin in _TABLE.items() if not twin)
