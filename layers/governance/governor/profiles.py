"""How much a run may do before it is stopped: three profiles, as data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from governance.pricing import PICO_PER_DOLLAR

MOST: Final = 10**18
"""The largest number a state holds; counters stop there."""


class ProfileName(StrEnum):
    """How patient the governor is, least patient first."""

    CONSERVATIVE = "conservative"
    BALANCED = "balanced"
    AGGRESSIVE = "aggressive"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use up: calls, tokens, `cost` in pico-dollars, `seconds` since it began. ValueError otherwise."""

    calls: int
    tokens: int
    cost: int
    seconds: int

    def __post_init__(self) -> None:
        """Refuse what would bound nothing."""
        if not all(is_count(value) for value in asdict(self).values()):
            raise ValueError("a limit is a whole number from 0 to 10**18")

    def narrowed(self, other: "Limits") -> "Limits":
        """The tighter of both, limit by limit."""
        return Limits(**{name: min(value, getattr(other, name)) for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits of a run that names none, and the threshold of each rule by its id."""

    limits: Limits
    thresholds: Mapping[str, int]


def is_count(value: Any) -> bool:
    """Whether this is a number a counter may hold."""
    return type(value) is int and 0 <= value <= MOST


_RULES: Final = (
    *("denials", "guardrail-hits", "risk", "exposure", "outages-in-a-row", "outages"),
    *("repetition", "unmoved", "cycle", "no-progress", "errors-in-a-row", "errors"),
)


def _profile(limits: Limits, *thresholds: int) -> Profile:
    return Profile(limits, MappingProxyType(dict(zip(_RULES, thresholds, strict=True))))


_P: Final = ProfileName
PROFILES: Final[Mapping[ProfileName, Profile]] = MappingProxyType(
    {
        _P.CONSERVATIVE: _profile(
            Limits(50, 200_000, PICO_PER_DOLLAR, 900), *(3, 3, 20, 60, 3, 6), *(3, 6, 3, 8, 3, 6)
        ),
        _P.BALANCED: _profile(
            Limits(200, 1_000_000, 5 * PICO_PER_DOLLAR, 3_600), *(5, 6, 40, 150, 5, 10), *(5, 10, 4, 15, 5, 10)
        ),
        _P.AGGRESSIVE: _profile(
            Limits(1_000, 5_000_000, 25 * PICO_PER_DOLLAR, 28_800), *(10, 12, 80, 400, 8, 14), *(10, 20, 6, 30, 8, 14)
        ),
    }
)
