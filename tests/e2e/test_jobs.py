"""Async runs on Step Functions, through the public address."""

from typing import Any

import httpx
import pytest

from tests.local_stack import eventually

pytestmark = pytest.mark.local_stack
START = "/v1/agents/echo-async/invoke"
TERMINAL = {"succeeded", "failed", "halted", "cancelled", "timed_out"}


def start(client: httpx.Client, text: str, **context: Any) -> dict[str, Any]:
    answer = client.post(START, json={"input": text, "context": context})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert (job["status"], job["mode"], job["pollUrl"]) == ("queued", "async", f"/v1/jobs/{job['jobId']}")
    return job


def end_of(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = client.get(f"/v1/jobs/{job['jobId']}").json()
        return found if found["status"] in TERMINAL else None

    return eventually(look, seconds=60)


def test_a_job_runs_to_its_result(acme: httpx.Client) -> None:
    found = end_of(acme, start(acme, "work", steps=3, stepMs=100))
    assert found["status"] == "succeeded", found
    assert found["result"]["output"] == "work"


def test_a_jobs_progress_can_be_watched(acme: httpx.Client) -> None:
    job = start(acme, "slowly", steps=8, stepMs=400)

    def look() -> dict[str, Any] | None:
        found = acme.get(f"/v1/jobs/{job['jobId']}").json()
        return found if (found.get("progress") or {}).get("percent") else None

    assert 0 < eventually(look)["progress"]["percent"] <= 100
    assert end_of(acme, job)["status"] == "succeeded"


def test_a_jobs_events_begin_queued_and_end_once(acme: httpx.Client) -> None:
    job = start(acme, "events", steps=1, stepMs=50)
    end_of(acme, job)
    path = f"/v1/runs/{job['runId']}/events"
    found = acme.get(path, headers={"accept": "application/json"}).json()["items"]
    life = [event["event"] for event in found if event["stream"] == "lifecycle"]
    assert [life[0], life[1], life[-1]] == ["queued", "started", "succeeded"]
    assert sum(name in TERMINAL for name in life) == 1
    assert [event["seq"] for event in found] == list(range(1, len(found) + 1))


def test_a_cancelled_job_stops_and_says_so(acme: httpx.Client) -> None:
    job = start(acme, "long", steps=100, stepMs=500)
    eventually(lambda: acme.get(f"/v1/jobs/{job['jobId']}").json()["status"] == "running", seconds=30)
    assert acme.post(f"/v1/runs/{job['runId']}/cancel").status_code == 200
    assert end_of(acme, job)["status"] == "cancelled"


def test_another_tenants_job_is_not_there(acme: httpx.Client, globex: httpx.Client) -> None:
    job = start(acme, "mine", steps=1, stepMs=10)
    assert globex.get(f"/v1/jobs/{job['jobId']}").status_code == 404
    end_of(acme, job)
