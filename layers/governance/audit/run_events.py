"""What of a run's events belongs in its tenant's audit chain, and as what.

    tool       call                    tool.called               the intent, written before the act
    tool       result                  tool.succeeded, tool.failed
    tool       policy                  tool.refused, tool.held   a decision against a call
    tool       approval                tool.approval
    lifecycle  halt                    run.halt                  why the governor stops a run, with the numbers
    lifecycle  guardrails              run.guarded               input or answer was masked, or the answer blocked
    lifecycle  succeeded, failed, …    run.succeeded, run.failed, …

The arguments of a call stay in the run's event, where a tenant's own key seals them: an entry names the event. Anything
else is no act, and is left out.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from governance.run_state import TERMINAL

TOOL: Final = "tool"
LIFECYCLE: Final = "lifecycle"
TOOL_EVENTS: Final = ("call", "result", "policy", "approval")
HALT: Final = "halt"
GUARDED: Final = "guardrails"
ENDS: Final = tuple(sorted(status.value for status in TERMINAL))
LIFECYCLE_EVENTS: Final = (*ENDS, HALT, GUARDED)
_KEPT: Final = (
    *("callId", "tool", "risk", "decision", "ruleId", "status", "code", "durationMs"),
    *("approvalId", "kind", "reason", "rule", "threshold", "observed", "step", "where", "changed"),
)
"""What an entry's detail takes from an event: names, codes and numbers. Short texts only."""
_MOST_TEXT: Final = 200
_ALLOWED: Final = "allowed"
_FAILED: Final = "failed"
_DENIED: Final = "denied"
_HELD: Final = "held"
_ASKS: Final = "NEEDS_APPROVAL"
_DECISIONS: Final = {
    "succeeded": _ALLOWED,
    "cancelled": _ALLOWED,
    "failed": _FAILED,
    "timed_out": _FAILED,
    "halted": _DENIED,
}
_APPROVAL_DECISIONS: Final = {"approved": _ALLOWED, "rejected": _DENIED, "denied": _DENIED, "expired": _DENIED}


class Act(NamedTuple):
    """An entry to be: its action, target (the run) and decision, and its detail without the principal."""

    action: str
    target: str
    decision: str
    detail: dict[str, Any]


def act_of(event: Mapping[str, Any]) -> Act | None:
    """The entry that an event of a run makes; None when it makes none.

    `payload` is a mapping, or None when it cannot be opened: then the entry says `unreadable`, and stands all the same.
    LookupError, TypeError or ValueError for what is no event.
    """
    stream, name, run_id = str(event["stream"]), str(event["event"]), str(event["runId"])
    payload = event["payload"]
    if not is_act(stream, name):
        return None
    told = payload if isinstance(payload, Mapping) else {}
    action, decision = _run_act(name, told) if stream == LIFECYCLE else _tool_act(name, told)
    detail = {"runId": run_id, "event": int(event["seq"]), "at": str(event["timestamp"]), **_kept(told)}
    if payload is None:
        detail["unreadable"] = True
    return Act(action, run_id, decision, detail)


def is_act(stream: str, name: str) -> bool:
    """Whether an event of this stream and name makes an entry."""
    return (stream == TOOL and name in TOOL_EVENTS) or (stream == LIFECYCLE and name in LIFECYCLE_EVENTS)


def _run_act(name: str, told: Mapping[str, Any]) -> tuple[str, str]:
    if name == GUARDED:
        return "run.guarded", _ALLOWED if told.get("status") == "masked" else _DENIED
    return f"run.{name}", _DENIED if name == HALT else _DECISIONS[name]


def _tool_act(name: str, told: Mapping[str, Any]) -> tuple[str, str]:
    match name:
        case "call":
            return "tool.called", _ALLOWED
        case "result":
            return ("tool.succeeded", _ALLOWED) if told.get("status") == "succeeded" else ("tool.failed", _FAILED)
        case "policy":
            return ("tool.held", _HELD) if told.get("decision") == _ASKS else ("tool.refused", _DENIED)
    return "tool.approval", _APPROVAL_DECISIONS.get(str(told.get("status") or told.get("decision")), _HELD)


def _kept(told: Mapping[str, Any]) -> dict[str, Any]:
    """Texts, numbers and truths of the known names; a text that is too long is cut."""
    return {
        name: value[:_MOST_TEXT] if isinstance(value, str) else value
        for name in _KEPT
        if isinstance(value := told.get(name), str | int | bool)
    }
