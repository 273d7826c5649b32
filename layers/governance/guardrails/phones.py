"""Telephone numbers, by the numbering plans of Google's libphonenumber (`phonenumbers`)."""

import re
from functools import lru_cache
from typing import Final

from governance.guardrails.classes import DataClass
from governance.guardrails.detector import Detector, Span, continues_row, stands_alone
from governance.guardrails.shapes import Shape, caseless, chars, digits, either, maybe, sequence, text, times, word

_LEAST_DIGITS: Final = 5
_SIGNS: Final = re.compile(rb"[ ./()-]")
_NUMBER: Final = re.compile(rb"\(?\d")
_DATE: Final = re.compile(rb"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}([./-])\d{1,2}\2\d{1,2}")


def international(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A number that begins with `+` or `00` and its country code."""
    for last in _ends(data, start, end):
        shown = data[start:last].decode()
        if stands_alone(data, start, last) and _valid(f"+{shown[2:]}" if shown.startswith("00") else shown, None):
            return start, last
    return None


def national(data: bytes, start: int, end: int, regions: tuple[str, ...]) -> Span | None:
    """A number in groups as it is written within one of the regions."""
    for last in _ends(data, start, end):
        shown = data[start:last]
        if _alone(data, start, last) and not _DATE.fullmatch(shown) and _known(shown, regions):
            return start, last
    return None


def called(data: bytes, start: int, end: int, regions: tuple[str, ...]) -> Span | None:
    """A number that the text before it calls a telephone's, in whatever groups."""
    begin = _NUMBER.search(data, start, end)
    return national(data, begin.start(), end, regions) if begin else None


def _alone(data: bytes, start: int, last: int) -> bool:
    """Whether it is neither part of a longer number nor of a row of numbers."""
    return stands_alone(data, start, last) and not continues_row(data, start)


def _known(shown: bytes, regions: tuple[str, ...]) -> bool:
    return any(_valid(shown.decode(), region) for region in regions)


def _ends(data: bytes, start: int, end: int) -> list[int]:
    """The end of the candidate, then that of the group before, and so on: the longest number that is one holds."""
    inner = [found.start() for found in _SIGNS.finditer(data, start + _LEAST_DIGITS, end)]
    return [end, *reversed(inner)]


@lru_cache(maxsize=1024)
def _valid(shown: str, region: str | None) -> bool:
    """Imported when the first candidate is met: no cold start pays for it."""
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        return is_valid_number(parse(shown, region))
    except NumberParseException:
        return False


def _more(least: int, most: int) -> Shape:
    return times(sequence(chars("[ ./()-]", 0, 3), digits(1)), least, most)


_TWO_TO_NINE: Final = chars("[2-9]", 1, 1)
_SIGN: Final = chars("[ .-]", 1, 1)
_AMERICAN: Final = sequence(
    either(
        sequence(text("("), _TWO_TO_NINE, digits(2), text(")"), maybe(text(" "))),
        word(sequence(_TWO_TO_NINE, digits(2), _SIGN)),
    ),
    *(digits(3), _SIGN, digits(4)),
)
_CODE: Final = sequence(text("0"), chars("[1-9]", 1, 1), digits(0, 4))
_EUROPEAN: Final = sequence(
    either(sequence(text("("), _CODE, text(")")), word(_CODE)),
    times(sequence(chars("[ ./-]", 1, 2), digits(2, 8)), 1, 5),
)
_INTERNATIONAL: Final = sequence(either(text("+"), text("00")), chars("[1-9]", 1, 1), _more(6, 14))
_WORDS: Final = either(
    *(caseless(name) for name in ("phone", "telephone", "telefon", "tel", "mobile", "mobil", "handy", "cell", "fax")),
    *(caseless(name) for name in ("call", "dial", "ring", "text", "sms", "whatsapp", "t\xe9l\xe9phone", "t\xe9l")),
)
_CALLED: Final = sequence(_WORDS, chars(r"[^0-9(+\n]", 1, 16), maybe(text("(")), digits(2, 5), _more(4, 10))
DETECTORS: Final = (
    Detector(DataClass.PHONE, _INTERNATIONAL, international, (b"+", b"00")),
    Detector(DataClass.PHONE, either(_AMERICAN, _EUROPEAN), national),
    Detector(DataClass.PHONE, word(_CALLED), called),
)
