"""Usage plans: a token bucket for each caller's key, with the rate and burst of the plan that holds the key."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Limit:
    """Requests a second, and how many may come at once."""

    rate: float
    burst: float


class KeyRefused(Exception):
    """`kind` is the gateway response: INVALID_API_KEY for no plan's key, THROTTLED over the plan's rate."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class TokenBuckets:
    """Buckets by key value. `limit_of` looks a key's plan up (None: no plan holds it); `clock` is in seconds."""

    def __init__(self, limit_of: Callable[[str], Limit | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_of, self._clock = limit_of, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Spend one request of the key; KeyRefused when there is none to spend."""
        limit = self._limit_of(key)
        if limit is None:
            raise KeyRefused("INVALID_API_KEY")
        now = self._clock()
        left, at = self._left.get(key, (limit.burst, now))
        left = min(limit.burst, left + (now - at) * limit.rate)
        self._left[key] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise KeyRefused("THROTTLED")
