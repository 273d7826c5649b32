"""Why something that an agent asked for is not done.

AmbitError
├── Forbidden
│   ├── PolicyRefused      POLICY_DENIED, or NEEDS_APPROVAL
│   ├── CallMadeBefore     CALL_MADE_BEFORE, or CALL_OUTCOME_UNKNOWN: an earlier attempt of the run made it
│   └── GuardrailBlocked   GUARDRAIL_BLOCKED
├── Conflict
│   └── RunHalted          RUN_HALTED: the governor has ended the run
├── DependencyUnavailable
│   └── PolicyUnavailable  what is allowed cannot be told, so nothing is
├── ToolFailed             TOOL_FAILED
└── ToolUnreachable        TOOL_UNREACHABLE: what a tool needs outside does not answer
"""

from collections.abc import Mapping
from typing import Any

from governance.governor import Halt, explain
from governance.policy.decision import Decision
from governance.policy.rules import Answer
from governance.recovery import UNKNOWN
from platform_kit.errors import AmbitError, Conflict, DependencyUnavailable, Forbidden


class PolicyUnavailable(DependencyUnavailable):
    """The policy of a call cannot be read, or cannot be understood: nothing is allowed meanwhile."""

    def __init__(self) -> None:
        super().__init__("What policy allows this run cannot be told at the moment, so nothing is. Try again.")


class PolicyRefused(Forbidden):
    """Policy does not let a call be made, or not without an approval; `decision` says which and why."""

    code, title = "POLICY_DENIED", "Refused by policy"

    def __init__(self, decision: Decision) -> None:
        super().__init__(_told(decision))
        self.decision = decision

    def as_dict(self) -> dict[str, Any]:
        """What the agent is told: the decision, with `code` NEEDS_APPROVAL or POLICY_DENIED."""
        asks = self.decision.decision is Answer.NEEDS_APPROVAL
        return {"code": Answer.NEEDS_APPROVAL.value if asks else self.code, **self.decision.as_dict()}


class GuardrailBlocked(Forbidden):
    """Guardrails let neither the arguments nor the result of a call pass; `classes` are what they found."""

    code, title = "GUARDRAIL_BLOCKED", "Blocked by guardrails"

    def __init__(self, where: str, classes: tuple[str, ...], fault: str = "") -> None:
        found = ", ".join(classes) or fault or "nothing that could be scanned"
        super().__init__(f"The {where} of the call does not pass the guardrails: {found}.")
        self.where, self.classes, self.fault = where, classes, fault

    def as_dict(self) -> dict[str, Any]:
        """What the agent is told: where, and which classes; never the text."""
        return {"code": self.code, "where": self.where, "classes": list(self.classes), "fault": self.fault or None}


class CallMadeBefore(Forbidden):
    """An earlier attempt of the run made exactly this call after its last checkpoint: it is not made again.

    `before` is what is known of it: `callId`, `tool`, and `status`, which is `unknown` when its result never came.
    """

    code, title = "CALL_MADE_BEFORE", "The call was made before"

    def __init__(self, before: Mapping[str, Any]) -> None:
        self.before = before
        unknown = before["status"] == UNKNOWN
        how = "and nobody knows how it went" if unknown else f"and it {before['status']}"
        super().__init__(
            f"An earlier attempt of this run made this call as {before['callId']}, {how}. Go on without it, or leave a "
            "checkpoint first if it is meant to be made once more."
        )

    def as_dict(self) -> dict[str, Any]:
        """What the agent is told."""
        code = "CALL_OUTCOME_UNKNOWN" if self.before["status"] == UNKNOWN else self.code
        return {"code": code, **{name: self.before[name] for name in ("callId", "tool", "status")}}


class RunHalted(Conflict):
    """The governor has halted the run: it is over, and nothing it asks for is done."""

    code, title = "RUN_HALTED", "The run was halted"

    def __init__(self, halt: Halt) -> None:
        super().__init__(explain(halt))
        self.halt = halt
        self.run_status = "halted"


class ToolFailed(AmbitError):
    """The tool failed for a reason of ours that is not the agent's business."""

    code, status, title = "TOOL_FAILED", 500, "Tool failed"


class ToolUnreachable(AmbitError):
    """What a tool needs outside the platform does not answer, or not as it must: no fault of the agent's."""

    code, status, title = "TOOL_UNREACHABLE", 502, "Tool not reachable"


def _told(decision: Decision) -> str:
    if decision.decision is not Answer.NEEDS_APPROVAL:
        return f"Refused by policy ({decision.rule_id}): {decision.explanation}"
    roles = " and ".join(role.value for role in decision.required_approvals)
    return (
        f"{Answer.NEEDS_APPROVAL.value} ({decision.rule_id}): {decision.explanation} "
        f"The approval of {roles} is needed, and cannot be asked for by this way."
    )
