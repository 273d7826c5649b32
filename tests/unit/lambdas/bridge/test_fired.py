"""When a time is missed; the whole of a firing is tested in tests/functional/schedules."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.bridge.fired import ScheduledRuns, Time
from platform_kit.clock import rfc3339
from tests.stores import START, HandClock

SCHEDULE = {
    "expression": "rate(1 hour)",
    "timeZone": "UTC",
    "createdAt": rfc3339(START - timedelta(hours=24, minutes=30)),
}
SCHEDULE |= {"jitterMinutes": 0, "overlap": "skip", "catchUp": "skip"}


def is_missed(minutes: float, **changes: Any) -> bool:
    nobody: Any = None
    runs = ScheduledRuns(nobody, nobody, nobody, nobody, HandClock())
    at = rfc3339(START - timedelta(minutes=minutes))
    told = {"tenantId": "acme", "scheduleId": "sch_1", "scheduledFor": at}
    return runs._is_missed({**SCHEDULE, **changes}, Time.model_validate(told))


@pytest.mark.parametrize(
    ("minutes", "changes", "missed"),
    [
        (-10, {}, False),
        (10, {}, False),
        (16, {}, True),
        (16, {"jitterMinutes": 30}, False),
        (46, {"jitterMinutes": 30}, True),
        (600, {"overlap": "queue"}, False),
        (1500, {"overlap": "queue"}, True),
        (30, {"catchUp": "run_once"}, False),
        (90, {"catchUp": "run_once"}, True),
    ],
)
def test_a_time_is_missed_when_it_is_later_than_clocks_differ(
    minutes: float, changes: dict[str, Any], missed: Any
) -> None:
    assert is_missed(minutes, **changes) is missed
