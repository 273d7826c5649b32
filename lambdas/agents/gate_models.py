"""What people do about gates, as the API shows it: certifications, approvals, and promotions past closed gates."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from governance.approvals import Choice, Status
from governance.certifications import CertificationKind
from governance.promotion_votes import Place
from platform_kit.models import ApiModel, ApiReply

Reason = Annotated[str, Field(min_length=1, max_length=500)]
GateName = Literal["evaluation", "certification", "approvals", "incidents", "policy", "budget"]


class GrantCertification(ApiModel):
    """What somebody vouches for of this version's content, and until when: a year at most."""

    kind: CertificationKind
    expires_at: AwareDatetime
    note: Reason | None = None


class RevokeCertification(ApiModel):
    """Why it holds no more."""

    reason: Reason


class CertificationReply(ApiReply):
    """A certification. `holds` says whether it does now, of the version as it is."""

    certification_id: str
    version_id: str
    content_hash: str
    kind: CertificationKind
    granted_by: str
    issued_at: str
    expires_at: str
    note: str | None = None
    revoked_at: str | None = None
    revoked_by: str | None = None
    revoked_reason: str | None = None
    holds: bool


class CertificationList(ApiReply):
    """A version's certifications, newest first."""

    items: list[CertificationReply]


class RequestApproval(ApiModel):
    """Why the version should be approved, and as what: the default, or with `asDefault: false` beside it."""

    reason: Reason
    as_default: bool = True


class DecideApproval(ApiModel):
    """What one person says, and why."""

    decision: Choice
    reason: Reason


class VoteReply(ApiReply):
    """One person's decision."""

    principal_id: str
    choice: Choice
    reason: str
    at: str


class PromotionApprovalReply(ApiReply):
    """An approval of a promotion, of exactly this content in this state, in this place. It is used once."""

    approval_id: str
    version_id: str
    agent: str
    content_hash: str
    place: Place
    status: Status
    quorum: int
    votes: list[VoteReply]
    reason: str
    requested_by: str
    created_at: str
    expires_at: str


class PromotionApprovalList(ApiReply):
    """What was asked for a version, newest first."""

    items: list[PromotionApprovalReply]


class RequestOverride(ApiModel):
    """Why a version has to be approved although gates are closed; another administrator confirms it within the hour."""

    reason: Annotated[str, Field(min_length=10, max_length=500)]
    as_default: bool = True


class ClosedGate(ApiReply):
    """A gate that was closed when it was asked, and why."""

    gate: GateName
    why: str


class OverrideReply(ApiReply):
    """A promotion past closed gates. `closed` is what the first administrator saw, and all that it overrides."""

    request_id: str
    version_id: str
    agent: str
    content_hash: str
    place: Place
    closed: list[ClosedGate]
    reason: str
    status: Literal["open", "confirmed", "expired", "void"]
    requested_by: str
    created_at: str
    expires_at: str
    confirmed_by: str | None = None
    confirmed_at: str | None = None


class OverrideList(ApiReply):
    """The break-glass promotions that were asked for a version, newest first."""

    items: list[OverrideReply]
