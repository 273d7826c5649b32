"""Pearson correlations of many columns in one pass, each pair over the rows where both are present."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyst_agent.distribution import Floats

MAX_COLUMNS = 64


class Correlations:
    """Sums over pairs of up to 64 columns; values are shifted by the first batch's means against cancellation."""

    def __init__(self, width: int) -> None:
        self._shift: Floats | None = None
        self._both = np.zeros((width, width))
        self._sum = np.zeros((width, width))
        self._squares = np.zeros((width, width))
        self._products = np.zeros((width, width))

    def add(self, columns: Floats) -> None:
        """Take in a batch: one row for each column, NaN where a value is missing."""
        present = ~np.isnan(columns)
        if self._shift is None:
            counts = np.maximum(present.sum(axis=1), 1)
            self._shift = np.where(present, columns, 0.0).sum(axis=1) / counts
        values = np.where(present, columns - self._shift[:, None], 0.0)
        mask = present.astype(np.float64)
        self._both += mask @ mask.T
        self._sum += values @ mask.T
        self._squares += (values * values) @ mask.T
        self._products += values @ values.T

    def matrix(self) -> Floats:
        """The coefficients; NaN where a pair has fewer than two common rows or no variation."""
        n = self._both
        covariance = n * self._products - self._sum * self._sum.T
        spread = np.maximum(n * self._squares - self._sum**2, 0)
        # What is left of a constant column's variance is rounding: relative to its squares, nothing.
        spread[spread <= 1e-12 * n * self._squares] = 0
        with np.errstate(divide="ignore", invalid="ignore"):
            matrix: Floats = covariance / (np.sqrt(spread) * np.sqrt(spread.T))
        matrix[n < 2] = np.nan  # noqa: PLR2004 - a correlation needs two rows
        return np.clip(matrix, -1, 1, out=matrix)
