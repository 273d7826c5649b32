"""Constraints on a call's arguments: what a grant lets them be. No expressions and no regular expressions: all bounded.

    {"argument": "/amount", "min": 0, "max": 100}      {"argument": "/method", "oneOf": ["GET", "HEAD"]}
    {"argument": "/path", "prefix": "reports/"}        {"argument": "/subject", "maxLength": 80}

`argument` is a JSON pointer (RFC 6901) into the arguments. What it names must be there; of a list, which may not be
empty, every element must keep every bound. Texts are compared character by character, and one that has to begin with a
prefix may not climb out again by `..`.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

MOST_INTEGER: Final = 2**63 - 1
"""Cedar's largest number; nothing in a call or an envelope is larger."""
_MOST_TEXT: Final = 256
_MOST_CHOICES: Final = 64
_SHOWN: Final = 60
_ABSENT: Final = object()


def is_number(value: object) -> bool:
    """Whether a value is a finite number of at most 63 bits; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST_INTEGER


def _number(value: Any) -> Any:
    if not is_number(value):
        raise ValueError("a finite number of at most 63 bits")
    return value


def _choice(value: Any) -> Any:
    if isinstance(value, bool) or is_number(value) or (isinstance(value, str) and len(value) <= _MOST_TEXT):
        return value
    raise ValueError("a text of at most 256 characters, a number, true or false")


Number = Annotated[Any, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Choice = Annotated[Any, PlainValidator(_choice), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Pointer = Annotated[str, Field(pattern=r"^(/([^~/]|~[01])*)+$", max_length=200)]


class Constraint(BaseModel):
    """Bounds on one argument; all that are given hold. An empty `oneOf` lets no value through. Immutable."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=False, extra="forbid", frozen=True)

    argument: Pointer
    least: Number | None = Field(default=None, alias="min")
    most: Number | None = Field(default=None, alias="max")
    one_of: Annotated[tuple[Choice, ...], Field(max_length=_MOST_CHOICES)] | None = Field(default=None, alias="oneOf")
    prefix: Annotated[str, Field(min_length=1, max_length=_MOST_TEXT)] | None = None
    max_length: Annotated[int, Field(ge=0, le=10_000_000, strict=True)] | None = Field(default=None, alias="maxLength")

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if not self.bounds():
            raise ValueError("give at least one of min, max, oneOf, prefix, maxLength")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("min is greater than max")
        return self

    def bounds(self) -> dict[str, Any]:
        """The bounds that are given, by their names in the envelope."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude={"argument"})

    def both(self, other: Self) -> Self:
        """What both let through, on the same argument."""
        if not self._meets(other):
            return type(self)(argument=self.argument, oneOf=())
        return self.model_copy(
            update={
                "least": most_of(self.least, other.least),
                "most": least_of(self.most, other.most),
                "one_of": _common(self.one_of, other.one_of),
                "prefix": max(self.prefix or "", other.prefix or "", key=len) or None,
                "max_length": least_of(self.max_length, other.max_length),
            }
        )

    def _meets(self, other: Self) -> bool:
        least, most = most_of(self.least, other.least), least_of(self.most, other.most)
        one, two = self.prefix or "", other.prefix or ""
        return (least is None or most is None or least <= most) and (one.startswith(two) or two.startswith(one))

    def breach(self, arguments: dict[str, Any]) -> str | None:
        """How these arguments break it, in words, or None when they keep it."""
        value = _find(arguments, self.argument)
        if value is _ABSENT or not _elements(value):
            return f"{self.argument} is missing"
        wrong = next((one for one in _elements(value) if not self._admits(one)), _ABSENT)
        return None if wrong is _ABSENT else f"{self.argument} is {_shown(wrong)}, allowed is {_shown(self.bounds())}"

    def _admits(self, value: Any) -> bool:
        return self._admits_number(value) and self._admits_choice(value) and self._admits_text(value)

    def _admits_number(self, value: Any) -> bool:
        if self.least is None and self.most is None:
            return True
        least, most = (-math.inf if self.least is None else self.least), (math.inf if self.most is None else self.most)
        return is_number(value) and bool(least <= value <= most)

    def _admits_choice(self, value: Any) -> bool:
        return self.one_of is None or any(same(value, choice) for choice in self.one_of)

    def _admits_text(self, value: Any) -> bool:
        if self.prefix is None and self.max_length is None:
            return True
        return isinstance(value, str) and self._begins(value) and self._ends(value)

    def _begins(self, value: str) -> bool:
        return self.prefix is None or (value.startswith(self.prefix) and not _climbs(value))

    def _ends(self, value: str) -> bool:
        return self.max_length is None or len(value) <= self.max_length


def same(one: object, two: object) -> bool:
    """Whether two JSON scalars are the same: 1 and 1.0 are, 1 and true are not."""
    return isinstance(one, bool) == isinstance(two, bool) and one == two


def least_of(one: Any, two: Any) -> Any:
    """The smaller of two bounds, of which either may be None: no bound."""
    return min((bound for bound in (one, two) if bound is not None), default=None)


def most_of(one: Any, two: Any) -> Any:
    """The greater of two bounds, of which either may be None: no bound."""
    return max((bound for bound in (one, two) if bound is not None), default=None)


def _common(one: tuple[Any, ...] | None, two: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if one is None or two is None:
        return two if one is None else one
    return tuple(choice for choice in one if any(same(choice, other) for other in two))


def _climbs(text: str) -> bool:
    """Whether a path leads out of where it begins, plainly or with encoded dots."""
    return ".." in text.replace("\\", "/").split("/") or "%2e" in text.lower()


def _elements(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)


def _find(arguments: Any, pointer: str) -> Any:
    found = arguments
    for part in pointer.split("/")[1:]:
        found = _step(found, part.replace("~1", "/").replace("~0", "~"))
    return found


def _step(found: Any, part: str) -> Any:
    if isinstance(found, dict):
        return found.get(part, _ABSENT)
    if isinstance(found, list) and part.isdecimal() and part.isascii() and int(part) < len(found):
        return found[int(part)]
    return _ABSENT


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
