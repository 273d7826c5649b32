"""Numbers of accounts, cards and people: by their form, and by their check digits where they have any.

Sources: ISO 13616 (IBAN), ISO/IEC 7812 (cards), the Social Security Administration's rules, the registers that
python-stdnum cites for each country's numbers.
"""

import re
from functools import cache
from importlib import import_module
from typing import Any, Final

from governance.guardrails.classes import DataClass
from governance.guardrails.detector import Detector, Span, continues_row, ends_here, stands_alone
from governance.guardrails.shapes import caseless, chars, digits, either, grouped, maybe, sequence, text, times, word

_ISSUERS: Final = (
    (re.compile(r"4"), (13, 16, 19)),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"30[0-5]|3[689]"), (14,)),  # Diners Club
    (re.compile(r"6011|64[4-9]|65|62"), (16, 17, 18, 19)),  # Discover, UnionPay
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),  # JCB
)
_SSN_DIGITS: Final = 9
_SEPARATORS: Final = re.compile(rb"[^A-Za-z0-9]")


def card(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A card's number: an issuer's prefix with its length, and Luhn's check digit."""
    for last in _ends(data, start, end):
        number = _SEPARATORS.sub(b"", data[start:last]).decode()
        if stands_alone(data, start, last) and _issued(number) and _checks("luhn", number):
            return start, last
    return None


def iban(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """An account's number: as many characters as its country has, in the country's structure, with its check digits."""
    length = _iban_length(data[start : start + 2].decode().upper())
    last = _nth(data, start, end, length) if length else None
    if last is None or not ends_here(data, last):
        return None
    return (start, last) if _checks("iban", data[start:last].decode()) else None


def us_ssn(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A social security number that could have been issued; nine digits in a row only where it is called one."""
    begin = start if data[start] in b"0123456789" else end - _SSN_DIGITS
    number = _SEPARATORS.sub(b"", data[begin:end]).decode()
    alone = stands_alone(data, begin, end) and not continues_row(data, begin)
    return (begin, end) if alone and _checks("us.ssn", number) else None


def eu_vat(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A VAT number of a member state, with its check digits."""
    for last in _ends(data, start, end):
        if ends_here(data, last) and _checks("eu.vat", _SEPARATORS.sub(b"", data[start:last]).decode()):
            return start, last
    return None


def national_id(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A person's number in one of the countries below, with its check digits."""
    number = data[start:end].decode()
    sound = stands_alone(data, start, end) and any(_checks(kind, number) for kind in _KINDS)
    return (start, end) if sound else None


def _ends(data: bytes, start: int, end: int) -> list[int]:
    """The end of the candidate, then that of the group before, and so on."""
    inner = [start + found.start() for found in _SEPARATORS.finditer(data[start:end])]
    return [end, *reversed(inner)]


def _issued(number: str) -> bool:
    return any(len(number) in lengths and prefix.match(number) for prefix, lengths in _ISSUERS)


def _nth(data: bytes, start: int, end: int, count: int) -> int | None:
    """Where the first `count` letters and digits end."""
    places = [place for place in range(start, end) if not _SEPARATORS.match(data, place)]
    return places[count - 1] + 1 if len(places) >= count else None


@cache
def _iban_length(country: str) -> int:
    """All characters of the country's numbers, from the register of ISO 13616; 0 for a country without."""
    from stdnum import numdb

    [(_, about), *_] = numdb.get("iban").info(f"{country}00")
    return 4 + sum(int(part) for part in re.findall(r"(\d+)!", about.get("bban", ""))) if about else 0


def _checks(kind: str, number: str) -> bool:
    return bool(_register(kind).is_valid(number))


@cache
def _register(kind: str) -> Any:
    """python-stdnum's module, imported when its first candidate is met: no cold start pays for it."""
    return import_module(f"stdnum.{kind}")


_KINDS: Final = ("es.dni", "es.nie", "it.codicefiscale", "fr.nir", "br.cpf")
_CAPITAL: Final = chars("[A-Z]", 1, 1)
_DASH: Final = maybe(text("-"))
_BLANK: Final = maybe(text(" "))
_SIGN: Final = maybe(chars("[ .-]", 1, 1))
_CARD: Final = either(
    *(grouped(sign, *lengths) for sign in " -" for lengths in ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4))),
    digits(13, 19),
)
_IBAN: Final = sequence(
    chars("[A-Za-z]", 2, 2), digits(2), times(sequence(maybe(chars("[ -]", 1, 1)), chars("[A-Za-z0-9]", 1, 1)), 11, 30)
)
_SSN: Final = either(
    *(grouped(sign, 3, 2, 4) for sign in "- "),
    sequence(either(caseless("ssn"), caseless("social security")), chars(r"[^0-9\n]", 0, 20), digits(_SSN_DIGITS)),
)
_STATES: Final = re.findall("..", "ATBEBGCYCZDEDKEEELESFIFRHRHUIEITLTLULVMTNLPLPTROSESISK")
_VAT: Final = sequence(
    either(*(text(state) for state in _STATES)),
    _SIGN,
    maybe(chars("[A-Z]", 1, 2)),
    times(sequence(_SIGN, digits(1)), 7, 12),
    maybe(sequence(_SIGN, chars("[A-Z]", 1, 2), maybe(digits(2)))),
)
_NIR: Final = sequence(
    chars("[12]", 1, 1),
    *(part for length in (2, 2, 2, 3, 3, 2) for part in (_BLANK, digits(length))),
)
_CODICE: Final = sequence(chars("[A-Z]", 6, 6), digits(2), _CAPITAL, digits(2), _CAPITAL, digits(3), _CAPITAL)
_CPF: Final = sequence(grouped(".", 3, 3, 3), text("-"), digits(2))
_PERSON: Final = either(
    sequence(digits(8), _DASH, _CAPITAL),
    sequence(chars("[XYZ]", 1, 1), _DASH, digits(7), _DASH, _CAPITAL),
    _CODICE,
    _NIR,
    _CPF,
)
DETECTORS: Final = (
    Detector(DataClass.IBAN, word(_IBAN), iban),
    Detector(DataClass.CARD, word(_CARD), card),
    Detector(DataClass.US_SSN, word(_SSN), us_ssn),
    Detector(DataClass.EU_VAT, word(_VAT), eu_vat),
    Detector(DataClass.NATIONAL_ID, word(_PERSON), national_id),
)
