"""Long jobs on the running platform: killed, cancelled, held for people, and silent, by the real workflow."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from infra.config import LocalEndpoints
from tests.clearance import push_cleared
from tests.local_stack import LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(400)]
AGENT = "long-worker"
TERMINAL = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
PROMISED_SECONDS = 5


@pytest.fixture(scope="module")
def machines(platform: LocalStack) -> "Machines":
    """Where agents run; the agent is pushed there."""
    push_cleared(platform, AGENT)
    offset = httpx.URL(platform.api_url).port or 0
    endpoints = LocalEndpoints(offset - 8080).environment()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    clients = (
        boto3.client(name, endpoint_url=endpoints[f"AWS_ENDPOINT_URL_{name.replace('-', '_').upper()}"], **keys)
        for name in ("bedrock-agentcore", "bedrock-agentcore-control")
    )
    return Machines(*clients)


@dataclass
class Machines:
    """The agent host, as AgentCore's clients see it."""

    data: Any
    control: Any

    def kill(self, client: httpx.Client, job: dict[str, Any]) -> bool:
        """End the process of a run's session, whatever it does; False when there was none."""
        session = client.get(f"/v1/runs/{job['runId']}").json()["sessionId"]
        found = [self._killed(runtime["agentRuntimeArn"], f"acme-{session}") for runtime in self._runtimes()]
        return any(found)

    def _killed(self, arn: str, session: str) -> bool:
        try:
            self.data.stop_runtime_session(agentRuntimeArn=arn, runtimeSessionId=session)
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return False
        return True

    def _runtimes(self) -> list[dict[str, Any]]:
        return [
            one
            for one in self.control.list_agent_runtimes()["agentRuntimes"]
            if "long_worker" in one["agentRuntimeName"]
        ]


def start(client: httpx.Client, **context: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/agents/{AGENT}/invoke", json={"input": "figures", "context": context})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def look(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/v1/jobs/{job['jobId']}").raise_for_status().json())


def end_of(client: httpx.Client, job: dict[str, Any], seconds: float = 180) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        found = look(client, job)
        return found if found["status"] in TERMINAL else None

    return eventually(over, seconds=seconds)


def replayed(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """What a replay of the job shows, once it is over."""
    path = f"/v1/runs/{job['runId']}/replays"
    begun = client.post(path, json={})
    assert begun.status_code == 202, begun.text
    began = begun.json()["replayId"]

    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"{path}/{began}").raise_for_status().json()
        return found if found["status"] != "running" else None

    return eventually(over, seconds=60)


def life(client: httpx.Client, job: dict[str, Any]) -> list[str]:
    answer = client.get(f"/v1/runs/{job['runId']}/events", headers={"accept": "application/json"})
    return [item["event"] for item in answer.json()["items"] if item["stream"] == "lifecycle"]


def test_a_job_whose_agent_is_killed_goes_on_from_its_checkpoint(acme: httpx.Client, machines: Machines) -> None:
    job = start(acme, steps=6, stepMs=1500)
    eventually(lambda: (look(acme, job).get("progress") or {}).get("percent", 0) > 30, seconds=60)
    assert machines.kill(acme, job)
    found = end_of(acme, job)
    assert found["status"] == "succeeded", found
    left = found["result"]["output"]
    assert [one["name"] for one in left] == [f"{job['runId']}-{step:05d}.txt" for step in range(1, 7)]
    assert {one["attempt"] for one in left} == {1, 2}
    lived = ["queued", "started", "retrying", "resumed", "succeeded"]
    assert life(acme, job) == lived
    again = replayed(acme, job)
    assert (again["status"], again.get("attempt"), again.get("identical")) == ("finished", 2, True), again
    assert (again["replayed"]["hash"], life(acme, job)) == (again["recorded"]["hash"], lived)


def test_progress_says_how_far_what_and_when(acme: httpx.Client, machines: Machines) -> None:
    job = start(acme, steps=2, stepMs=500)
    end_of(acme, job)
    progress = look(acme, job)["progress"]
    assert set(progress) == {"percent", "message", "at"}


def test_a_cancelled_job_has_no_process_within_five_seconds(acme: httpx.Client, machines: Machines) -> None:
    job = start(acme, steps=100, stepMs=1000)
    eventually(lambda: look(acme, job).get("progress"), seconds=60)
    asked = time.monotonic()
    assert acme.post(f"/v1/runs/{job['runId']}/cancel").status_code == 200
    assert not machines.kill(acme, job), "its process was there still"
    assert time.monotonic() - asked < PROMISED_SECONDS
    assert look(acme, job)["status"] == "cancelled"


@contextmanager
def asking(admin: httpx.Client) -> Iterator[None]:
    """Policy asks for each of the agent's calls."""
    items = admin.get("/v1/policies").json()["items"]
    known = next((one for one in items if one.get("agent") == AGENT), None)
    if known is None:
        known = (
            admin.post("/v1/policies", json={"name": AGENT, "agent": AGENT, "override": {}}).raise_for_status().json()
        )
    put(admin, known["policyId"], {"autonomyTier": 0})
    try:
        yield
    finally:
        put(admin, known["policyId"], {})


def put(admin: httpx.Client, policy_id: str, override: dict[str, Any]) -> None:
    path = f"/v1/policies/{policy_id}"
    etag = admin.get(path).headers["etag"]
    admin.put(path, json={"override": override}, headers={"if-match": etag}).raise_for_status()


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_people_bring_a_job_back_that_has_stopped_for_them(
    decision: str, platform: LocalStack, acme: httpx.Client, machines: Machines
) -> None:
    with platform.client("acme-admin") as admin, asking(admin):
        time.sleep(16)  # what is in force is kept for 15 s
        job = start(acme, steps=1, stepMs=10)
        eventually(lambda: look(acme, job)["status"] == "awaiting_approval", seconds=60)
        time.sleep(PROMISED_SECONDS)  # it is told first, then its process is ended; to kill it is the only way to look
        assert not machines.kill(acme, job), "nothing runs while people decide"
        [held] = [
            one
            for one in admin.get("/v1/approvals", params={"status": "pending"}).json()["items"]
            if one["runId"] == job["runId"]
        ]
        said = {"decision": decision, "reason": "tests"}
        decided = time.monotonic()
        admin.post(f"/v1/approvals/{held['approvalId']}/decision", json=said).raise_for_status()
        found = end_of(acme, job)
    assert found["status"] == "succeeded", found
    [left] = found["result"]["output"]
    assert left.get("refused") == (None if decision == "approve" else "APPROVAL_DENIED")
    assert life(acme, job) == ["queued", "started", "awaiting_approval", "resumed", "succeeded"]
    assert time.monotonic() - decided < 60
    again = replayed(acme, job)
    assert (again["status"], again.get("attempt"), again.get("identical")) == ("finished", 2, True), again
    assert [call["name"] for call in again["calls"] if call["kind"] == "tool"] == ["files.write"]
