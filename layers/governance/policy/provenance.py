"""The provenance of a call's arguments: a grant that asks for it is exempt from taint where the run vouches for them.

    {"name": "mail.send", "provenance": {"except": ["/subject", "/body"]}}

Every value of the arguments has to stand in the trusted text of the run (trusted_text.py), except below the pointers
of `except`. One that any text may hold (a word, a number) counts only below those of `common`. What says nothing, as
an empty text or a boolean does, is passed over where `neutral` names it. One such value at least has to be there, and
not below `insufficient`: who leaves out every argument shows nothing.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from governance.policy.constraints import Pointer
from governance.policy.trusted_text import TrustedText, is_distinctive

MOST_VALUES: Final = 100
"""Of one call that are looked up; a call with more is not exempt."""
_NOTHING: Final = TrustedText()


class Neutral(StrEnum):
    """Values that name nobody and nothing."""

    EMPTY = "empty"
    BOOLEAN = "boolean"


class _Value(NamedTuple):
    pointer: str
    value: Any


Pointers = Annotated[tuple[Pointer, ...], Field(max_length=32)]


class Provenance(BaseModel):
    """Which arguments may come from anywhere, and what of the others counts for what. Immutable."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=False, extra="forbid", frozen=True)

    excepted: Pointers = Field(default=(), alias="except")
    common: Pointers = ()
    neutral: Annotated[tuple[Neutral, ...], Field(max_length=len(Neutral))] = ()
    insufficient: Annotated[tuple[Pointer, ...], Field(max_length=128)] = ()

    def breach(self, arguments: dict[str, Any], trusted: TrustedText | None) -> str | None:
        """Why the arguments do not all come from the trusted side, in words, or None when they do. Names no value."""
        looked_at = (found for found in self._looked_at(arguments) if not self._is_neutral(found.value))
        values = [*islice(looked_at, MOST_VALUES + 1)]
        if len(values) > MOST_VALUES:
            return f"more than {MOST_VALUES} values would have to come from its trusted text"
        strange = next((found.pointer for found in values if not self._vouched(*found, trusted or _NOTHING)), None)
        if strange is not None:
            return f"{strange} does not come from its trusted text"
        sufficient = any(not is_below(found.pointer, self.insufficient) for found in values)
        return None if sufficient else "no argument comes from its trusted text"

    def both(self, other: Self) -> Self:
        """What both exempt. What either excepts makes no call exempt by itself, vouched for or not."""
        excepted = _below_both(self.excepted, other.excepted)
        apart = {*self.excepted, *self.insufficient, *other.excepted, *other.insufficient}
        return self.model_copy(
            update={
                "excepted": excepted,
                "insufficient": tuple(each for each in _fewest(apart) if not is_below(each, excepted)),
                "common": _below_both(self.common, other.common),
                "neutral": tuple(kind for kind in self.neutral if kind in other.neutral),
            }
        )

    def exceeds(self, other: Self) -> bool:
        """Whether it exempts what the other does not, by what has to be vouched for."""
        pairs = ((self.excepted, other.excepted), (self.common, other.common))
        below = all(is_below(pointer, theirs) for mine, theirs in pairs for pointer in mine)
        return not below or not set(self.neutral) <= set(other.neutral)

    def _looked_at(self, arguments: dict[str, Any]) -> Iterator[_Value]:
        """The values below no exception. Names inside an argument are values too: nobody knows who chose them."""
        level = [_Value(f"/{_escaped(name)}", value) for name, value in arguments.items()]
        while level:
            found = level.pop(0)
            if is_below(found.pointer, self.excepted):
                continue
            if not isinstance(found.value, dict | list) or not found.value:
                yield found
                continue
            inside = [_Value(f"{found.pointer}/{_escaped(name)}", value) for name, value in _items(found.value)]
            if isinstance(found.value, dict):
                named = (_Value(place.pointer, name) for place, name in zip(inside, found.value, strict=True))
                yield from (name for name in named if not is_below(name.pointer, self.excepted))
            level = inside + level

    def _is_neutral(self, value: Any) -> bool:
        if isinstance(value, bool):
            return Neutral.BOOLEAN in self.neutral
        empty = value is None or (isinstance(value, str | list | dict) and not value)
        return empty and Neutral.EMPTY in self.neutral

    def _vouched(self, place: str, value: Any, trusted: TrustedText) -> bool:
        if not is_distinctive(value) and not is_below(place, self.common):
            return False
        if isinstance(value, str):
            return trusted.has(value)
        return isinstance(value, int | float) and not isinstance(value, bool) and trusted.has_number(value)


def is_below(place: str, pointers: tuple[str, ...]) -> bool:
    """Whether a pointer is one of these, or leads further."""
    return any(place == pointer or place.startswith(f"{pointer}/") for pointer in pointers)


def _below_both(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    pairs = ((one, two), (two, one))
    return _fewest({each for mine, theirs in pairs for each in mine if is_below(each, theirs)})


def _fewest(pointers: set[str]) -> tuple[str, ...]:
    """Those below no other, in their order."""
    return tuple(sorted(each for each in pointers if not is_below(each, tuple(pointers - {each}))))


def _items(value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [(str(place), one) for place, one in enumerate(value)]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
