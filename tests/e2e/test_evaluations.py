"""Evaluations on the running platform: the stream, the workflow's distributed map, the worker's proof, the bridge."""

from typing import Any

import httpx
import pytest

from governance.pinning import EVALUATION_TENANT
from platform_kit.ids import new_id
from tests.local_stack import LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(180)]


def approved(operator: httpx.Client, agent: str = "echo-agent") -> str:
    return str(operator.get(f"/v1/templates/{agent}").raise_for_status().json()["approvedVersionId"])


def ended(operator: httpx.Client, evaluation_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = operator.get(f"/v1/evaluation-runs/{evaluation_id}").raise_for_status().json()
        return found if found["status"] not in {"queued", "running"} else None

    return eventually(look, seconds=120, every=0.5)


def test_a_pushed_agent_was_evaluated_by_itself(operator: httpx.Client) -> None:
    def verdict() -> dict[str, Any] | None:
        listed = operator.get("/v1/evaluation-runs", params={"versionId": approved(operator)}).json()["items"]
        return next((one for one in listed if one["trigger"] == "candidate" and one.get("verdict")), None)

    found = eventually(verdict, seconds=120)
    assert (found["suite"], found["verdict"], found["complete"]) == ("echo-basics", "passed", True)


def test_cases_run_as_the_evaluation_tenant_and_what_fails_is_told(operator: httpx.Client) -> None:
    name = f"e2e-{new_id('evl')[4:20]}"
    cases = [
        {"caseId": "right", "input": "hello", "scorers": [{"type": "exact", "expected": "hello"}]},
        {"caseId": "wrong", "input": "hello", "scorers": [{"type": "exact", "expected": "goodbye"}]},
    ]
    suite = {"name": name, "description": "e2e", "agents": ["not-seeded", "echo-agent"], "cases": cases}
    operator.post("/v1/evaluation-suites", json=suite).raise_for_status()
    started = operator.post("/v1/evaluation-runs", json={"versionId": approved(operator), "suite": name})
    found = ended(operator, started.raise_for_status().json()["evaluationId"])
    assert (found["passed"], found["failed"], found["errors"], found["verdict"]) == (1, 1, 0, "failed")


def test_a_customer_pins_no_version(platform: LocalStack, operator: httpx.Client) -> None:
    with platform.client("acme-developer") as developer:
        header = {"x-ambit-version": approved(operator)}
        for way in ("invoke", "stream"):
            answer = developer.post(f"/v1/agents/echo-agent/{way}", json={"input": "x"}, headers=header)
            assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("role", ["viewer", "developer", "admin"])
def test_no_tenant_reads_what_is_expected(platform: LocalStack, role: str) -> None:
    for tenant in ("acme", EVALUATION_TENANT):
        with platform.client(f"{tenant}-{role}") as client:
            for path in ("/v1/evaluation-suites", "/v1/evaluation-suites/echo-basics", "/v1/evaluation-runs"):
                assert client.get(path).status_code == 403
