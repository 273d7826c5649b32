"""Schedules on the running platform: told by Scheduler, run as who made them, stopped with their makers."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.conftest import Connect
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
SCHEDULES = "/v1/schedules"
ZONE = "Asia/Kolkata"


@pytest.fixture
def developer(connect: Connect) -> httpx.Client:
    return connect("acme-developer")


@pytest.fixture
def make(developer: httpx.Client) -> Iterator[Any]:
    made: list[str] = []

    def create(**changes: Any) -> dict[str, Any]:
        body = {"name": "e2e", "agent": "echo-agent", "input": f"hi {uuid.uuid4().hex}", "expression": "rate(1 day)"}
        answer = developer.post(SCHEDULES, json={**body, **changes}).raise_for_status().json()
        made.append(str(answer["scheduleId"]))
        return dict(answer)

    yield create
    for schedule_id in made:
        developer.delete(f"{SCHEDULES}/{schedule_id}")


def history(developer: httpx.Client, schedule_id: str) -> list[dict[str, Any]]:
    found = developer.get(f"{SCHEDULES}/{schedule_id}").raise_for_status().json()["history"]
    return [dict(one) for one in found]


def test_a_time_of_another_zone_comes_and_its_run_succeeds(developer: httpx.Client, make: Any) -> None:
    moment = (datetime.now(UTC) + timedelta(seconds=8)).replace(microsecond=0)
    local = moment.astimezone(ZoneInfo(ZONE))
    made = make(expression=f"at({local:%Y-%m-%dT%H:%M:%S})", timeZone=ZONE)
    assert made["nextRuns"] == [moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")]
    eventually(lambda: history(developer, made["scheduleId"]), seconds=60)
    (one,) = history(developer, made["scheduleId"])
    assert (one["result"], one["at"]) == ("started", made["nextRuns"][0])
    eventually(lambda: developer.get(f"/v1/runs/{one['runId']}").json()["status"] == "succeeded", seconds=60)
    assert developer.get(f"/v1/runs/{one['runId']}").json()["output"] == made["input"]


def test_it_runs_when_asked_and_not_while_it_is_paused(developer: httpx.Client, make: Any) -> None:
    schedule_id = make()["scheduleId"]
    assert developer.post(f"{SCHEDULES}/{schedule_id}/run").status_code == 202
    eventually(lambda: [one["result"] for one in history(developer, schedule_id)] == ["started"], seconds=60)
    assert developer.post(f"{SCHEDULES}/{schedule_id}/pause").json()["status"] == "paused"
    assert developer.post(f"{SCHEDULES}/{schedule_id}/run").status_code == 409
    assert developer.post(f"{SCHEDULES}/{schedule_id}/resume").json()["status"] == "active"


def test_another_tenant_has_no_part_in_it(connect: Connect, make: Any) -> None:
    schedule_id = make()["scheduleId"]
    other = connect("globex-developer")
    assert other.get(f"{SCHEDULES}/{schedule_id}").status_code == 404
    assert other.post(f"{SCHEDULES}/{schedule_id}/run").status_code == 404


def test_times_that_failed_are_told_again_by_the_runbook(
    platform: LocalStack, developer: httpx.Client, make: Any, tmp_path: Path
) -> None:
    schedule_id = make()["scheduleId"]
    sqs = aws_client("sqs", str(platform.described["emulatorUrl"]))
    url = sqs.get_queue_url(QueueName=f"ambit-{STAGE}-schedules-dead-letters")["QueueUrl"]
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    body = {"tenantId": "acme", "scheduleId": schedule_id, "scheduledFor": at}
    told = sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))["MessageId"]
    printed = carry_out("scheduler-backlog", tmp_path, TENANT="acme")
    assert re.search(rf"^{told} +moved", printed, re.MULTILINE)
    eventually(lambda: [(one["at"], one["result"]) for one in history(developer, schedule_id)] == [(at, "started")])
