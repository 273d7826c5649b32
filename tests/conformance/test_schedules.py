"""Correction `schedule_times`: EventBridge Scheduler tells a queue its times, in the schedule's zone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.conftest import Emulator

ZONE = "Asia/Kolkata"


def test_a_single_time_of_another_zone_is_told_with_its_time(emulator: Emulator, wait_for: Callable[..., None]) -> None:
    sqs, scheduler = emulator.client("sqs"), emulator.client("scheduler")
    url = sqs.create_queue(QueueName="scheduled")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = emulator.role("teller")
    moment = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
    scheduler.create_schedule(
        Name="soon",
        ScheduleExpression=f"at({moment.astimezone(ZoneInfo(ZONE)):%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone=ZONE,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'},
    )
    found: list[Any] = []

    def arrived() -> bool:
        found.extend(sqs.receive_message(QueueUrl=url).get("Messages", []))
        return bool(found)

    wait_for(arrived)
    assert json.loads(found[0]["Body"]) == {"at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
