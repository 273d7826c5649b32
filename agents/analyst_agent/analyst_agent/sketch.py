"""Quantiles of a stream in bounded memory: the KLL sketch (Karnin, Lang, Liberty 2016)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Rank error about 1.7 / K with this simple form of the sketch: 0.2 % of the rows, in 8 K floats a column.
K = 1024
RANK_ERROR = 0.005


class QuantileSketch:
    """Levels of items; an item on level i stands for 2^i values. Deterministic: the coin is seeded."""

    def __init__(self, k: int = K, seed: int = 7) -> None:
        self._k = k
        self._levels: list[Floats] = [np.empty(0)]
        self._coin = np.random.default_rng(seed)

    def add(self, values: Floats) -> None:
        """Take in values, each once."""
        self._put(0, values)

    def add_weighted(self, values: Floats, weights: npt.NDArray[np.int64]) -> None:
        """Take in values that occurred `weights` times each: once on the level of every bit of the weight."""
        for level in range(int(np.max(weights, initial=0)).bit_length()):
            self._put(level, values[(weights >> level) & 1 == 1])

    def _put(self, level: int, values: Floats) -> None:
        while len(self._levels) <= level:
            self._levels.append(np.empty(0))
        self._levels[level] = np.concatenate([self._levels[level], values])
        while level < len(self._levels) and len(self._levels[level]) > self._capacity(level):
            self._compact(level)
            level += 1

    def _capacity(self, level: int) -> int:
        depth = len(self._levels) - level - 1
        return max(64, int(self._k * (2 / 3) ** depth))

    def _compact(self, level: int) -> None:
        """Keep every other value of the sorted level, one level up, where each counts double."""
        ordered = np.sort(self._levels[level])
        left = len(ordered) % 2
        self._levels[level] = ordered[:left]
        if level + 1 == len(self._levels):
            self._levels.append(np.empty(0))
        survivors = ordered[left + int(self._coin.integers(2)) :: 2]
        self._levels[level + 1] = np.concatenate([self._levels[level + 1], survivors])

    def weighted(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """The sketch as values in order, and how many each stands for."""
        values = np.concatenate(self._levels)
        weights = np.concatenate([np.full(len(items), 1 << level) for level, items in enumerate(self._levels)])
        order = np.argsort(values, kind="stable")
        return values[order], weights[order].astype(np.int64)
