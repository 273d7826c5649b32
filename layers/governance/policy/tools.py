"""What the registry says of a tool, as far as policy is concerned."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from governance.tiers import Tier

MOST_NAME: Final = 64
_PART: Final = r"[a-z][a-z0-9_-]*"
NAME: Final = rf"^{_PART}(\.{_PART})*$"
PATTERN: Final = rf"^(\*|{_PART}(\.{_PART})*(\.\*)?)$"

Dotted = Annotated[str, Field(pattern=NAME, max_length=MOST_NAME)]
DottedPattern = Annotated[str, Field(pattern=PATTERN, max_length=MOST_NAME)]


class Risk(StrEnum):
    """How much harm a call can do, least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return _RANKS[self]


_RANKS: Final = {risk: rank for rank, risk in enumerate(Risk)}


def riskier(one: Risk | None, two: Risk | None) -> Risk | None:
    """The greater of two risks, of which either may be left out."""
    return max((risk for risk in (one, two) if risk is not None), key=lambda risk: risk.rank, default=None)


class ToolFacts(BaseModel):
    """A registry entry: `{name, risk, sideEffects, tierMinimum, version}`; the rest of it is not read. Immutable."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    name: Dotted
    risk: Risk
    side_effects: Annotated[bool, Field(strict=True)]
    tier_minimum: Tier
    version: Annotated[str, Field(min_length=1, max_length=64)]

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry; pydantic's ValidationError, a ValueError, for one that lacks a fact: nothing is guessed."""
        return cls.model_validate(dict(entry))
