"""What each tier includes. The tier comes from the tenant's record, never from a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.pricing import PICO_PER_DOLLAR
from governance.rates import Limit


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
    """Monthly budget in pico-dollars, longest asynchronous run in seconds, runs at a time, and how fast they start.

    `run_rate` is a tenant's; `agent_rate` what it may start of one agent that says nothing of its own.
    """

    monthly_budget: int
    max_job_seconds: int
    concurrent_runs: int
    run_rate: Limit
    agent_rate: Limit


_HOUR: Final = 3600
_TEN, _FIFTY, _TWO_HUNDRED = Limit.per_second_of(10), Limit.per_second_of(50), Limit.per_second_of(200)

LIMITS: Final[Mapping[Tier, TierLimits]] = MappingProxyType(
    {
        Tier.BASIC: TierLimits(50 * PICO_PER_DOLLAR, _HOUR, 20, _TEN, _TEN),
        Tier.STANDARD: TierLimits(500 * PICO_PER_DOLLAR, 4 * _HOUR, 100, _FIFTY, _FIFTY),
        Tier.PREMIUM: TierLimits(5_000 * PICO_PER_DOLLAR, 8 * _HOUR, 500, _TWO_HUNDRED, _TWO_HUNDRED),
    }
)


def limits(tier: str) -> TierLimits:
    """The limits of a tier; ValueError for a word that is none."""
    return LIMITS[Tier(tier)]
