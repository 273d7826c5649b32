"""JSON in the one spelling of RFC 8785 (JCS), so that equal documents have equal bytes wherever they are hashed.

Names are sorted by UTF-16 code units, numbers written as ECMAScript writes them, text escaped as little as may be.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Final

_EXACT: Final = 2**53
"""Beyond it an integer has no one spelling in JSON (RFC 8785 §3.2.2.3: numbers are IEEE 754 doubles)."""
_LEAST_PLAIN: Final = -6
_MOST_PLAIN: Final = 21


def canonical(value: object) -> bytes:
    """The document in UTF-8; ValueError for what is not JSON, or has no exact spelling there."""
    return _text(value).encode()  # half a surrogate pair is a UnicodeEncodeError, a ValueError


def digest(value: object) -> str:
    """SHA-256, in hex, of the document in its one spelling; ValueError as above."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _text(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        members = sorted(((_name(name), inner) for name, inner in value.items()), key=lambda member: _units(member[0]))
        return "{" + ",".join(f"{_text(name)}:{_text(inner)}" for name, inner in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    raise ValueError(f"a {type(value).__name__} is not JSON")


def _name(name: object) -> str:
    if not isinstance(name, str):  # `json` would write 1 and "1" alike
        raise ValueError("a name in a document is no text")  # noqa: TRY004 - one error for what is not JSON
    return str(name)


def _units(name: str) -> bytes:
    return name.encode("utf-16-be")


def _number(value: float) -> str:
    """ECMAScript's Number::toString (ECMA-262 §6.1.6.1.20): the shortest digits that are this number."""
    if isinstance(value, int):
        if abs(value) > _EXACT:
            raise ValueError("a number in a document is too large to be exact")
        return str(int(value))
    if not math.isfinite(value):
        raise ValueError("a number in a document is not finite")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, exponent = f"{abs(value)!r}e0".split("e")[:2]
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(exponent) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """The digits with their decimal point `point` places from their beginning."""
    if len(digits) <= point <= _MOST_PLAIN:
        return digits.ljust(point, "0")
    if 0 < point <= _MOST_PLAIN:
        return f"{digits[:point]}.{digits[point:]}"
    if _LEAST_PLAIN < point <= 0:
        return f"0.{'0' * -point}{digits}"
    power = f"e{point - 1:+d}"
    return f"{digits[0]}.{digits[1:]}{power}" if len(digits) > 1 else f"{digits}{power}"
