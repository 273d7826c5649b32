"""Webhooks on the running platform: from a job's end to a listener on this machine, and an endpoint that failed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import standardwebhooks.webhooks

from tests.conftest import Connect
from tests.e2e.test_jobs import end_of, start
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import eventually
from tests.webhook_world import Listener, listening

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
PORT = 8098 + int(os.environ.get("AMBIT_PORT_OFFSET", "0"))


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening(PORT) as found:
        yield found


@pytest.fixture
def admin(connect: Connect) -> httpx.Client:
    return connect("acme-admin")


@pytest.fixture
def hooked(admin: httpx.Client, listener: Listener) -> Iterator[dict[str, Any]]:
    answer = admin.post("/v1/webhooks", json={"url": f"{listener.origin}/hook", "events": ["job.*"]})
    assert answer.status_code == 201, answer.text
    yield answer.json()
    path = f"/v1/webhooks/{answer.json()['webhookId']}"
    admin.delete(path, headers={"if-match": admin.get(path).headers["etag"]}).raise_for_status()


def of_job(listener: Listener, job: dict[str, Any]) -> dict[str, Any] | None:
    found = [one for one in listener.messages() if one["json"]["data"].get("jobId") == job["jobId"]]
    return found[0] if found else None


def test_the_end_of_a_job_arrives_signed(acme: httpx.Client, listener: Listener, hooked: dict[str, Any]) -> None:
    job = start(acme, "told of")
    assert hooked["status"] == "active"
    assert end_of(acme, job)["status"] == "succeeded"
    message = eventually(lambda: of_job(listener, job), seconds=60)
    event = standardwebhooks.webhooks.Webhook(hooked["secret"]).verify(message["body"], message["headers"])
    assert (event["type"], event["data"]["runId"]) == ("job.succeeded", job["runId"])
    assert acme.get("/v1/events?type=job.succeeded&limit=5").json()["items"][0]["id"]


def test_an_endpoint_that_failed_is_brought_back_by_its_runbook(
    acme: httpx.Client, admin: httpx.Client, listener: Listener, hooked: dict[str, Any], tmp_path: Path
) -> None:
    listener.status = 410
    job = start(acme, "too late")
    end_of(acme, job)
    path = f"/v1/webhooks/{hooked['webhookId']}"
    eventually(lambda: admin.get(path).json()["status"] == "disabled", seconds=60)
    listener.status, before = 204, len(listener.messages())
    told = carry_out("webhook-endpoint-failing", tmp_path, WEBHOOK=hooked["webhookId"])
    assert "1 on their way" in told
    eventually(lambda: len(listener.messages()) >= before + 2, seconds=60)
    log = eventually(lambda: [one for one in admin.get(f"{path}/deliveries").json()["items"] if one["round"] == 2])
    assert log[0]["type"] == "job.succeeded"


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566/", "http://127.0.0.1:8080/", "https://169.254.169.254/"])
def test_no_other_address_of_this_machine_is_let_through(admin: httpx.Client, url: str) -> None:
    answer = admin.post("/v1/webhooks", json={"url": url, "events": ["*"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")
