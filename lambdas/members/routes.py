"""`/v1/users`: the tenant is the caller's own, whatever the request says."""

from dataclasses import dataclass
from typing import Final

from lambdas.members.invitations import InviteService
from lambdas.members.models import (
    AcceptInvite,
    CreateInvite,
    InvitePage,
    IssuedInviteReply,
    MemberPage,
    MemberReply,
    UpdateMember,
)
from lambdas.members.service import MemberService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("members")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@dataclass(frozen=True)
class MembersApi:
    """What the routes need."""

    members: MemberService
    invites: InviteService


@ROUTES.handle("GET /v1/users", replies={200: MemberPage}, query=_PAGING)
def list_users(call: Call, api: MembersApi) -> MemberPage:
    """List the tenant's members, newest first."""
    return api.members.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/users/{id}", replies={200: MemberReply})
def get_user(call: Call, api: MembersApi) -> Reply:
    """Look at one member."""
    return _tagged(*api.members.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/users/{id}", request=UpdateMember, replies={200: MemberReply})
def update_user(call: Call, api: MembersApi, body: UpdateMember) -> Reply:
    """Give a member other roles, disable or enable it; a disabled member is denied within 60 s."""
    return _tagged(*api.members.update(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("POST /v1/users/invites", request=CreateInvite, replies={201: IssuedInviteReply})
def create_invite(call: Call, api: MembersApi, body: CreateInvite) -> Reply:
    """Invite an address; the answer holds the token, once."""
    made, replayed = api.invites.invite(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, _replayed() if replayed else {})


@ROUTES.handle("GET /v1/users/invites", replies={200: InvitePage}, query=_PAGING)
def list_invites(call: Call, api: MembersApi) -> InvitePage:
    """List the tenant's invites, newest first."""
    return api.invites.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("DELETE /v1/users/invites/{id}", replies={204: None})
def withdraw_invite(call: Call, api: MembersApi) -> Reply:
    """Withdraw an invite that nobody has accepted."""
    api.invites.withdraw(call.who(), call.path["id"])
    return Reply(None, 204)


@ROUTES.handle("POST /v1/users/invites/accept", request=AcceptInvite, replies={201: MemberReply})
def accept_invite(call: Call, api: MembersApi, body: AcceptInvite) -> Reply:
    """Become a member by an invite's token; the roles hold within 60 s."""
    made, replayed = api.invites.accept(call.who(), body.token, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, _replayed() if replayed else {})


def _tagged(body: MemberReply, etag: int) -> Reply:
    return Reply(body, 200, {"etag": f'"{etag}"'})


def _replayed() -> dict[str, str]:
    return {"idempotency-replayed": "true"}
