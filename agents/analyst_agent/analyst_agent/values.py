"""What a cell can be: one bit for every kind it could stand for, and its number."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

# What pandas reads as missing, so that two people counting agree.
MISSING = frozenset(
    {
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
        "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
    }
)  # fmt: skip
BOOLEAN, INTEGER, FLOAT, DATE, DATETIME = 1, 2, 4, 8, 16
ANYTHING = 31
HUGE = 1e140  # beyond it squares overflow; such a number counts as text
NUMERIC = INTEGER | FLOAT
TEMPORAL = DATE | DATETIME
TRUTHS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "t": 1.0, "f": 0.0, "y": 1.0, "n": 0.0}
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


class Parsed(NamedTuple):
    """The kinds a cell may be of and its value: a number, 0/1, or seconds since 1970; None for text."""

    kinds: int
    number: float | None


TEXT = Parsed(0, None)


def parse(cell: str) -> Parsed:
    """Classify one cell. A time without a zone is UTC."""
    text = cell.strip()
    if WHOLE.fullmatch(text):
        return Parsed(NUMERIC, float(text))
    if NUMBER.fullmatch(text):
        number = float(text)
        return Parsed(FLOAT, number) if abs(number) < HUGE else TEXT
    if (match := TIME.fullmatch(text)) is not None:
        return _parse_time(text, has_time=match["time"] is not None)
    truth = TRUTHS.get(text.lower()) if len(text) <= 5 else None  # noqa: PLR2004 - the longest is "false"
    return TEXT if truth is None else Parsed(BOOLEAN, truth)


def _parse_time(text: str, *, has_time: bool) -> Parsed:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return TEXT
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Parsed(DATETIME if has_time else TEMPORAL, moment.timestamp())


def is_missing(cell: str) -> bool:
    """Whether a cell says that it holds nothing."""
    return cell.strip() in MISSING


def kind_of(kinds: int) -> str | None:
    """The narrowest kind that fits all cells of a column; None when none but text does."""
    for bit, name in (
        (BOOLEAN, "boolean"),
        (INTEGER, "integer"),
        (FLOAT, "float"),
        (DATE, "date"),
        (DATETIME, "datetime"),
    ):
        if kinds & bit:
            return name
    return None
