"""A run's reply says what was decided about its calls, read from the log that the gateway writes."""

from collections import Counter
from typing import Any

import boto3
import botocore.client
import pytest

from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.bridge.decisions import LOOKED_AT
from tests.functional.moto_platform import person
from tests.stores import SeenSignals

REFUSED = {"tool": "http.send", "decision": "DENY", "ruleId": "deny-not-granted", "risk": "high", "explanation": "no"}
MADE = {"tool": "time", "callId": "c1", "policy": {"ruleId": "allow-granted", "risk": "low", "explanation": "yes"}}


@pytest.fixture
def running(invoke: Any, executions: Any) -> str:
    return str(invoke(agent="echo-async").json["runId"])


def write(run_id: str, *events: tuple[str, dict[str, Any]], stream: str = "tool") -> None:
    """As the gateway does."""
    context = TenantContext(TenantId("acme"), "agent")
    runs = Runs(TenantScopedTable(boto3.client("dynamodb"), "ambit-test-runs", context, SeenSignals()))
    runs.log.append(run_id, [EventDraft(stream, name, payload) for name, payload in events])


def shown(call: Any, run_id: str, **parts: Any) -> dict[str, Any]:
    answer = call("GET /v1/runs/{id}", path={"id": run_id}, **parts)
    assert answer.status == 200, answer.json
    return dict(answer.json)


def test_a_run_tells_what_was_decided_in_order_and_without_arguments(running: str, call: Any) -> None:
    write(running, ("call", {**MADE, "arguments": {"secret": "s3cret"}}), ("policy", REFUSED))
    found = shown(call, running)
    told = [(one["tool"], one["outcome"], one["decision"], one["ruleId"]) for one in found["policyDecisions"]]
    assert told == [("time", "made", "ALLOW", "allow-granted"), ("http.send", "refused", "DENY", "deny-not-granted")]
    assert "s3cret" not in str(found)
    assert "policyDecisionsOmitted" not in found


def test_a_run_that_called_nothing_has_none(invoke: Any, call: Any) -> None:
    assert shown(call, invoke().json["runId"])["policyDecisions"] == []


def test_what_an_agent_says_is_no_decision(running: str, call: Any) -> None:
    write(running, ("policy", REFUSED), stream="assistant")
    assert shown(call, running)["policyDecisions"] == []


def test_of_a_long_log_the_end_is_told_and_that_there_was_more(running: str, call: Any) -> None:
    write(running, ("policy", {**REFUSED, "tool": "first"}))
    write(running, *[("text", {"n": number}) for number in range(LOOKED_AT - 1)], stream="assistant")
    write(running, ("policy", {**REFUSED, "tool": "last"}))
    found = shown(call, running)
    assert [one["tool"] for one in found["policyDecisions"]] == ["last"]
    assert found["policyDecisionsOmitted"] is True


def test_a_run_that_is_cancelled_tells_them_too(running: str, call: Any) -> None:
    write(running, ("policy", REFUSED))
    cancelled = call("POST /v1/runs/{id}/cancel", path={"id": running})
    assert [one["ruleId"] for one in cancelled.json["policyDecisions"]] == ["deny-not-granted"]


def test_another_tenant_learns_nothing(running: str, call: Any) -> None:
    write(running, ("policy", REFUSED))
    assert call("GET /v1/runs/{id}", person("globex"), path={"id": running}).status == 404


def test_a_run_costs_one_query_more(running: str, call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown(call, running)
    counted: Counter[str] = Counter()
    original = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined] # not in the stubs

    def counting(self: Any, operation: str, parameters: Any) -> Any:
        counted[operation] += 1
        return original(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counting)
    shown(call, running)
    assert counted == {"GetItem": 1, "Query": 1}
