"""Cron expressions as EventBridge Scheduler has them: `minutes hours day-of-month month day-of-week year`.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html. Exactly one of the two days is `?`. Days of
the week are 1 (Sunday) to 7. `L` is the last day of the month, and in days of the week `6L` the last Friday; `15W` the
weekday nearest to the 15th within its month; `6#3` the third Friday. Pure; local times without a zone.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

Days = Callable[[date], bool]


class Field(NamedTuple):
    """What one part of an expression may hold: numbers from `low` to `high`, or their names."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEK: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MINUTES: Final = Field("minutes", 0, 59)
HOURS: Final = Field("hours", 0, 23)
MONTH_DAYS: Final = Field("day-of-month", 1, 31)
MONTHS: Final = Field("month", 1, 12, _MONTHS)
WEEK_DAYS: Final = Field("day-of-week", 1, 7, _WEEK)
YEARS: Final = Field("year", 1970, 2199)
_PARTS: Final = 6
_LONGEST: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_NEAREST: Final = re.compile(r"([0-9]{1,2})W", re.ASCII)
_LAST: Final = re.compile(r"([0-9]|[A-Z]{3})L", re.ASCII)
_NTH: Final = re.compile(r"([0-9]|[A-Z]{3})#([1-5])", re.ASCII)
_SATURDAY: Final = 5
_SUNDAY: Final = 6
_WEEK_LENGTH: Final = 7
_YEARS_AHEAD: Final = 60  # the fifth Sunday of a February comes every 28 years, and after 2100 every 40


class BadExpression(ValueError):
    """The expression is none; the text says which part is wrong and what it may be."""


@dataclass(frozen=True)
class Cron:
    """A parsed expression."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: Days

    def from_day(self, first: date) -> Iterator[datetime]:
        """Every local time from this day on, in order, for sixty years."""
        day, end = first, min(first.year + _YEARS_AHEAD, YEARS.high)
        while day.year <= end:
            if day.year not in self.years or day.month not in self.months:
                day = _next_month(day)
                continue
            if self.days(day):
                yield from (datetime.combine(day, time(hour, minute)) for hour in self.hours for minute in self.minutes)
            day += timedelta(days=1)


def parse(text: str) -> Cron:
    """What stands between `cron(` and `)`. BadExpression."""
    parts = text.upper().split()
    if len(parts) != _PARTS or len(text) > _LONGEST:
        raise BadExpression("a cron expression has six parts: minutes hours day-of-month month day-of-week year")
    minutes, hours, month_days, months, week_days, years = parts
    if (month_days == "?") == (week_days == "?"):
        raise BadExpression("exactly one of day-of-month and day-of-week is ?")
    return Cron(
        minutes=tuple(sorted(_numbers(minutes, MINUTES))),
        hours=tuple(sorted(_numbers(hours, HOURS))),
        months=_numbers(months, MONTHS),
        years=_numbers(years, YEARS),
        days=_week_days(week_days) if month_days == "?" else _month_days(month_days),
    )


def _numbers(text: str, field: Field) -> frozenset[int]:
    return frozenset(number for item in text.split(",") for number in _range(item, field))


def _range(item: str, field: Field) -> range:
    """`*`, `7`, `MON-FRI`, and each with `/step`; from a number with a step on to the highest."""
    body, slash, step_text = item.partition("/")
    step = int(step_text) if slash and _NUMBER.fullmatch(step_text) else 0 if slash else 1
    if step < 1:
        raise BadExpression(f"{field.name}: {item!r} needs a step of 1 or more")
    if body == "*":
        return range(field.low, field.high + 1, step)
    first_text, dash, last_text = body.partition("-")
    first = _number(first_text, field)
    last = _number(last_text, field) if dash else field.high if slash else first
    if last < first:
        raise BadExpression(f"{field.name}: {item!r} ends before it begins")
    return range(first, last + 1, step)


def _number(text: str, field: Field) -> int:
    if text in field.names:
        return field.low + field.names.index(text)
    if not _NUMBER.fullmatch(text) or not field.low <= int(text) <= field.high:
        named = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise BadExpression(f"{field.name}: {text!r} is not {field.low} to {field.high}{named}")
    return int(text)


def _month_days(text: str) -> Days:
    return _any_of([_month_day(item) for item in text.split(",")])


def _month_day(item: str) -> Days:
    nearest = _NEAREST.fullmatch(item)
    if item == "L":
        return lambda day: day.day == _length(day)
    if item == "LW":
        return lambda day: day == _weekday_near(day, _length(day))
    if nearest:
        wanted = _number(nearest[1], MONTH_DAYS)
        return lambda day: wanted <= _length(day) and day == _weekday_near(day, wanted)
    numbers = _numbers(item, MONTH_DAYS)
    return lambda day: day.day in numbers


def _week_days(text: str) -> Days:
    return _any_of([_week_day(item) for item in text.split(",")])


def _week_day(item: str) -> Days:
    last, nth = _LAST.fullmatch(item), _NTH.fullmatch(item)
    if item == "L":
        return lambda day: _of_week(day) == WEEK_DAYS.high
    if last:
        wanted = _number(last[1], WEEK_DAYS)
        return lambda day: _of_week(day) == wanted and day.day > _length(day) - _WEEK_LENGTH
    if nth:
        wanted, count = _number(nth[1], WEEK_DAYS), int(nth[2])
        return lambda day: _of_week(day) == wanted and (day.day - 1) // _WEEK_LENGTH == count - 1
    numbers = _numbers(item, WEEK_DAYS)
    return lambda day: _of_week(day) in numbers


def _any_of(found: list[Days]) -> Days:
    return lambda day: any(fits(day) for fits in found)


def _of_week(day: date) -> int:
    """1 for Sunday to 7 for Saturday."""
    return day.isoweekday() % _WEEK_LENGTH + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _weekday_near(day: date, wanted: int) -> date:
    """The weekday nearest to a day of the month, without leaving the month."""
    there = day.replace(day=wanted)
    if there.weekday() == _SATURDAY:
        return there - timedelta(days=1) if wanted > 1 else there + timedelta(days=2)
    if there.weekday() == _SUNDAY:
        return there + timedelta(days=1) if wanted < _length(day) else there - timedelta(days=2)
    return there


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
