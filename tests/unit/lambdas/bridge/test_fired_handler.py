import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.bridge.fired import Time
from lambdas.bridge.fired_handler import QueueAndScheduler


class Services:
    def __init__(self, code: str = "") -> None:
        self.code = code
        self.sent: list[dict[str, Any]] = []

    def delete_schedule(self, **_: str) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "m"}}, "DeleteSchedule")

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)


def test_a_time_is_told_again_as_it_was() -> None:
    services = Services()
    told = {"tenantId": "acme", "scheduleId": "sch_1", "scheduledFor": "2026-03-04T05:06:00Z", "asked": True}
    QueueAndScheduler(services, services, "url", "group").later(Time.model_validate(told), 60)
    assert (json.loads(services.sent[0]["MessageBody"]), services.sent[0]["DelaySeconds"]) == (told, 60)


def test_what_scheduler_knows_no_more_is_removed_and_any_other_failure_is_one() -> None:
    QueueAndScheduler(None, Services("ResourceNotFoundException"), "url", "group").remove("sch_1")
    with pytest.raises(ClientError):
        QueueAndScheduler(None, Services("AccessDeniedException"), "url", "group").remove("sch_1")


@pytest.mark.parametrize(
    ("told", "at"),
    [("2026-03-04T05:06:00Z", "2026-03-04T05:06:00.000Z"), ("2026-03-04T06:06:00+01:00", "2026-03-04T05:06:00.000Z")],
)
def test_a_time_has_one_spelling(told: str, at: str) -> None:
    assert Time.model_validate({"tenantId": "a", "scheduleId": "s", "scheduledFor": told}).at == at
