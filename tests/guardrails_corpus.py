"""Labelled texts for measuring the guardrails: personal data made by rule, and what only looks like it. Deterministic.

Where values come from: check digits by python-stdnum (ISO/IEC 7812, ISO 13616, the national registers it cites),
telephone numbers are the examples that Google's libphonenumber keeps for every region, addresses of machines from the
ranges for documentation (RFC 5737, RFC 3849) and private use (RFC 1918). A label is a class with exact positions.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import iban, luhn, numdb

from governance.guardrails import DataClass

SEED: Final = 20261121
Draw = random.Random


@dataclass(frozen=True)
class Case:
    """A text and what is in it: class, start, end; nothing for a hard negative."""

    text: str
    labels: tuple[tuple[DataClass, int, int], ...]
    origin: str


AROUND: Final = (
    "Please use {} from now on.",
    "Contact: {}",
    "({})",
    '"{}", as discussed',
    "see <{}> for details",
    '{{"value": "{}", "ok": true}}',
    "| name | {} | open |",
    "a;{};b",
    "Bitte verwenden Sie künftig {}, danke für Ihre Geduld.",
    "Überweisung an {} fällig am Montag",
    "Veuillez noter {} s'il vous plaît.",
    "Por favor, anote {}; gracias, señor Núñez.",
    "Пожалуйста, запишите: {}.",
    "请记下{}谢谢",
    "次の値は「{}」です。",
    "يرجى استخدام {} من الآن",
    "Proszę zapisać {} — dziękuję.",
    "first line\n{}\nlast line",
)


def corpus(each: int = 60) -> list[Case]:
    """About `each` texts for every kind of value and of look-alike, and some with several values."""
    draw = random.Random(SEED)  # noqa: S311 - test data
    cases = [_case(draw, kind, make(draw), name) for name, (kind, make) in POSITIVE.items() for _ in range(each)]
    cases += [_case(draw, None, make(draw), name) for name, make in NEGATIVE.items() for _ in range(each)]
    cases += [_several(draw) for _ in range(each * 2)]
    return cases + list(_every_region())


def _case(draw: Draw, kind: DataClass | None, value: str, origin: str) -> Case:
    return _placed(draw.choice(AROUND), kind, value, origin)


def _placed(around: str, kind: DataClass | None, value: str, origin: str) -> Case:
    text = around.format(value)
    start = text.index(value)
    return Case(text, ((kind, start, start + len(value)),) if kind else (), origin)


def _several(draw: Draw) -> Case:
    text, labels = "", []
    for name in draw.sample(sorted(POSITIVE), 3):
        kind, make = POSITIVE[name]
        value = make(draw)
        start = len(text) + 3
        labels.append((kind, start, start + len(value)))
        text += f" / {value} ;"
    return Case(text, tuple(labels), "several")


def _every_region() -> Iterator[Case]:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            found = phonenumbers.example_number_for_type(region, kind)
            if found is not None and phonenumbers.is_valid_number(found):
                shown = phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL)
                yield _placed("You reach us at {} all day.", DataClass.PHONE, shown, "phone of every region")


def _digits(draw: Draw, count: int) -> str:
    return "".join(draw.choices("0123456789", k=count))


def _until(draw: Draw, make: Callable[[Draw], str], module: str) -> str:
    valid = import_module(f"stdnum.{module}").is_valid
    return next(value for value in iter(partial(make, draw), None) if valid(value))


def _card(draw: Draw) -> str:
    prefix, length, groups = draw.choice(
        [
            *(("4", 16, (4, 4, 4, 4)), ("4", 13, (13,)), ("51", 16, (4, 4, 4, 4)), ("2221", 16, (4, 4, 4, 4))),
            *(("34", 15, (4, 6, 5)), ("37", 15, (4, 6, 5)), ("36", 14, (4, 6, 4)), ("6011", 16, (4, 4, 4, 4))),
            *(("3530", 16, (4, 4, 4, 4)), ("62", 19, (4, 4, 4, 4, 3))),
        ]
    )
    body = prefix + _digits(draw, length - len(prefix) - 1)
    return _grouped(body + luhn.calc_check_digit(body), groups, draw.choice(["", " ", "-"]))


def _grouped(digits: str, groups: tuple[int, ...], sign: str) -> str:
    parts, rest = [], digits
    for length in groups:
        parts.append(rest[:length])
        rest = rest[length:]
    return sign.join(parts)


def _iban(draw: Draw) -> str:
    country = draw.choice(re.findall("..", "DEGBFRITNLATCHPLSEDKFIPTIELUCZGRHULTLVMTSATR"))
    structure = numdb.get("iban").info(f"{country}00")[0][1]["bban"]
    compact = next(value for value in iter(lambda: _bank(draw, country, structure), None) if iban.is_valid(value))
    return draw.choice([compact, iban.format(compact)])


def _bank(draw: Draw, country: str, structure: str) -> str:
    letters = {"n": "0123456789", "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "c": "0123456789ABCDEFGH"}
    parts = re.findall(r"(\d+)!([nac])", structure)
    body = "".join("".join(draw.choices(letters[kind], k=int(count))) for count, kind in parts)
    return f"{country}{iban.calc_check_digits(f'{country}00{body}')}{body}"


def _ssn(draw: Draw) -> str:
    value = f"{draw.randint(1, 665):03}-{draw.randint(1, 99):02}-{draw.randint(1, 9999):04}"
    return value.replace("-", draw.choice(["-", " "]))


def _vat(draw: Draw) -> str:
    makers = {
        "DE": 9,
        "IT": 11,
        "NL": 9,
        "AT": 8,
        "PL": 10,
        "DK": 8,
        "FI": 8,
        "PT": 9,
        "BE": 9,
        "FR": 11,
        "SI": 8,
        "HU": 8,
        "LU": 8,
    }
    country, count = draw.choice(sorted(makers.items()))
    before, after = {"AT": ("U", ""), "NL": ("", "B01"), "BE": ("0", "")}.get(country, ("", ""))
    compact = _until(draw, lambda one: f"{country}{before}{_digits(one, count)}{after}", "eu.vat")
    return draw.choice([compact, f"{compact[:2]} {compact[2:]}"])


def _national(draw: Draw) -> str:
    return draw.choice([_dni, _nie, _codice, _nir, _cpf])(draw)


def _dni(draw: Draw) -> str:
    number = _digits(draw, 8)
    return number + draw.choice(["", "-"]) + _module("es.dni").calc_check_digit(number)


def _nie(draw: Draw) -> str:
    number = draw.choice("XYZ") + _digits(draw, 7)
    return number + _module("es.nie").calc_check_digit(number)


def _codice(draw: Draw) -> str:
    letters = "".join(draw.choices("BCDFGLMNPRSTVZ", k=6))
    number = (
        f"{letters}{draw.randint(40, 99)}{draw.choice('ABCDEHLMPRST')}{draw.randint(1, 28):02}H{draw.randint(100, 999)}"
    )
    return number + _module("it.codicefiscale").calc_check_digit(number)


def _nir(draw: Draw) -> str:
    number = (
        f"{draw.choice('12')}{draw.randint(40, 99)}{draw.randint(1, 12):02}{draw.randint(1, 95):02}{_digits(draw, 6)}"
    )
    whole = number + _module("fr.nir").calc_check_digits(number)
    return draw.choice([whole, _grouped(whole, (1, 2, 2, 2, 3, 3, 2), " ")])


def _cpf(draw: Draw) -> str:
    number = _digits(draw, 9)
    return str(_module("br.cpf").format(number + _module("br.cpf")._calc_check_digits(number)))


def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def _email(draw: Draw) -> str:
    first, last = (
        draw.choice(["jane", "Li", "o'neil", "jörg", "a", "MARIA", "x1"]),
        draw.choice(["doe", "müller", "van.dyke", "5"]),
    )
    local = draw.choice(["{0}.{1}", "{0}_{1}", "{0}+{1}", "{0}-{1}", "{0}{1}"]).format(first, last)
    domain = draw.choice(
        ["example.com", "mail.example.co.uk", "exämple.de", "sub-domain.example.museum", "EXAMPLE.ORG", "x.io"]
    )
    return f"{local}@{domain}"


def _international(draw: Draw) -> str:
    region = draw.choice(
        ["US", "GB", "DE", "FR", "ES", "IT", "PL", "JP", "IN", "BR", "AU", "ZA", "MX", "SE", "CH", "NL"]
    )
    number = phonenumbers.example_number_for_type(
        region, draw.choice([PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE])
    )
    shown = phonenumbers.format_number(number, draw.choice([PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164]))
    shown = shown.replace("+", draw.choice(["+", "+", "00"]))
    return shown.replace(" ", draw.choice([" ", "-", "."]))


def _local(draw: Draw) -> str:
    region = draw.choice(["US", "GB", "DE", "FR"])
    number = phonenumbers.example_number_for_type(
        region, draw.choice([PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE])
    )
    shown = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return shown.replace("(201) ", draw.choice(["(201) ", "201-", "201."])) if region == "US" else shown


def _ip(draw: Draw) -> str:
    return draw.choice(
        [
            f"{draw.choice(['192.0.2', '198.51.100', '203.0.113', '192.168.7', '10.1.2'])}.{draw.randint(1, 254)}",
            f"2001:db8:{draw.randint(1, 0xFFFF):x}::{draw.randint(1, 0xFFFF):x}",
            ":".join(f"{part:x}" for part in (0x2001, 0xDB8, *(draw.randint(1, 0xFFFF) for _ in range(6)))),
        ]
    )


def _wrong(make: Callable[[Draw], str], valid: Callable[[str], bool], draw: Draw) -> str:
    """A value with one digit changed so that its check digits do not hold."""
    while True:
        value = make(draw)
        places = [place for place, letter in enumerate(value) if letter.isdigit() and place > 4]
        place = draw.choice(places)
        broken = f"{value[:place]}{(int(value[place]) + draw.randint(1, 9)) % 10}{value[place + 1 :]}"
        if not valid(re.sub(r"[ -]", "", broken)):
            return broken


def _hex(draw: Draw, count: int) -> str:
    return "".join(draw.choices("0123456789abcdef", k=count))


def _moment(draw: Draw) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.randint(0, 10**8))


_C: Final = DataClass
POSITIVE: Final[dict[str, tuple[DataClass, Callable[[Draw], str]]]] = {
    "card": (_C.CARD, _card),
    "iban": (_C.IBAN, _iban),
    "us_ssn": (_C.US_SSN, _ssn),
    "eu_vat": (_C.EU_VAT, _vat),
    "national_id": (_C.NATIONAL_ID, _national),
    "email": (_C.EMAIL, _email),
    "phone, international": (_C.PHONE, _international),
    "phone, local": (_C.PHONE, _local),
    "ip_address": (_C.IP_ADDRESS, _ip),
}
NEGATIVE: Final[dict[str, Callable[[Draw], str]]] = {
    "card with a wrong digit": partial(_wrong, _card, luhn.is_valid),
    "iban with a wrong digit": partial(_wrong, _iban, iban.is_valid),
    "ssn never issued": lambda draw: f"{draw.choice(['000', '666', '900'])}-{_digits(draw, 2)}-{_digits(draw, 4)}",
    "order number": lambda draw: (
        f"{draw.choice(['order ', 'Auftrag ', 'ticket #', 'no. '])}{draw.randint(10**6, 10**12)}"
    ),
    "version": lambda draw: (
        f"version {draw.randint(0, 9)}.{draw.randint(0, 99)}.{draw.randint(0, 9)}.{draw.randint(0, 99)}"
    ),
    "digest": lambda draw: _hex(draw, draw.choice([32, 40, 64])),
    "uuid": lambda draw: str(UUID(int=draw.getrandbits(128), version=4)),
    "moment": lambda draw: _moment(draw).isoformat(),
    "date": lambda draw: _moment(draw).strftime(
        draw.choice(["%d.%m.%Y", "%d/%m/%Y", "%m-%d-%Y", "%Y-%m-%d", "%H:%M:%S"])
    ),
    "epoch": lambda draw: str(int(_moment(draw).timestamp() * draw.choice([1, 1000]))),
    "price": lambda draw: f"{draw.choice(['$', '€', ''])}{draw.randint(1, 9_999_999):,}.{draw.randint(0, 99):02}",
    "isbn": lambda draw: f"978-{_digits(draw, 1)}-{_digits(draw, 3)}-{_digits(draw, 5)}-{_digits(draw, 1)}",
    "mac address": lambda draw: ":".join(_hex(draw, 2) for _ in range(6)),
    "file at two pixels": lambda draw: f"logo-{draw.randint(1, 9)}@2x.png",
    "handle": lambda draw: draw.choice(
        ["@jane_doe", "git@github.com:ambit/ambit.git", "user@localhost", "npm i @scope/pkg@1.2.3"]
    ),
    "coordinates": lambda draw: f"{draw.uniform(-90, 90):.6f}, {draw.uniform(-180, 180):.6f}",
    "part number": lambda draw: f"A{_digits(draw, 2)}-{_digits(draw, 4)}-{_digits(draw, 3)}",
    "table of numbers": lambda draw: " ".join(str(draw.randint(0, 9999)) for _ in range(8)),
    "loopback": lambda draw: draw.choice(["127.0.0.1", "0.0.0.0", "255.255.255.0", "::1", "std::vector"]),  # noqa: S104 - a text
}
