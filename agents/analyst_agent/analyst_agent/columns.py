"""One column, batch by batch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from analyst_agent import distribution
from analyst_agent.moments import Moments
from analyst_agent.sketch import RANK_ERROR, QuantileSketch
from analyst_agent.tally import Tally, shorten
from analyst_agent.values import ANYTHING, FLOAT, NUMERIC, TEMPORAL, is_missing, kind_of, parse

NAN = float("nan")
TOP = 10
CATEGORIES, SHARE, FEW = 1_000, 0.1, 20
CACHED = 20_000


class Column:
    """What is known of a column so far. Memory is bounded by its tally, which can be degraded."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = 0
        self.missing = 0
        self.kinds = ANYTHING
        self.tally = Tally()
        self.counted = True
        self.moments = Moments()
        self.sketch: QuantileSketch | None = None
        self._numbers: dict[str, float] = {}

    @property
    def present(self) -> int:
        """Cells that hold something."""
        return self.rows - self.missing

    @property
    def numeric(self) -> bool:
        """Whether every cell so far is a number (or missing)."""
        return bool(self.kinds & NUMERIC)

    @property
    def weight(self) -> int:
        """What it holds in memory, in entries of about 150 bytes."""
        return len(self.tally.counts) + len(self._numbers)

    def add(self, cells: tuple[str, ...]) -> distribution.Floats | None:
        """Take in a batch; returns its numbers (NaN where missing), or None once the column holds text."""
        cells = shorten(cells)
        distinct = set(cells)
        self.rows += len(cells)
        self._count(cells, distinct)
        self._learn(distinct)
        absent = [cell for cell in distinct if is_missing(cell)]
        self._drop_missing(cells, absent)
        if not self.kinds:
            self._numbers.clear()
            return None
        numbers = np.fromiter(map(self._numbers.__getitem__, cells), np.float64, len(cells))
        self._take_numbers(numbers[~np.isnan(numbers)])
        if len(self._numbers) > CACHED and not self.tally.exact:
            self._numbers.clear()
        return numbers if self.numeric else None

    def _count(self, cells: tuple[str, ...], distinct: set[str]) -> None:
        """Count the cells, except those of a float column that outgrew its tally: nobody asks for their frequency."""
        if self.counted and (self.tally.exact or self.kinds != FLOAT):
            self.tally.add(cells, distinct)
        else:
            self.counted = False

    def _learn(self, distinct: set[str]) -> None:
        """Parse the values not seen before; each narrows what the column can be."""
        if not self.kinds:
            return
        numbers = self._numbers
        for cell in distinct.difference(numbers):
            if is_missing(cell):
                numbers[cell] = NAN
                continue
            kinds, number = parse(cell)
            self.kinds &= kinds
            numbers[cell] = NAN if number is None else number

    def _drop_missing(self, cells: tuple[str, ...], absent: list[str]) -> None:
        for cell in absent:
            self.missing += cells.count(cell)
            self.tally.remove(cell)

    def _take_numbers(self, present: distribution.Floats) -> None:
        self.moments.add(present)
        if self.sketch is not None:
            self.sketch.add(present)

    def degrade(self) -> None:
        """Trade exact counts for a sketch; what was counted so far goes into it."""
        if self.kinds:
            values, counts = self._exact_values()
            self.sketch = QuantileSketch()
            self.sketch.add_weighted(values, counts)
        self.tally.degrade()
        self._numbers.clear()

    def _exact_values(self) -> tuple[distribution.Floats, distribution.Counts]:
        """The numbers in order and how often each occurs, equal ones written differently together."""
        pairs = [(self._numbers[cell], count) for cell, count in self.tally.counts.items()]
        written = np.array([number for number, _ in pairs], dtype=np.float64)
        values, place = np.unique(written, return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, place, np.array([count for _, count in pairs], dtype=np.int64))
        return values, counts

    def kind(self) -> str:
        """empty, boolean, integer, float, date, datetime, categorical or text."""
        if not self.present:
            return "empty"
        return kind_of(self.kinds) or self._kind_of_text()

    def _kind_of_text(self) -> str:
        """Categorical: at most 20 values and fewer than cells, or at most 1 000 and a tenth of the cells."""
        distinct = self.tally.distinct()
        few = distinct <= FEW and distinct < self.present
        return "categorical" if few or distinct <= min(CATEGORIES, SHARE * self.present) else "text"

    def profile(self) -> dict[str, Any]:
        """Everything the report says of the column."""
        kind = self.kind()
        profile: dict[str, Any] = {
            "name": self.name, "type": kind, "rows": self.rows, "missing": self.missing,
            "missingShare": round(self.missing / self.rows, 6) if self.rows else 0.0,
        }  # fmt: skip
        if kind == "empty":
            return profile
        profile |= {"distinct": self.tally.distinct(), "distinctExact": self.tally.exact} if self.counted else {}
        if kind in ("integer", "float"):
            return profile | self._numbers_profile() | self._top()
        if self.kinds & TEMPORAL and kind in ("date", "datetime"):
            return profile | self._times_profile(kind) | self._top()
        return profile | self._top()

    def _weighted(self) -> tuple[distribution.Floats, distribution.Counts]:
        return self._exact_values() if self.sketch is None else self.sketch.weighted()

    def _numbers_profile(self) -> dict[str, Any]:
        values, counts = self._weighted()
        found = distribution.quantiles(values, counts)
        moments = self.moments
        return {
            "min": moments.least, "max": moments.greatest, "mean": moments.mean, "std": moments.std,
            "quantiles": dict(zip(map(str, distribution.QUANTILES), found, strict=True)),
            "quantilesExact": self.sketch is None,
            "rankError": 0.0 if self.sketch is None else RANK_ERROR,
            "histogram": distribution.histogram(values, counts),
            "outliers": distribution.outliers(values, counts, (found[2], found[4]), moments.mean, moments.std),
        }  # fmt: skip

    def _times_profile(self, kind: str) -> dict[str, Any]:
        values, counts = self._weighted()
        (median,) = distribution.quantiles(values, counts, (0.5,))
        ends = {"min": self.moments.least, "median": median, "max": self.moments.greatest}
        return {key: as_time(seconds, kind) for key, seconds in ends.items()}

    def _top(self) -> dict[str, Any]:
        if not self.counted:
            return {}
        top = [{"value": value, "count": count} for value, count in self.tally.counts.most_common(TOP)]
        return {"top": top, "topCountError": self.tally.error}


def as_time(seconds: float, kind: str) -> str:
    """Seconds since 1970 as a date or a time in UTC, whole seconds when they are."""
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    if kind == "date":
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")
