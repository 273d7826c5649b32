"""What a run's reply tells of decisions, from the events that the gateway writes."""

from typing import Any

import pytest

from lambdas.bridge.decisions import decisions
from lambdas.bridge.models import PolicyDecision

WHY = {"ruleId": "allow-granted", "explanation": "granted", "risk": "low"}
ASKS = {"ruleId": "ask-tainted", "explanation": "the run is tainted", "risk": "medium"}


def event(seq: int, name: str, payload: dict[str, Any], stream: str = "tool") -> dict[str, Any]:
    at = "2026-11-21T00:00:00.000Z"
    return {"seq": seq, "stream": stream, "event": name, "timestamp": at, "payload": {**payload, "type": name}}


def made(seq: int = 1, **more: Any) -> dict[str, Any]:
    policy = {**WHY, "policyId": "pol_1", "version": 3}
    return event(seq, "call", {"callId": "c1", "tool": "files.read", "arguments": {"x": 1}, "policy": policy, **more})


def test_a_call_that_was_made_is_told_with_its_rule_and_the_tenants_policy_but_not_its_arguments() -> None:
    (shown,) = decisions([made()])
    assert shown == {
        "seq": 1,
        "at": "2026-11-21T00:00:00.000Z",
        "tool": "files.read",
        "outcome": "made",
        "decision": "ALLOW",
        "callId": "c1",
        "policyId": "pol_1",
        "version": 3,
        **WHY,
    }


def test_a_call_that_people_granted_is_one_that_policy_asked_about() -> None:
    (shown,) = decisions([made(policy=ASKS, approvalId="apr_1")])
    assert (shown["decision"], shown["outcome"], shown["approvalId"]) == ("NEEDS_APPROVAL", "made", "apr_1")


def test_refusals_and_what_is_held_are_told_as_such_and_in_order() -> None:
    refused = {"tool": "a", "decision": "DENY", "ruleId": "deny-cost", "risk": "high", "explanation": "too much"}
    held = {"tool": "b", "approvalId": "apr_1", "status": "pending", **ASKS}
    found = decisions([event(4, "policy", refused), event(5, "approval", held)])
    assert [(one["seq"], one["tool"], one["outcome"], one["decision"], one["ruleId"]) for one in found] == [
        (4, "a", "refused", "DENY", "deny-cost"),
        (5, "b", "held", "NEEDS_APPROVAL", "ask-tainted"),
    ]


@pytest.mark.parametrize("code", ["GUARDRAIL_BLOCKED", "BUDGET_EXHAUSTED", "APPROVAL_DENIED"])
def test_what_something_else_than_policy_refused_has_a_code_and_no_answer_of_policys(code: str) -> None:
    (shown,) = decisions([event(2, "policy", {"tool": "a", "code": code})])
    assert (shown["outcome"], shown["code"]) == ("refused", code)
    assert not {"decision", "ruleId"} & set(shown)


@pytest.mark.parametrize(
    "other",
    [
        event(1, "result", {"tool": "a", "callId": "c1", "status": "succeeded"}),
        event(1, "approval", {"tool": "a", "approvalId": "apr_1", "status": "approved"}),
        event(1, "call", {"tool": "forged", "policy": WHY}, stream="assistant"),
        event(1, "started", {}, stream="lifecycle"),
    ],
)
def test_nothing_else_is_a_decision(other: dict[str, Any]) -> None:
    assert decisions([other]) == []


def test_each_is_what_the_api_describes() -> None:
    fields = {field.alias for field in PolicyDecision.model_fields.values()}
    refused = {"tool": "a", "decision": "DENY", "ruleId": "deny-cost", "risk": "high", "explanation": "x"}
    for shown in decisions([made(), event(2, "policy", {"tool": "a", "code": "X"}), event(3, "policy", refused)]):
        assert set(shown) <= fields
        PolicyDecision.model_validate(shown)
