"""What Scheduler is asked, and what it answers when it knows a schedule no more."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.schedules.clockwork import Clockwork

RECORD = {
    "scheduleId": "sch_1",
    "expression": "rate(1 hour)",
    "timeZone": "UTC",
    "jitterMinutes": 0,
    "status": "active",
    "etag": 3,
}


class Scheduler:
    def __init__(self, code: str) -> None:
        self.code = code
        self.made: list[dict[str, Any]] = []

    def _fail(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "m"}}, "x")

    update_schedule = delete_schedule = _fail

    def create_schedule(self, **request: Any) -> None:
        self.made.append(request)


def clockwork(scheduler: Scheduler) -> Clockwork:
    return Clockwork(lambda: scheduler, lambda: None, "group", "queue", "url", "role", "letters")


def test_one_that_is_not_known_is_made_and_one_that_is_gone_is_removed_already() -> None:
    scheduler = Scheduler("ResourceNotFoundException")
    clockwork(scheduler).put("acme", {**RECORD, "status": "paused"})
    clockwork(scheduler).remove("sch_1")
    (made,) = scheduler.made
    assert (made["ClientToken"], made["State"], made["FlexibleTimeWindow"]) == ("sch_1-3", "DISABLED", {"Mode": "OFF"})


def test_any_other_failure_is_one() -> None:
    scheduler = Scheduler("AccessDeniedException")
    with pytest.raises(ClientError):
        clockwork(scheduler).put("acme", RECORD)
    with pytest.raises(ClientError):
        clockwork(scheduler).remove("sch_1")
    assert scheduler.made == []
