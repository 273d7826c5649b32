from typing import Any

import pytest

from governance.policy.calls import Call
from governance.policy.replay import BASIS, basis_of, replayed
from governance.policy.rules import Answer

CALL = Call("http.fetch", {"url": "https://a.test/x?k=1", "method": "GET"}, "basic", 7, 2, tainted=True)
POLICY = {"ruleId": "allow-granted"}
KNOWN = {"cost": 7, "calls": 2, "tainted": True}


def event(name: str, seq: int = 1, **payload: Any) -> dict[str, Any]:
    return {"runId": "run_1", "seq": seq, "event": name, "payload": {"tool": "files.write", **payload}}


def test_an_argument_that_is_told_otherwise_than_it_is_counts_as_untold() -> None:
    kept = basis_of(CALL, {"url": "https://a.test/x", "method": "GET", "characters": 3})
    assert kept == {**KNOWN, "whole": ["method"], "partial": True}
    assert basis_of(Call("time", {}, "basic", 0, 0, tainted=False), {"zone": "UTC"}) == {
        "cost": 0,
        "calls": 0,
        "tainted": False,
    }


def test_a_truth_is_no_number() -> None:
    call = Call("crm.lookup", {"fields": True}, "basic", 0, 0, tainted=False)
    assert "whole" not in basis_of(call, {"fields": 1})


def test_what_a_call_reaches_is_kept() -> None:
    kept = basis_of(Call("t", {}, "basic", 0, 0, tainted=False, hosts=("a.test",), models=("m",)), {})
    assert (kept["hosts"], kept["models"]) == (["a.test"], ["m"])


def test_a_call_is_rebuilt_of_what_is_told_whole() -> None:
    basis = {**KNOWN, "whole": ["name"], "partial": True, "hosts": ["a.test"], "models": ["m"]}
    told = event("call", policy=POLICY, arguments={"name": "n", "bytes": 3}, **{BASIS: basis})
    [found] = replayed([told], "standard")
    assert found.record is not None
    call = found.record.call
    assert (call.arguments, call.tier, call.cost_so_far, call.calls_so_far, call.tainted) == (
        {"name": "n"},
        "standard",
        7,
        2,
        True,
    )
    assert (call.hosts, call.models, call.data_scopes) == (("a.test",), ("m",), ("files.write",))
    assert (found.record.decision.decision, found.record.partial) == (Answer.ALLOW, True)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {BASIS: "x"},
        {BASIS: {}},
        {BASIS: {**KNOWN, "cost": -1}},
        {BASIS: {**KNOWN, "tainted": 1}},
        {BASIS: KNOWN, "arguments": ["x"]},
    ],
    ids=["nothing", "no object", "empty", "below nothing", "no truth", "no arguments"],
)
def test_an_event_that_does_not_say_enough_is_counted_and_not_guessed(payload: dict[str, Any]) -> None:
    [found] = replayed([event("call", policy=POLICY, **payload)], "basic")
    assert found.record is None


def test_only_decisions_of_policy_are_replayed() -> None:
    events = [
        event("result", status="succeeded"),
        event("policy", code="BUDGET_EXHAUSTED"),
        event("approval", approvalId="apr_1", status="approved"),
        event("policy", ruleId="no-such-rule"),
        event("policy", 5, ruleId="deny-cost", explanation="why", risk="high", **{BASIS: KNOWN}),
    ]
    [found] = replayed(events, "basic")
    assert found.record is not None
    assert (found.event, found.record.decision.as_dict()) == (
        5,
        {
            "decision": "DENY",
            "riskLevel": "high",
            "requiredApprovals": [],
            "ruleId": "deny-cost",
            "explanation": "why",
        },
    )


def test_a_call_that_was_held_counts_once() -> None:
    ask = {"ruleId": "ask-autonomy", BASIS: KNOWN, "approvalId": "apr_1"}
    made = event("call", 3, policy={"ruleId": "ask-autonomy"}, approvalId="apr_1", **{BASIS: KNOWN})
    refused = event("policy", 4, **ask)
    assert [one.event for one in replayed([event("approval", 2, **ask), made, refused], "basic")] == [2]
    assert [one.event for one in replayed([made], "basic")] == [3]
