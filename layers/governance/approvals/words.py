"""What can be held, for how long, and the states of what is held.

pending → approved | denied | expired | void;  approved → consumed | expired | void
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What an approval is about."""

    PROMOTION = "promotion"
    TOOL = "tool"
    AUTONOMY = "autonomy"
    REACTIVATION = "reactivation"


EXPIRIES: Final[Mapping[Kind, timedelta]] = MappingProxyType(
    {
        Kind.PROMOTION: timedelta(hours=48),
        Kind.TOOL: timedelta(hours=1),
        Kind.AUTONOMY: timedelta(hours=72),
        Kind.REACTIVATION: timedelta(hours=12),
    }
)
"""How long what is asked may be decided, and what was granted be used: from the asking on."""


class Status(StrEnum):
    """Where an approval stands; every state but the first two is final."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"
    CONSUMED = "consumed"


LIVE: Final = frozenset({Status.PENDING, Status.APPROVED})


def standing(status: str, expires_at: datetime, now: datetime) -> Status:
    """Where an approval stands now: time ends one without anybody writing it down. ValueError for no state."""
    found = Status(status)
    return Status.EXPIRED if found in LIVE and now >= expires_at else found
