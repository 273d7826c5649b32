"""A whole table: every column, their correlations, and what all of it may hold in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analyst_agent.columns import Column
from analyst_agent.correlation import MAX_COLUMNS, Correlations

if TYPE_CHECKING:
    from analyst_agent.distribution import Floats
    from analyst_agent.table import Columns, Table

# Entries of all columns together, about 150 bytes each: 60 MB.
BUDGET = 400_000
COLUMN_BUDGET = 150_000
STRONG = 0.5


class TableProfile:
    """Grows batch by batch; `result` may be asked at any time."""

    def __init__(self, names: list[str]) -> None:
        self.columns = [Column(name) for name in names]
        self._correlated: list[int] | None = None
        self._correlations = Correlations(0)

    def add(self, batch: Columns) -> None:
        """Take in a batch of columns."""
        numbers = [column.add(cells) for column, cells in zip(self.columns, batch, strict=True)]
        if self._correlated is None:
            self._correlated = [place for place, values in enumerate(numbers) if values is not None][:MAX_COLUMNS]
            self._correlations = Correlations(len(self._correlated))
        if self._correlated and batch[0]:
            length = len(batch[0])
            self._correlations.add(np.array([_or_missing(numbers[place], length) for place in self._correlated]))
        self._keep_in_budget()

    def _keep_in_budget(self) -> None:
        exact = [column for column in self.columns if column.tally.exact]
        for column in exact:
            if column.weight > COLUMN_BUDGET:
                column.degrade()
        exact = sorted((column for column in exact if column.tally.exact), key=lambda column: -column.weight)
        total = sum(column.weight for column in self.columns)
        for column in exact:
            if total <= BUDGET:
                return
            total -= column.weight
            column.degrade()

    def correlations(self) -> list[dict[str, Any]]:
        """Every pair of numeric columns that vary, strongest first."""
        matrix, pairs = self._correlations.matrix(), []
        places = self._correlated or []
        kept = [index for index, place in enumerate(places) if self._is_number(place)]
        for at, first in enumerate(kept):
            for second in kept[at + 1 :]:
                if not np.isnan(matrix[first, second]):
                    names = (self.columns[places[first]].name, self.columns[places[second]].name)
                    pairs.append({"columns": list(names), "pearson": float(matrix[first, second])})
        return sorted(pairs, key=lambda pair: -abs(pair["pearson"]))

    def _is_number(self, place: int) -> bool:
        return self.columns[place].kind() in ("integer", "float")

    def result(self, table: Table) -> dict[str, Any]:
        """The report's data: plain JSON values."""
        return {
            "rows": table.rows,
            "columnCount": len(self.columns),
            "columnsNotProfiled": max(0, table.width - len(self.columns)),
            "delimiter": table.delimiter,
            "header": table.has_header,
            "raggedRows": {"short": table.short, "long": table.long, "blank": table.blank},
            "columns": [column.profile() for column in self.columns],
            "correlations": self.correlations(),
        }


def _or_missing(values: Floats | None, length: int) -> Floats:
    """A column that stopped being numeric counts as missing; its pairs are left out at the end."""
    return np.full(length, np.nan) if values is None else values
