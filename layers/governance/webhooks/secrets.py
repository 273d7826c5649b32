"""The secrets of an endpoint: the present one, and those before it while their overlap lasts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from governance.webhooks import signing

MOST: Final = 3
"""How many may be valid at a time: a message has a signature for each."""
Kept = Mapping[str, Any]


def first(now: datetime) -> dict[str, Any]:
    """A new secret as it is kept: `{secret, createdAt, expiresAt?}`, times in epoch seconds."""
    return {"secret": signing.mint(), "createdAt": int(now.timestamp())}


def live(kept: Sequence[Kept], now: datetime) -> list[Kept]:
    """Those that are valid now, the present one first."""
    return [one for one in kept if int(one.get("expiresAt") or 0) > now.timestamp() or "expiresAt" not in one]


def valid(kept: Sequence[Kept], now: datetime) -> list[str]:
    """What a message is signed with."""
    return [str(one["secret"]) for one in live(kept, now)]


def rotated(kept: Sequence[Kept], now: datetime, overlap_seconds: int) -> list[Kept]:
    """A new secret before those that are valid now, which end after the overlap and no later than they would anyway."""
    ends = int(now.timestamp()) + overlap_seconds
    ending = ({**one, "expiresAt": min(int(one.get("expiresAt") or ends), ends)} for one in live(kept, now))
    return [first(now), *(one for one in ending if one["expiresAt"] > now.timestamp())]
