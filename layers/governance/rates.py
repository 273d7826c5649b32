"""Rates: how often something may happen. A token bucket in the form of the generic cell rate algorithm; pure.

A bucket holds `burst` tokens and regains `per_second` of them a second. Its whole state is one number, `full_at`: the
moment at which it will be full again (ITU-T I.371 calls it the theoretical arrival time). Taking a token moves that
moment on by one interval, and may not move it further ahead than a whole bucket. So in any span of time, however the
takers share it out, at most `burst + per_second * span` tokens leave a bucket.

Times are integer nanoseconds since the epoch, and the present moment is an argument.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

NANOSECONDS: Final = 1_000_000_000
MOST_PER_SECOND: Final = 100_000
MOST_BURST: Final = 1_000_000
_BURST_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_second` in the long run and `burst` at once. ValueError for what is no rate."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        """Refuse what would let everything through, or divide by nothing."""
        if not is_rate(self.per_second):
            raise ValueError("a rate is a number above 0 and at most 100 000 a second")
        if isinstance(self.burst, bool) or not isinstance(self.burst, int) or not 1 <= self.burst <= MOST_BURST:
            raise ValueError("a burst is 1 to 1 000 000")

    @classmethod
    def per_second_of(cls, per_second: float) -> Self:
        """A rate with a burst of two seconds' worth, at least one."""
        return cls(per_second, max(1, math.ceil(per_second * _BURST_SECONDS)) if is_rate(per_second) else 1)

    @property
    def interval(self) -> int:
        """Nanoseconds in which one token comes back; rounded up, so that the rate is never exceeded."""
        return math.ceil(NANOSECONDS / self.per_second)

    def within(self, other: "Limit") -> bool:
        """Whether whoever keeps `other` may still break this one: it is tighter in rate or burst."""
        return self.per_second < other.per_second or self.burst < other.burst


def is_rate(value: object) -> bool:
    """Whether a value can be a number of tokens a second."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 < value <= MOST_PER_SECOND  # type: ignore[arg-type, operator]  # a number


def available(full_at: int | None, limit: Limit, now: int) -> int:
    """How many tokens a bucket holds; None is one that was never touched."""
    owed = max((full_at or 0) - now, 0)
    return max(limit.burst - -(-owed // limit.interval), 0)


def take(full_at: int | None, limit: Limit, now: int, tokens: int = 1) -> int | None:
    """The bucket's state after taking `tokens` (at least one), or None when it does not hold them."""
    if tokens < 1 or available(full_at, limit, now) < tokens:
        return None
    return max(full_at or 0, now) + tokens * limit.interval


def wait(full_at: int | None, limit: Limit, now: int, tokens: int = 1) -> int:
    """Nanoseconds until the bucket holds `tokens` of at most `burst`; 0 when it does."""
    latest = now + (limit.burst - min(tokens, limit.burst)) * limit.interval
    return max((full_at or 0) - latest, 0)
