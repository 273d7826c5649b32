from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyst_agent.distribution import Floats


class Moments:
    """Count, mean, standard deviation, least and greatest of a stream (Chan, Golub, LeVeque 1979)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.least = math.inf
        self.greatest = -math.inf

    def add(self, values: Floats) -> None:
        """Take in a batch, merged so that no sum of squares of large numbers is ever formed."""
        if not len(values):
            return
        count, mean = len(values), float(values.mean())
        total, apart = self.count + count, mean - self.mean
        self.squares += float(((values - mean) ** 2).sum()) + apart * apart * self.count * count / total
        self.mean += apart * count / total
        self.count = total
        self.least = min(self.least, float(np.min(values)))
        self.greatest = max(self.greatest, float(np.max(values)))

    @property
    def std(self) -> float:
        """The sample's standard deviation (n - 1); 0 for fewer than two values."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0
