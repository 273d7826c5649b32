"""What a field of an event can hold: JSON Schema (2020-12) with a sentence and an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_ID: Final = r"^{prefix}_[0-9a-f]{{32}}$"
_TIME: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
_MONEY: Final = r"^-?\d+\.\d{6,12}$"
_HEX: Final = "0198c0de" + "0" * 24


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event's data: its schema, what it means, one value of it, and whether it is always there."""

    schema: Mapping[str, Any]
    says: str
    example: Any
    required: bool = True

    def as_schema(self) -> dict[str, Any]:
        """The schema with its description."""
        return {**self.schema, "description": self.says}


def identifier(prefix: str, says: str, *, required: bool = True) -> Field:
    """An id such as `run_…`."""
    return Field({"type": "string", "pattern": _ID.format(prefix=prefix)}, says, f"{prefix}_{_HEX}", required)


def time(says: str, *, required: bool = True) -> Field:
    """A moment, RFC 3339 in UTC with milliseconds."""
    return Field({"type": "string", "pattern": _TIME}, says, "2026-11-22T10:15:30.000Z", required)


def money(says: str, *, required: bool = True) -> Field:
    """An amount as the API shows money: a decimal string with its currency."""
    amount = {"type": "string", "pattern": _MONEY}
    schema = _object({"amount": amount, "currency": {"const": "USD"}}, ["amount", "currency"])
    return Field(schema, says, {"amount": "0.000150", "currency": "USD"}, required)


def number(says: str, example: int, *, required: bool = True) -> Field:
    """A count, never below nought."""
    return Field({"type": "integer", "minimum": 0}, says, example, required)


def text(says: str, example: str, *, most: int = 256, required: bool = True) -> Field:
    """A text of the platform's or a name."""
    return Field({"type": "string", "minLength": 1, "maxLength": most}, says, example, required)


def one_of(says: str, *values: str, required: bool = True) -> Field:
    """One of these words."""
    return Field({"enum": list(values)}, says, values[0], required)


def texts(says: str, *example: str, required: bool = True) -> Field:
    """Several words."""
    return Field({"type": "array", "items": {"type": "string"}}, says, list(example), required)


def counts(says: str, *names: str, required: bool = True) -> Field:
    """An object of counts."""
    schema = _object({name: {"type": "integer", "minimum": 0} for name in names}, list(names))
    return Field(schema, says, dict.fromkeys(names, 0), required)


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    """An object. Readers must expect more fields in a later document of the same version: so it is left open."""
    return {"type": "object", "properties": dict(properties), "required": required}
