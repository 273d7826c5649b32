"""When a schedule's times are: `cron(…)` and `at(…)` on a zone's clock, `rate(…)` from when the schedule was made.

As EventBridge Scheduler does it (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, daylight
saving time): a local time that a spring's change leaves out is left out; one that an autumn's change has twice is the
first of the two; a rate is not touched by either. Pure; moments are aware, in UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from governance.schedules.cron import BadExpression, Cron, parse

_SHAPE: Final = re.compile(r"(cron|rate|at)\(([^()]*)\)", re.ASCII)
_RATE: Final = re.compile(r"([1-9][0-9]{0,5}) (minute|hour|day)(s?)", re.ASCII)
_AT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII)
_UNITS: Final = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}", re.ASCII)
_LOOKED_AT: Final = 400
"""How many times are compared to find a cron expression's shortest pause: more than a day of every fifth minute."""


@dataclass(frozen=True)
class Timing:
    """An expression that holds, with its zone. `anchor` is when the schedule was made."""

    expression: str
    zone: str
    anchor: datetime
    cron: Cron | None = None
    interval: timedelta | None = None
    moment: datetime | None = None

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The times later than a moment, in order; none when there are no more."""
        if self.interval is not None:
            yield from self._at_rate(self.interval, moment)
        elif self.cron is not None:
            yield from self._by_cron(self.cron, moment)
        elif self.moment is not None and self.moment > moment:
            yield self.moment

    def next(self, moment: datetime) -> datetime | None:
        """The first time later than a moment; None when there is none."""
        return next(self.after(moment), None)

    def ends_at(self, moment: datetime) -> bool:
        """Whether a moment is one of the times, and the last."""
        return self.next(moment) is None and self.next(moment - timedelta(microseconds=1)) == moment

    def last_before(self, moment: datetime, since: datetime) -> datetime | None:
        """The last time later than `since` and not later than a moment; None when there was none."""
        found: datetime | None = None
        for one in self.after(since):
            if one > moment:
                break
            found = one
        return found

    def shortest_pause(self, moment: datetime) -> timedelta | None:
        """The least that lies between two of the next times; None when there are not two."""
        if self.interval is not None:
            return self.interval
        times = list(islice(self.after(moment), _LOOKED_AT))
        return min((later - earlier for earlier, later in pairwise(times)), default=None)

    def _at_rate(self, interval: timedelta, moment: datetime) -> Iterator[datetime]:
        passed = max(0, (moment - self.anchor) // interval)
        number = passed + 1
        while True:
            yield self.anchor + number * interval
            number += 1

    def _by_cron(self, cron: Cron, moment: datetime) -> Iterator[datetime]:
        zone = ZoneInfo(self.zone)
        # From the day before: a zone's day may have begun earlier than this one's.
        for local in cron.from_day(moment.astimezone(zone).date() - timedelta(days=1)):
            found = on_the_clock(local, zone)
            if found is not None and found > moment:
                yield found


def read(expression: str, zone: str, anchor: datetime) -> Timing:
    """A timing of an expression in a zone of the IANA database. BadExpression says what is wrong."""
    local_zone = zone_named(zone)
    shape = _SHAPE.fullmatch(expression)
    if shape is None:
        raise BadExpression("an expression is cron(…), rate(…) or at(…)")
    kind, body = shape[1], shape[2]
    if kind == "cron":
        return Timing(expression, zone, anchor, cron=parse(body))
    if kind == "rate":
        return Timing(expression, zone, anchor, interval=_interval(body))
    return Timing(expression, zone, anchor, moment=_moment(body, local_zone))


def zone_named(name: str) -> ZoneInfo:
    """A zone of the IANA database; BadExpression for what is none."""
    if not _ZONE.fullmatch(name):
        raise BadExpression("the time zone is not a name such as Europe/Berlin")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise BadExpression(f"there is no time zone {name}") from None


def on_the_clock(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment at which a zone's clock shows a local time, the first of two; None for a time that it leaves out."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


def _interval(body: str) -> timedelta:
    found = _RATE.fullmatch(body)
    if found is None:
        raise BadExpression("a rate is a number and minutes, hours or days, such as rate(15 minutes)")
    number, unit = int(found[1]), found[2]
    if (number == 1) == bool(found[3]):
        raise BadExpression("a rate of 1 has a unit in the singular, any other one in the plural")
    return number * _UNITS[unit]


def _moment(body: str, zone: ZoneInfo) -> datetime:
    try:
        local = datetime.fromisoformat(body if _AT.fullmatch(body) else "")
    except ValueError:
        raise BadExpression("a time is yyyy-mm-ddThh:mm:ss, such as at(2026-03-04T05:06:00)") from None
    moment = on_the_clock(local, zone)
    if moment is None:
        raise BadExpression(f"the clock of {zone.key} leaves out {body}")
    return moment
