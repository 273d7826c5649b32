"""What a tier may have of schedules, and what happens to a time that comes late or while the last run goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.tiers import Tier


class Overlap(StrEnum):
    """What becomes of a time while the run of an earlier one goes on."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL_PREVIOUS = "cancel_previous"


class CatchUp(StrEnum):
    """What becomes of times that were missed: nothing, or the latest of them is made up for."""

    SKIP = "skip"
    RUN_ONCE = "run_once"


class Status(StrEnum):
    """`stopped` is the platform's word: whoever made it may no longer do what it does. `finished`: no time is left."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


LATE: Final = timedelta(minutes=15)
"""A time that is told later than this, and its jitter, is missed: more than clocks may differ by (ten minutes)."""
EARLY: Final = timedelta(minutes=15)
"""A time that is told so long before its moment is somebody's error, and no difference of clocks."""
LONGEST_WAIT: Final = timedelta(hours=24)
"""How long a time waits for the run before it to end."""
VOUCHED: Final = timedelta(days=30)
"""How long roles are believed that a token told and no record does: until its maker changes or resumes it again."""


@dataclass(frozen=True)
class ScheduleLimits:
    """How many schedules a tenant has at most, and what lies between two of one's times at least."""

    most: int
    shortest: timedelta


LIMITS: Final[Mapping[Tier, ScheduleLimits]] = MappingProxyType(
    {
        Tier.BASIC: ScheduleLimits(5, timedelta(minutes=15)),
        Tier.STANDARD: ScheduleLimits(50, timedelta(minutes=5)),
        Tier.PREMIUM: ScheduleLimits(500, timedelta(minutes=1)),
    }
)


def limits(tier: str) -> ScheduleLimits:
    """The limits of a tier; ValueError for a word that is none."""
    return LIMITS[Tier(tier)]
