"""From records to what the API shows. A token's hash is never shown."""

from collections.abc import Mapping
from typing import Any

from lambdas.members.models import InviteReply, InviteState, MemberReply


def state_of(record: Mapping[str, Any], now: str) -> InviteState:
    """An invite's state at `now` (RFC 3339): an open one whose time is over has expired."""
    status: InviteState = record["status"]
    return "expired" if status == "open" and record["expiresAt"] <= now else status


def invite_reply(record: Mapping[str, Any], now: str) -> InviteReply:
    """An invite for administrators."""
    return InviteReply(
        invite_id=record["inviteId"],
        email=record["email"],
        roles=list(record["roles"]),
        state=state_of(record, now),
        created_by=record["createdBy"],
        created_at=record["createdAt"],
        expires_at=record["expiresAt"],
        user_id=record.get("userId"),
        settled_at=record.get("settledAt"),
    )


def member_reply(record: Mapping[str, Any]) -> MemberReply:
    """A member."""
    return MemberReply(
        user_id=record["userId"],
        principal_id=record["principalId"],
        email=record["email"],
        roles=list(record["roles"]),
        status=record["status"],
        invited_by=record["invitedBy"],
        created_at=record["createdAt"],
        updated_at=record["updatedAt"],
    )
