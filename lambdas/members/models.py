"""Members and invites as the API shows and takes them."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from platform_kit.fields import Changes, Email
from platform_kit.models import ApiModel, ApiReply

MOST_DAYS: Final = 30


def _each_once(roles: list[str]) -> list[str]:
    if len(set(roles)) < len(roles):
        raise ValueError("names a role twice")
    return sorted(roles)


TenantRole = Literal["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"]
Roles = Annotated[list[TenantRole], Field(min_length=1, max_length=3), AfterValidator(_each_once)]
Status = Literal["active", "disabled"]
InviteState = Literal["open", "accepted", "expired", "withdrawn"]


class CreateInvite(ApiModel):
    """Somebody who is to become a member. The address is compared with the one the identity provider verified."""

    email: Email
    roles: Roles
    expires_in_days: int = Field(default=7, ge=1, le=MOST_DAYS, strict=True)


class AcceptInvite(ApiModel):
    """The token of an invite."""

    token: str = Field(min_length=1, max_length=200)


class UpdateMember(Changes):
    """What an administrator may change of a member; fields left out stay."""

    roles: Roles | None = None
    status: Status | None = None


class InviteReply(ApiReply):
    """An invite. `userId` is the member that it made."""

    invite_id: str
    email: str
    roles: list[str]
    state: InviteState
    created_by: str
    created_at: str
    expires_at: str
    user_id: str | None = None
    settled_at: str | None = None


class IssuedInviteReply(InviteReply):
    """A new invite. `token` is shown in the first answer and never again: a replayed answer has none."""

    token: str | None = None


class InvitePage(ApiReply):
    """Part of the list of invites, newest first."""

    items: list[InviteReply]
    next_cursor: str | None = None


class MemberReply(ApiReply):
    """A member by record. A person may hold more roles by the token of the tenant's identity provider."""

    user_id: str
    principal_id: str
    email: str
    roles: list[str]
    status: Status
    invited_by: str
    created_at: str
    updated_at: str


class MemberPage(ApiReply):
    """Part of the list of members, newest first."""

    items: list[MemberReply]
    next_cursor: str | None = None
