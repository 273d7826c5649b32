"""How often each value of a column occurs: exactly while there is room, then the frequent ones and an estimate."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 1_000
SAMPLED = 1_024
LONG = 64
HASH_SPACE = 1 << 64


class Tally:
    """Counts of values. Longer ones than 64 characters are held as their start and a digest.

    After `degrade` it is a mergeable Misra-Gries summary: a count is short by at most `error`, and a value that
    occurred more often than that is not lost. The number of distinct values is then estimated from the 1 024
    smallest digests, within about 6 % (two standard errors).
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.exact = True
        self.error = 0
        self._smallest: list[int] = []
        self._sampled: set[int] = set()

    def add(self, values: Iterable[str], distinct: set[str]) -> None:
        """Count values; `distinct` is their set, which the caller has anyway."""
        self.counts.update(values)
        if not self.exact:
            self._sample(distinct)
            self._shrink()

    def remove(self, value: str) -> None:
        """Forget a value, such as one that stands for a missing cell."""
        self.counts.pop(value, None)

    def degrade(self) -> None:
        """Give up exactness for room."""
        self.exact = False
        self._sample(self.counts.keys())
        self._shrink()

    def distinct(self) -> int:
        """The number of distinct values, exact or estimated."""
        if self.exact:
            return len(self.counts)
        if len(self._sampled) < SAMPLED:
            return len(self._sampled)
        return round((SAMPLED - 1) * HASH_SPACE / -self._smallest[0])

    def _shrink(self) -> None:
        if len(self.counts) <= 4 * KEPT:
            return
        cut = heapq.nlargest(KEPT + 1, self.counts.values())[-1]
        self.error += cut
        self.counts = Counter({value: count - cut for value, count in self.counts.items() if count > cut})

    def _sample(self, values: Iterable[str]) -> None:
        """Keep the smallest digests: a heap of their negatives, the largest of them on top."""
        for value in values:
            digest = int.from_bytes(hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8).digest())
            if digest in self._sampled:
                continue
            if len(self._smallest) < SAMPLED:
                heapq.heappush(self._smallest, -digest)
                self._sampled.add(digest)
            elif digest < -self._smallest[0]:
                self._sampled.discard(-heapq.heapreplace(self._smallest, -digest))
                self._sampled.add(digest)


def shorten(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The cells, long ones replaced by their start and a digest that keeps them apart."""
    if max(map(len, cells), default=0) <= LONG:
        return cells
    return tuple(cell if len(cell) <= LONG else _digested(cell) for cell in cells)


def _digested(cell: str) -> str:
    digest = hashlib.blake2b(cell.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"{cell[:48]}…{digest}"
