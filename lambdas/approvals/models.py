"""Approvals as the API shows and takes them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from platform_kit.fields import printable
from platform_kit.models import ApiModel, ApiReply

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(printable)
]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Decide(ApiModel):
    """A decision and why. `digest`, where given, is that of the arguments that were looked at: it must be theirs."""

    decision: Literal["approve", "deny"]
    reason: Reason
    digest: Digest | None = None


class VoteReply(ApiReply):
    """What one person said."""

    principal_id: str
    role: str
    decision: Literal["approve", "deny"]
    reason: str
    at: str


class ApprovalSummary(ApiReply):
    """What is held, without its arguments. `approvals` of `quorum` have been given; `startedBy` may not decide."""

    approval_id: str
    kind: Literal["promotion", "tool", "autonomy", "reactivation"]
    status: Literal["pending", "approved", "denied", "expired", "void", "consumed"]
    version: int
    risk: Literal["low", "medium", "high", "critical"]
    agent: str
    version_id: str
    run_id: str | None = None
    tool: str | None = None
    digest: str
    rule_id: str
    explanation: str
    required_roles: list[str]
    quorum: int
    approvals: int
    started_by: str
    created_at: str
    expires_at: str
    decided_at: str | None = None


class DecidedReply(ApprovalSummary):
    """What is held as it stands after a decision, and who said what."""

    votes: list[VoteReply]


class ApprovalReply(DecidedReply):
    """What is held, with the frozen arguments whole. `mayDecide` says whether the caller may, now.

    `argumentsText` has the arguments as JSON to be looked at: where a reader's own JSON would round a number, or show a
    text otherwise than it is, it does not.
    """

    arguments: dict[str, Any]
    arguments_text: str
    may_decide: bool


class ApprovalPage(ApiReply):
    """Part of the list of approvals, newest first."""

    items: list[ApprovalSummary]
    next_cursor: str | None = None
