"""Of proportions and paired comparisons. Sources: Wilson (1927), JASA 22; McNemar (1947), Psychometrika 12."""

import math
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
"""The 0.975 quantile of the normal distribution."""


class Interval(NamedTuple):
    """A confidence interval of a proportion."""

    low: float
    high: float


def wilson(passed: int, total: int, z: float = Z_95) -> Interval:
    """Wilson's score interval; (0, 1) when nothing was tried. Unlike Wald's it holds near 0 and 1."""
    if total == 0:
        return Interval(0.0, 1.0)
    share, square = passed / total, z * z
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    # at the ends the bounds are 0 and 1 exactly, which rounding would miss by a hair
    return Interval(0.0 if passed == 0 else centre - spread, 1.0 if passed == total else centre + spread)


def mcnemar(only_before: int, only_after: int) -> float:
    """The exact two-sided p-value of McNemar's test on discordant pairs: those one passed and the other did not.

    Under the hypothesis that both are alike a discordant pair falls either way with probability one half. 1 when there
    is no such pair.
    """
    discordant, fewer = only_before + only_after, min(only_before, only_after)
    tail = sum(math.comb(discordant, k) for k in range(fewer + 1))
    return min(1.0, math.ldexp(tail, 1 - discordant))
