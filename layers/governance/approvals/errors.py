"""What is refused about approvals, under the platform's tree of errors.

Forbidden
├── SelfApproval       403  SELF_APPROVAL          who asked does not decide
├── ApprovalNeeded     403  NEEDS_APPROVAL         to an agent: held, with the id to ask after
├── ApprovalDenied     403  APPROVAL_DENIED        to an agent: people said no
└── ApprovalExpired    403  APPROVAL_EXPIRED       to an agent: nobody said anything in time
Conflict
├── AlreadyDecided     409  APPROVAL_DECIDED       somebody was faster
└── ApprovalOver       409  APPROVAL_OVER          expired, void or used: there is nothing to decide any more
PayloadTooLarge
└── ApprovalTooLarge   413  APPROVAL_TOO_LARGE     nobody could look at it
TooManyRequests
└── TooManyApprovals   429  TOO_MANY_APPROVALS     the run has asked for as many as one may
"""

from typing import Any

from platform_kit.errors import Conflict, Forbidden, PayloadTooLarge, TooManyRequests


class SelfApproval(Forbidden):
    """The principal who started the run, or who owns the key that did, decides about it."""

    code, title = "SELF_APPROVAL", "Nobody approves for themselves"

    def __init__(self) -> None:
        super().__init__("You started this run, or own the credential that did: somebody else has to decide.")


class ToldToAgents(Forbidden):
    """An answer to an agent about one approval."""

    def __init__(self, detail: str, approval_id: str, **told: Any) -> None:
        super().__init__(detail, approvalId=approval_id)
        self.approval_id = approval_id
        self.told = told

    def as_dict(self) -> dict[str, Any]:
        """What the agent is told, beside the words."""
        return {"code": self.code, "approvalId": self.approval_id, **self.told}


class ApprovalNeeded(ToldToAgents):
    """The action is held until people have decided; the connection is not."""

    code, title = "NEEDS_APPROVAL", "Held for approval"


class ApprovalDenied(ToldToAgents):
    """Exactly this action was refused by a person, for the rest of the run."""

    code, title = "APPROVAL_DENIED", "Denied by a person"

    def __init__(self, approval_id: str) -> None:
        super().__init__("This call was denied. Asking again changes nothing in this run.", approval_id)


class ApprovalExpired(ToldToAgents):
    """Nobody decided about exactly this action in time, or what was granted was not used in time."""

    code, title = "APPROVAL_EXPIRED", "Approval expired"

    def __init__(self, approval_id: str) -> None:
        super().__init__("The approval of this call expired. Asking again changes nothing in this run.", approval_id)


class AlreadyDecided(Conflict):
    """The approval has its outcome."""

    code, title = "APPROVAL_DECIDED", "Decided already"


class ApprovalOver(Conflict):
    """There is nothing to decide any more."""

    code, title = "APPROVAL_OVER", "Nothing left to decide"


class ApprovalTooLarge(PayloadTooLarge):
    """The arguments are larger than can be shown to an approver."""

    code, title = "APPROVAL_TOO_LARGE", "Too large to be approved"


class TooManyApprovals(TooManyRequests):
    """A run may have so many calls waiting or refused, and no more."""

    code, title = "TOO_MANY_APPROVALS", "Too many approvals asked for"
