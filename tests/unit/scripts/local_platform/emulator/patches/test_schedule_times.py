"""Times as the corrected emulator tells them: each once, on the zone's clock, within its window."""

from datetime import UTC, datetime, timedelta
from typing import Any

from scripts.local_platform.emulator.patches.schedule_times import Times, next_time, told

MADE = datetime(2026, 3, 4, 12, tzinfo=UTC)


def schedule(expression: str, zone: str = "UTC", **more: Any) -> dict[str, Any]:
    known = {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone, "CreationDate": MADE.timestamp()}
    return {**known, "LastModificationDate": 1, **more}


def test_a_zone_is_heeded_and_what_is_no_expression_is_never_told() -> None:
    assert next_time(schedule("cron(0 9 * * ? *)", "Asia/Kolkata"), MADE) == datetime(2026, 3, 5, 3, 30, tzinfo=UTC)
    assert next_time(schedule("cron(0 9 * * ? *)", "Mars/Olympus"), MADE) is None


def test_each_time_is_told_once_when_it_has_come() -> None:
    times, every = Times(), schedule("rate(1 minute)")
    found = [times.due("k", every, MADE + timedelta(seconds=second)) for second in range(0, 200, 5)]
    assert [one for one in found if one] == [MADE + timedelta(minutes=minute) for minute in (1, 2, 3)]


def test_a_schedule_that_was_changed_begins_anew() -> None:
    times = Times()
    assert times.due("k", schedule("rate(1 minute)"), MADE) is None
    changed = schedule("rate(1 hour)", LastModificationDate=2)
    assert times.due("k", changed, MADE + timedelta(minutes=2)) is None
    assert times.due("k", changed, MADE + timedelta(minutes=61)) == MADE + timedelta(hours=1)


def test_a_window_delays_a_time_within_it() -> None:
    times = Times()
    wide = schedule("at(2026-03-04T13:00:00)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30})
    times.due("k", wide, MADE)
    assert times.due("k", wide, MADE + timedelta(minutes=59)) is None
    assert times.due("k", wide, MADE + timedelta(minutes=91)) == MADE + timedelta(hours=1)
    assert times.due("k", wide, MADE + timedelta(minutes=120)) is None


def test_the_message_is_told_its_time() -> None:
    target = {"Input": '{"at": "<aws.scheduler.scheduled-time>"}', "Arn": "a"}
    assert told(target, MADE)["Input"] == '{"at": "2026-03-04T12:00:00Z"}'
    assert told({"Arn": "a"}, MADE) == {"Arn": "a"}
