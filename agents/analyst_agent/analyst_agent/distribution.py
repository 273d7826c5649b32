"""Quantiles, histogram and outliers from values in order and how often each occurs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 20
FENCE = 1.5
Z_LIMIT = 3.0


def quantiles(values: Floats, counts: Counts, wanted: tuple[float, ...] = QUANTILES) -> list[float]:
    """Linear interpolation between the two nearest ranks (type 7, as numpy and pandas do)."""
    ends = np.cumsum(counts)
    ranks = np.asarray(wanted) * (ends[-1] - 1)
    low = values[np.searchsorted(ends, np.floor(ranks), side="right")]
    high = values[np.searchsorted(ends, np.ceil(ranks), side="right")]
    return [float(value) for value in low + (high - low) * (ranks - np.floor(ranks))]


def histogram(values: Floats, counts: Counts) -> dict[str, Any]:
    """Twenty bins of equal width from the least to the greatest value, the last one closed."""
    if values[0] == values[-1]:
        return {"edges": [float(values[0])] * 2, "counts": [int(counts.sum())]}
    filled, edges = np.histogram(values, bins=BINS, range=(values[0], values[-1]), weights=counts)
    return {"edges": [float(edge) for edge in edges], "counts": [int(count) for count in filled]}


def outliers(values: Floats, counts: Counts, quartiles: tuple[float, float], mean: float, std: float) -> dict[str, Any]:
    """How many lie beyond 1.5 interquartile ranges from the quartiles, and beyond three standard deviations."""
    low, high = fences(*quartiles)
    beyond = (values < low) | (values > high)
    far = np.abs(values - mean) > Z_LIMIT * std if std > 0 else np.zeros(len(values), dtype=bool)
    return {
        "method": "iqr-1.5",
        "lowerFence": low,
        "upperFence": high,
        "count": int(counts[beyond].sum()),
        "zScoreAbove3": int(counts[far].sum()),
    }


def fences(first: float, third: float) -> tuple[float, float]:
    """Tukey's fences."""
    reach = FENCE * (third - first)
    return first - reach, third + reach
