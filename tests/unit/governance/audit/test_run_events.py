from typing import Any

import pytest

from governance.audit.run_events import ENDS, Act, act_of
from governance.run_state import TERMINAL


def event(stream: str, name: str, payload: Any = (), seq: int = 7) -> dict[str, Any]:
    told = {"type": name} if payload == () else payload
    return {"runId": "run_1", "seq": seq, "stream": stream, "event": name, "payload": told, "timestamp": "t"}


def act(stream: str, name: str, payload: Any = ()) -> Act:
    made = act_of(event(stream, name, payload))
    assert made is not None
    return made


CASES = [
    ("tool", "call", {}, "tool.called", "allowed"),
    ("tool", "result", {"status": "succeeded"}, "tool.succeeded", "allowed"),
    ("tool", "result", {"status": "failed"}, "tool.failed", "failed"),
    ("tool", "result", {}, "tool.failed", "failed"),
    ("tool", "policy", {"decision": "DENY"}, "tool.refused", "denied"),
    ("tool", "policy", {"decision": "NEEDS_APPROVAL"}, "tool.held", "held"),
    ("lifecycle", "halt", {"kind": "SAFETY"}, "run.halt", "denied"),
    ("lifecycle", "guardrails", {"where": "input", "status": "masked"}, "run.guarded", "allowed"),
    ("lifecycle", "guardrails", {"where": "output", "status": "blocked"}, "run.guarded", "denied"),
    ("lifecycle", "guardrails", {}, "run.guarded", "denied"),
    ("tool", "approval", {"status": "approved"}, "tool.approval", "allowed"),
    ("tool", "approval", {"status": "rejected"}, "tool.approval", "denied"),
    ("tool", "approval", {}, "tool.approval", "held"),
    ("lifecycle", "succeeded", {}, "run.succeeded", "allowed"),
    ("lifecycle", "cancelled", {}, "run.cancelled", "allowed"),
    ("lifecycle", "failed", {}, "run.failed", "failed"),
    ("lifecycle", "timed_out", {}, "run.timed_out", "failed"),
    ("lifecycle", "halted", {}, "run.halted", "denied"),
]


@pytest.mark.parametrize(("stream", "name", "payload", "action", "decision"), CASES)
def test_an_act_of_a_run_is_entered_as_what_it_was(
    stream: str, name: str, payload: dict[str, Any], action: str, decision: str
) -> None:
    made = act(stream, name, payload)
    assert (made.action, made.target, made.decision) == (action, "run_1", decision)
    assert made.detail.items() >= {"runId": "run_1", "event": 7, "at": "t"}.items()


def test_every_end_of_a_run_is_an_act() -> None:
    assert set(ENDS) == {status.value for status in TERMINAL}
    assert all(act("lifecycle", name) for name in ENDS)


@pytest.mark.parametrize(("stream", "name"), [("assistant", "call"), ("lifecycle", "started"), ("tool", "heartbeat")])
def test_what_is_no_act_is_left_out(stream: str, name: str) -> None:
    assert act_of(event(stream, name)) is None


def test_arguments_and_results_stay_in_the_runs_event() -> None:
    told = {"callId": "c", "tool": "files.read", "arguments": {"path": "secret"}, "policy": {"x": 1}, "durationMs": 3}
    detail = act("tool", "call", told).detail
    assert "secret" not in str(detail)
    assert detail == {"runId": "run_1", "event": 7, "at": "t", "callId": "c", "tool": "files.read", "durationMs": 3}


def test_texts_are_bounded_and_other_values_are_not_taken() -> None:
    detail = act("tool", "call", {"tool": "x" * 5000, "callId": ["x"], "reason": {"a": 1}}).detail
    assert len(detail["tool"]) == 200
    assert {"callId", "reason"}.isdisjoint(detail)


def test_a_payload_that_cannot_be_opened_leaves_an_entry_that_says_so() -> None:
    made = act("tool", "call", None)
    assert made.action == "tool.called"
    assert made.detail["unreadable"] is True


@pytest.mark.parametrize("name", ["runId", "seq", "stream", "event", "payload", "timestamp"])
def test_what_is_no_event_is_an_error(name: str) -> None:
    bad = event("tool", "call")
    del bad[name]
    with pytest.raises(LookupError):
        act_of(bad)
