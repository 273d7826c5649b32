"""Text to rows: the delimiter guessed, quotes and newlines in cells respected, ragged rows squared."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from analyst_agent.errors import AnalystError
from analyst_agent.values import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DELIMITERS = ",;\t|"
MAX_LINE = 1 << 20  # characters; also the longest cell
MAX_COLUMNS = 1_000
BATCH_CELLS = 160_000
FIRST_ROWS = 1_000  # a small first batch, so that the first finding does not wait
SNIFFED_LINES = 30

Columns = list[tuple[str, ...]]


class Table:
    """Iterates batches of columns; `names` and the counts are known from the first batch on.

    Short rows are filled with missing cells, long ones cut, blank lines skipped: all three are counted. Only the
    first 1 000 columns are read. Raises AnalystError for what is no table.
    """

    def __init__(self, text: Iterable[str]) -> None:
        self._text = text
        self.names: list[str] = []
        self.delimiter = ","
        self.width = 0
        self.rows = self.short = self.long = self.blank = 0
        self.has_header = True

    def __iter__(self) -> Iterator[Columns]:
        csv.field_size_limit(MAX_LINE)
        try:
            yield from self._batches(self._reader())
        except csv.Error as error:
            raise AnalystError(f"Row {self.rows + 2} cannot be read as CSV: {error}.") from None

    def _reader(self) -> Iterator[list[str]]:
        """The rows, after looking at the first lines to see how cells are divided."""
        pieces = nonempty(self._text)
        first = next(pieces, None)
        if first is None:
            raise AnalystError("The file is empty.")
        refuse_other_formats(first)
        end = "\r" if "\n" not in first and "\r" in first else "\n"
        self.delimiter = sniff(first, end)
        return csv.reader(lines(chain(first, pieces), end), delimiter=self.delimiter)

    def _batches(self, reader: Iterator[list[str]]) -> Iterator[Columns]:
        first = next((row for row in reader if row), None)
        if first is None:
            raise AnalystError("The file has no rows.")
        kept = self._take_header(first)
        size = FIRST_ROWS
        rows = [kept] if kept else []
        for row in reader:
            rows.append(row)
            if len(rows) >= size:
                yield self._square(rows)
                rows = []
                size = max(64, BATCH_CELLS // len(self.names))
        if rows:
            yield self._square(rows)

    def _take_header(self, first: list[str]) -> list[str] | None:
        """Name the columns; the row itself when it is data because it holds numbers only."""
        self.width = len(first)
        first = first[:MAX_COLUMNS]
        if all(parse(cell)[1] is not None for cell in first):
            self.has_header = False
            self.names = [f"column_{number}" for number in range(1, len(first) + 1)]
            return first
        self.names = unique_names(first)
        return None

    def _square(self, rows: list[list[str]]) -> Columns:
        width = len(self.names)
        if set(map(len, rows)) != {width}:
            rows = [self._fit(row, width) for row in rows if row or self._skip()]
        self.rows += len(rows)
        return list(zip(*rows, strict=True)) if rows else [() for _ in range(width)]

    def _skip(self) -> bool:
        self.blank += 1
        return False

    def _fit(self, row: list[str], width: int) -> list[str]:
        if len(row) < width:
            self.short += 1
            return row + [""] * (width - len(row))
        self.long += len(row) > self.width
        return row[:width]


def nonempty(text: Iterable[str]) -> Iterator[str]:
    """The pieces that hold something."""
    return (piece for piece in text if piece)


def chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    """The first piece, then the others."""
    yield first
    yield from rest


def lines(pieces: Iterator[str], end: str) -> Iterator[str]:
    """Whole lines with their ends; raises AnalystError for one of more than 1 MiB."""
    rest = ""
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(end) + 1
        rest = text[cut:]
        if len(rest) > MAX_LINE:
            raise AnalystError("A line is longer than 1 MiB: this does not look like CSV.")
        yield from bounded(io.StringIO(text[:cut], newline=None if end == "\r" else ""))
    if rest:
        yield rest


def bounded(text: io.StringIO) -> Iterator[str]:
    """Lines no longer than the bound, whatever the size of the piece they came in."""
    for line in text:
        if len(line) > MAX_LINE:
            raise AnalystError("A line is longer than 1 MiB: this does not look like CSV.")
        yield line


def refuse_other_formats(start: str) -> None:
    """Raise AnalystError for JSON, XML and HTML, which are text but no table."""
    opening = start.lstrip()[:1]
    if opening and opening in "{[<":
        what = "JSON" if opening in "{[" else "XML or HTML"
        raise AnalystError(f"The file looks like {what}, not CSV.")


def sniff(start: str, end: str) -> str:
    """The delimiter that divides the first lines most evenly; a comma when none does."""
    sample = [line for line in start.split(end)[:SNIFFED_LINES] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        score = widths.count(usual) / len(widths) * min(usual, 100) if usual > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def unique_names(cells: list[str]) -> list[str]:
    """Column names: trimmed, cut at 100 characters, blank ones numbered, repeated ones told apart."""
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        base = cell.strip()[:100] or f"column_{number}"
        name, repeat = base, 2
        while name in taken:
            name, repeat = f"{base}_{repeat}", repeat + 1
        taken.add(name)
        names.append(name)
    return names
