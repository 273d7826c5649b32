"""What was decided about a run's calls, as the events of the run tell it.

The gateway alone writes these events: an agent's own of the same names are refused, so none of this is self-reported.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from governance.policy.rules import RULES, Answer

LOOKED_AT: Final = 200
"""Of a run's log so many events are looked at, its last: one query, and enough for all but long runs."""
_CALL: Final = "call"
_REFUSED: Final = "policy"
_HELD: Final = "approval"
_OUTCOMES: Final = {_CALL: "made", _REFUSED: "refused", _HELD: "held"}
_TOLD: Final = ("ruleId", "risk", "explanation", "policyId", "version")

Event = Mapping[str, Any]


def decisions(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The decisions among events, in their order; what people decided is an event of their own and none of these."""
    return [shown for event in events if (shown := _decision(event)) is not None]


def _decision(event: Event) -> dict[str, Any] | None:
    payload, name = event["payload"], str(event["event"])
    if event["stream"] != "tool" or name not in _OUTCOMES:
        return None
    said = payload.get("policy") or {} if name == _CALL else payload
    if name == _HELD and "ruleId" not in said:
        return None
    shown = {
        "seq": event["seq"],
        "at": event["timestamp"],
        "tool": payload.get("tool"),
        "outcome": _OUTCOMES[name],
        "decision": _answer(said),
        "code": payload.get("code"),
        "callId": payload.get("callId"),
        "approvalId": payload.get("approvalId"),
        **{field: said.get(field) for field in _TOLD},
    }
    return {field: value for field, value in shown.items() if value is not None}


def _answer(said: Event) -> str | None:
    """What policy answered, which its rule tells; None where something else than policy refused."""
    rule = RULES.get(str(said.get("ruleId")))
    answer = Answer(said["decision"]) if said.get("decision") in set(Answer) else rule.answer if rule else None
    return answer.value if answer else None
