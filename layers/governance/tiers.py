"""What each tier includes. The tier comes from the tenant's record, never from a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.pricing import PICO_PER_DOLLAR


class Tier(StrEnum):
    """The plans a tenant may have, smallest first."""

    BASIC = "basic"
    STANDARD = "standard"
    PREMIUM = "premium"

    def includes(self, minimum: str) -> bool:
        """Whether this tier is `minimum` or above."""
        order = tuple(Tier)
        return order.index(self) >= order.index(Tier(minimum))


@dataclass(frozen=True)
class TierLimits:
    """Monthly budget in pico-dollars, longest asynchronous run in seconds."""

    monthly_budget: int
    max_job_seconds: int


_HOUR: Final = 3600

LIMITS: Final[Mapping[Tier, TierLimits]] = MappingProxyType(
    {
        Tier.BASIC: TierLimits(monthly_budget=50 * PICO_PER_DOLLAR, max_job_seconds=_HOUR),
        Tier.STANDARD: TierLimits(monthly_budget=500 * PICO_PER_DOLLAR, max_job_seconds=4 * _HOUR),
        Tier.PREMIUM: TierLimits(monthly_budget=5_000 * PICO_PER_DOLLAR, max_job_seconds=8 * _HOUR),
    }
)


def limits(tier: str) -> TierLimits:
    """The limits of a tier; ValueError for a word that is none."""
    return LIMITS[Tier(tier)]
