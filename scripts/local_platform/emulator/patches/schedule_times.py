"""Scheduler: times are those of the schedule's zone, a flexible window is kept, and the message is told its time.

Stock behaviour: `cron(…)` and `at(…)` are read in UTC whatever `ScheduleExpressionTimezone` says, `L`, `W` and `#` are
not known, the window is ignored, and `<aws.scheduler.scheduled-time>` is sent as it stands. Here the platform's own
reading of expressions tells the times, which is property-tested, and the attribute is put in its place (EventBridge
Scheduler, "Schedule types" and "Adding context attributes").
"""

from __future__ import annotations

import random
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.local_platform.emulator.seam import module, require

TIME = "<aws.scheduler.scheduled-time>"
LAYERS = Path(__file__).resolve().parents[4] / "layers"


def next_time(schedule: dict[str, Any], after: datetime) -> datetime | None:
    """The first time later than a moment; None when there is none, or the expression is not understood."""
    if str(LAYERS) not in sys.path:
        sys.path.append(str(LAYERS))
    from governance.schedules.cron import BadExpression
    from governance.schedules.timing import read

    made = datetime.fromtimestamp(float(schedule.get("CreationDate") or 0), UTC)
    try:
        timing = read(schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC", made)
    except BadExpression:
        return None
    return timing.next(after)


def delay_of(schedule: dict[str, Any]) -> timedelta:
    """How much later than its time a flexible window tells it."""
    window = schedule.get("FlexibleTimeWindow") or {}
    minutes = int(window.get("MaximumWindowInMinutes") or 0) if window.get("Mode") == "FLEXIBLE" else 0
    return timedelta(seconds=random.uniform(0, 60 * minutes))  # noqa: S311 - a delay, no secret


def told(target: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """The target with its input as it is sent for a time."""
    at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**target, "Input": target["Input"].replace(TIME, at)} if "Input" in target else target


def event_of(key: Any, moment: datetime) -> dict[str, Any]:
    """The event that a target without an input is sent."""
    about = {"Account": key[0], "Region": key[1], "Resources": [], "Time": moment.timestamp()}
    return {
        **about,
        "EventId": str(uuid.uuid4()),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
    }


class Times:
    """Which time of each schedule is told next, and when. A schedule that was changed begins anew."""

    def __init__(self) -> None:
        self._due: dict[Any, tuple[str, datetime, datetime]] = {}

    def due(self, key: Any, schedule: dict[str, Any], now: datetime) -> datetime | None:
        """The time that is to be told now, once; None when there is none."""
        version = str(schedule.get("LastModificationDate")) + schedule["ScheduleExpression"]
        known = self._due.get(key)
        if known is None or known[0] != version:
            # From when it was changed: its time may have come before this loop saw it. No further back than a minute.
            changed = datetime.fromtimestamp(float(schedule.get("LastModificationDate") or 0), UTC)
            known = self._plan(key, version, schedule, max(changed, now - timedelta(minutes=1)))
        _, moment, tell = known
        if now < tell:
            return None
        self._plan(key, version, schedule, max(moment, now - timedelta(minutes=1)))
        return moment

    def _plan(
        self, key: Any, version: str, schedule: dict[str, Any], after: datetime
    ) -> tuple[str, datetime, datetime]:
        moment = next_time(schedule, after)
        never = datetime.max.replace(tzinfo=UTC)
        self._due[key] = (version, moment or never, never if moment is None else moment + delay_of(schedule))
        return self._due[key]


def apply() -> None:
    """Tell times in the emulator's own loop."""
    service, bus = module("services.scheduler"), module("services.eventbridge")
    require(service._tick_schedules, "_eb._invoke_target(target, event, sched)", 'sched.get("State")')  # noqa: SLF001
    require(service._ticker_loop, "_tick_schedules()")  # noqa: SLF001
    times = Times()

    def tick() -> None:
        now = datetime.now(UTC)
        account, region = service.get_account_id(), service.get_region()
        try:
            for key, schedule in list(service._schedules._data.items()):  # noqa: SLF001
                moment = times.due(key, schedule, now) if schedule.get("State") == "ENABLED" else None
                if moment is not None:
                    service.set_request_account_id(key[0])
                    service.set_request_region(key[1])
                    bus._invoke_target(told(schedule["Target"], moment), event_of(key, moment), schedule)  # noqa: SLF001
        finally:
            service.set_request_account_id(account)
            service.set_request_region(region)

    service._tick_schedules = tick  # noqa: SLF001
