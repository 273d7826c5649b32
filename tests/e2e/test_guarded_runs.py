"""Guardrails on runs through the public address: what is sent in, and what an agent answers, in every mode."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.local_stack import LocalStack, eventually, sse

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
KEY = "AKIAIOSFODNN7EXAMPLE"
SENT = {"input": f"use {KEY} now "}
IN_FORCE_SECONDS = 60


def invoke(client: httpx.Client, agent: str, body: Any, way: str = "invoke", **headers: str) -> httpx.Response:
    return client.post(f"/v1/agents/{agent}/{way}", json=body, headers=headers, timeout=60)


def events(client: httpx.Client, run_id: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/runs/{run_id}/events?limit=100", headers={"accept": "application/json"})
    return list(answer.raise_for_status().json()["items"])


def test_a_secret_that_is_sent_in_is_nowhere_afterwards(acme: httpx.Client) -> None:
    answer = invoke(acme, "echo-agent", SENT).raise_for_status().json()

    record = acme.get(f"/v1/runs/{answer['runId']}").json()
    assert (answer["output"], record["input"]) == ("use [AWS_KEY] now ", "use [AWS_KEY] now ")
    told = [event["payload"] for event in events(acme, answer["runId"]) if event["event"] == "guardrails"]
    assert [(one["where"], one["status"]) for one in told] == [("input", "masked")]
    assert KEY not in json.dumps([answer, record, events(acme, answer["runId"])])


def test_a_job_has_it_masked_too(acme: httpx.Client) -> None:
    job = invoke(acme, "echo-async", SENT).raise_for_status().json()["jobId"]

    eventually(lambda: acme.get(f"/v1/jobs/{job}").json()["status"] == "succeeded", seconds=60)

    assert acme.get(f"/v1/jobs/{job}").json()["result"]["output"] == "use [AWS_KEY] now "


def test_a_secret_that_an_agent_finds_in_a_file_does_not_come_out(acme: httpx.Client) -> None:
    content = f"name,key\na,{KEY}\nb,{KEY}\nc,{KEY}\n".encode()
    body = {"name": "keys.csv", "contentType": "text/csv", "bytes": len(content)}
    file = acme.post("/v1/files", json=body).raise_for_status().json()
    httpx.put(file["uploadUrl"], content=content, headers={"content-type": "text/csv"}).raise_for_status()

    asked = {"input": "profile", "files": [file["fileId"]]}
    answer = invoke(acme, "analyst-agent", asked, "stream").raise_for_status()

    assert KEY not in answer.text
    assert "[AWS_KEY]" in answer.text
    run_id = next(sse(iter(answer.text.splitlines())))["runId"]
    assert KEY not in json.dumps(events(acme, run_id))


def test_what_a_tenant_blocks_starts_nothing_and_stands_in_its_audit_log(
    platform: LocalStack, acme: httpx.Client
) -> None:
    with platform.client("acme-admin") as admin, blocking(admin):
        refused = eventually(lambda: _refused(acme), seconds=IN_FORCE_SECONDS)

        assert (refused["status"], refused["code"]) == (422, "GUARDRAIL_BLOCKED")
        assert refused["errors"] == [{"pointer": "/input", "message": "holds aws_key"}]
        entries = admin.get("/v1/audit?action=run.guarded&limit=100").json()["items"]
        assert ("echo-agent", "denied") in [(entry["target"], entry["decision"]) for entry in entries]
        streamed = invoke(acme, "echo-agent", SENT, "stream")
        assert (streamed.status_code, streamed.json()["code"]) == (422, "GUARDRAIL_BLOCKED")


def _refused(client: httpx.Client) -> dict[str, Any] | None:
    answer = invoke(client, "echo-agent", SENT)
    return dict(answer.json()) if answer.is_error else None


@contextmanager
def blocking(admin: httpx.Client) -> Iterator[None]:
    """The tenant's policy blocks keys in what its echo agent is sent; what it was before is put back."""
    found = [item for item in admin.get("/v1/policies?limit=100").json()["items"] if item.get("agent") == "echo-agent"]
    if not found:
        wanted = {"name": "echo", "agent": "echo-agent", "override": {}}
        found = [admin.post("/v1/policies", json=wanted).raise_for_status().json()]
    path = f"/v1/policies/{found[0]['policyId']}"
    before = admin.get(path).json()["override"]
    _put(admin, path, {"guardrails": {"actions": {"aws_key": "block"}}})
    try:
        yield
    finally:
        _put(admin, path, before)


def _put(admin: httpx.Client, path: str, override: dict[str, Any]) -> None:
    etag = admin.get(path).headers["etag"]
    admin.put(path, json={"override": override}, headers={"if-match": etag}).raise_for_status()
