"""Values as DynamoDB's low-level API takes and gives them, exactly.

Integers stay integers up to DynamoDB's 38 digits (money in pico-dollars exceeds 53 bits); a float is kept by its
shortest text. DynamoDB has one number type: a float without a fraction (`1.0`) comes back as an integer. Documents
whose JSON must come back to the letter (outputs, payloads, manifests) are stored as text: see `repositories.records`.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.errors import UnstorableValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Item = dict[str, Any]
"""An item or record: attribute names to plain Python values."""
AttributeValue = dict[str, Any]
"""One value in DynamoDB's JSON, such as `{"N": "1"}`."""

_ROLL: Final = frozenset({"gsi2pk", "gsi2sk"})  # see keys.roll_index
_MAX_INTEGER: Final = 10**38
_MIN_FLOAT: Final = 1e-130
_MAX_FLOAT: Final = 9.9e125
_MAX_EXPONENT: Final = 125
_MAX_DEPTH: Final = 30  # DynamoDB takes 32 levels, the item itself counted


def encode_item(item: Mapping[str, object]) -> dict[str, AttributeValue]:
    """An item for `Item`, `Key` or `ExpressionAttributeValues`; UnstorableValue when a value cannot be kept."""
    return {_text(name): encode(value) for name, value in item.items()}


def decode_item(item: Mapping[str, Any]) -> Item:
    """The item that DynamoDB returned."""
    return {name: decode(value) for name, value in item.items()}


def decode_stored(item: Mapping[str, Any]) -> Item:
    """The item that DynamoDB returned, without its place on the roll: that is the library's own business."""
    return without_roll(decode_item(item))


def without_roll(item: Mapping[str, Any]) -> Item:
    """A decoded item without its place on the roll."""
    return {name: value for name, value in item.items() if name not in _ROLL}


def encode(value: object, depth: int = 0) -> AttributeValue:
    """One value: None, bool, int, float, str, bytes, list, tuple, dict, or a set of str, int or bytes."""
    encoder = _ENCODERS.get(type(value)) or _encoder_of_subclass(value)
    if depth > _MAX_DEPTH:
        raise UnstorableValue("The value is nested too deeply.")
    return encoder(value, depth)


def decode(value: AttributeValue) -> Any:
    """The plain Python value."""
    [(tag, content)] = value.items()
    return _DECODERS[tag](content)


def _encoder_of_subclass(value: object) -> Callable[[Any, int], AttributeValue]:
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder
    raise UnstorableValue(f"A value of type {type(value).__name__} cannot be stored.")


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnstorableValue("A text holds half of a surrogate pair.") from None
    return value


def _integer(value: int) -> str:
    if not -_MAX_INTEGER < value < _MAX_INTEGER:
        raise UnstorableValue("A number has more than 38 digits.")
    return str(int(value))


def _float(value: float) -> str:
    if not math.isfinite(value) or (value and not _MIN_FLOAT <= abs(value) <= _MAX_FLOAT):
        raise UnstorableValue("A number is outside the range that can be stored.")
    return repr(float(value))


def _map(value: Mapping[Any, object], depth: int) -> AttributeValue:
    if not all(isinstance(name, str) for name in value):
        raise UnstorableValue("A field's name is not a text.")
    return {"M": {_text(name): encode(field, depth + 1) for name, field in value.items()}}


def _list(value: Iterable[object], depth: int) -> AttributeValue:
    return {"L": [encode(element, depth + 1) for element in value]}


def _set(value: Iterable[object], _depth: int) -> AttributeValue:
    members = [encode(member) for member in value]
    tags = {tag for member in members for tag in member}
    if len(tags) != 1 or not tags <= {"S", "N", "B"}:
        raise UnstorableValue("A set must hold texts, numbers or bytes, of one kind, at least one.")
    [tag] = tags
    return {f"{tag}S": [member[tag] for member in members]}


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        exact = Decimal(text)
        if not exact.is_finite() or exact.adjusted() > _MAX_EXPONENT:
            # DynamoDB never sends one, a hostile export may: as an integer it would fill the memory with its digits.
            raise ValueError("A number is outside the range that can be stored.") from None
        return int(exact) if exact == exact.to_integral_value() else float(exact)


# bool before int: a bool is an int, and the search for subclasses goes in this order.
_ENCODERS: Final[dict[type, Callable[[Any, int], AttributeValue]]] = {
    str: lambda value, _: {"S": _text(value)},
    bool: lambda value, _: {"BOOL": value},
    int: lambda value, _: {"N": _integer(value)},
    float: lambda value, _: {"N": _float(value)},
    type(None): lambda _value, _: {"NULL": True},
    bytes: lambda value, _: {"B": value},
    dict: _map,
    list: _list,
    tuple: _list,
    set: _set,
    frozenset: _set,
}
_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "S": str,
    "N": _number,
    "BOOL": bool,
    "NULL": lambda _: None,
    "B": bytes,
    "M": decode_item,
    "L": lambda elements: [decode(element) for element in elements],
    "SS": set,
    "NS": lambda numbers: {_number(number) for number in numbers},
    "BS": lambda blobs: {bytes(blob) for blob in blobs},
}
