"""What members and invites refuse, under the platform's errors.

Conflict
├── InviteAccepted   409  INVITE_ACCEPTED
├── InviteExpired    409  INVITE_EXPIRED
├── InviteWithdrawn  409  INVITE_WITHDRAWN
├── AlreadyMember    409  ALREADY_MEMBER
└── LastAdmin        409  LAST_ADMIN
Forbidden
└── WrongPerson      403  INVITE_FOR_ANOTHER
"""

from platform_kit.errors import Conflict, Forbidden


class InviteAccepted(Conflict):
    """The invite's token was used."""

    code, title = "INVITE_ACCEPTED", "Invite already accepted"


class InviteExpired(Conflict):
    """The invite's time is over."""

    code, title = "INVITE_EXPIRED", "Invite expired"


class InviteWithdrawn(Conflict):
    """The invite was withdrawn."""

    code, title = "INVITE_WITHDRAWN", "Invite withdrawn"


class AlreadyMember(Conflict):
    """Who accepts is a member by record, active or disabled."""

    code, title = "ALREADY_MEMBER", "Already a member"


class LastAdmin(Conflict):
    """The change would leave the tenant without an administrator by record."""

    code, title = "LAST_ADMIN", "Last administrator"


class WrongPerson(Forbidden):
    """The invite is for another address than the one that the caller's identity provider has verified."""

    code, title = "INVITE_FOR_ANOTHER", "Invite for another address"


def settled(state: str) -> Conflict:
    """The refusal of an invite that is no longer open."""
    if state == "accepted":
        return InviteAccepted("This invite was accepted already; its token works once. Ask for a new invite.")
    if state == "withdrawn":
        return InviteWithdrawn("This invite was withdrawn. Ask an administrator of your tenant for a new one.")
    return InviteExpired("This invite has expired. Ask an administrator of your tenant for a new one.")
