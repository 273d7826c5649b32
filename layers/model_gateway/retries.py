"""How often and how soon a provider is asked again: full jitter, so that those who were refused do not return at once.

Source: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from model_gateway.errors import ModelError


@dataclass(frozen=True)
class Retries:
    """`attempts` counts the first; times in seconds. A `Retry-After` above `most_wait` is not waited for."""

    attempts: int = 3
    base: float = 0.25
    cap: float = 4.0
    most_wait: float = 5.0

    def pause(self, failure: ModelError, attempt: int, uniform: Callable[[float, float], float]) -> float | None:
        """Seconds to wait after the `attempt`th failure (from 1); None: do not ask again."""
        asked = failure.retry_after or 0
        if not failure.retried or attempt >= self.attempts or asked > self.most_wait:
            return None
        return asked + uniform(0, min(self.cap, self.base * 2 ** (attempt - 1)))


def jitter(low: float, high: float) -> float:
    """A random number between two."""
    return random.uniform(low, high)  # noqa: S311 - jitter, not a secret
