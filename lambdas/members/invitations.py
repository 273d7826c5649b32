"""Invites: an administrator makes one for an address, and whoever holds its token becomes a member, once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.invites import INVITE
from data_access_lib.retention import TERMS
from data_access_lib.transaction import TenantTransaction
from lambdas.members.errors import AlreadyMember, WrongPerson, settled
from lambdas.members.models import CreateInvite, InvitePage, InviteReply, IssuedInviteReply, MemberReply
from lambdas.members.registry import Registry
from lambdas.members.tokens import InviteToken
from lambdas.members.views import invite_reply, member_reply, state_of
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import NotFound
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

KEPT_AFTER_EXPIRY: Final = TERMS["INVITE"].span
_LIST: Final = "GET /v1/users/invites"
_CREATE: Final = "POST /v1/users/invites"
_ACCEPT: Final = "POST /v1/users/invites/accept"


@dataclass(frozen=True)
class InviteService:
    """`registry` opens the caller's tenant with credentials for that tenant alone."""

    registry: Callable[[Identity], Registry]
    cursors: CursorCodec
    clock: Clock

    def invite(
        self, who: Identity, wanted: CreateInvite, *, key: str | None, body: bytes
    ) -> tuple[IssuedInviteReply, bool]:
        """Make an invite; its token is in the first answer only. True beside a replay."""
        registry, token = self.registry(who), InviteToken.new(new_id("inv"))
        outcome = once(registry.answers, _CREATE, key, body, lambda: self._make(registry, who, wanted, token))
        made = IssuedInviteReply.model_validate(outcome.response)
        return (made if outcome.replayed else made.model_copy(update={"token": token.text})), outcome.replayed

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> InvitePage:
        """The tenant's invites, newest first; InvalidCursor for a cursor that is not of this list."""
        after = self.cursors.decode(who.tenant(), _LIST, cursor)["after"] if cursor else None
        page = self.registry(who).invites.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant(), _LIST, {"after": page.next_id}) if page.next_id else None
        return InvitePage(items=[invite_reply(item, self._now()) for item in page.items], next_cursor=following)

    def withdraw(self, who: Identity, invite_id: str) -> None:
        """Make an invite's token worthless; a withdrawn one stays so. InviteAccepted when it was used."""
        registry = self.registry(who)
        if registry.invites.get(invite_id)["status"] == "withdrawn":
            return
        fields = {"status": "withdrawn", "settledAt": self._now(), "settledBy": who.principal_id}
        draft = AuditDraft("invite.withdrawn", invite_id)
        try:
            registry.audit.commit(draft, lambda tx: registry.invites.settle(tx, invite_id, fields))
        except ConditionFailed:
            raise settled(str(registry.invites.get(invite_id)["status"])) from None
        count("InviteWithdrawn")

    def accept(self, who: Identity, token: str, *, key: str | None, body: bytes) -> tuple[MemberReply, bool]:
        """Become a member by an invite of one's own tenant; True beside a replay.

        NotFound for a token that no invite of this tenant has, InviteAccepted, InviteExpired, InviteWithdrawn for one
        whose invite is settled, WrongPerson when the caller's verified address is another, AlreadyMember.
        """
        registry = self.registry(who)
        outcome = once(registry.answers, _ACCEPT, key, body, lambda: self._accept(registry, who, token))
        return MemberReply.model_validate(outcome.response), outcome.replayed

    def _make(self, registry: Registry, who: Identity, wanted: CreateInvite, token: InviteToken) -> dict[str, Any]:
        now = self.clock.now()
        expires = now + timedelta(days=wanted.expires_in_days)
        record = {
            "inviteId": token.invite_id,
            "email": wanted.email,
            "roles": list(wanted.roles),
            "tokenDigest": token.digest,
            "createdBy": who.principal_id,
            "createdAt": rfc3339(now),
            "expiresAt": rfc3339(expires),
            "ttl": int((expires + KEPT_AFTER_EXPIRY).timestamp()),
        }
        detail = {"roles": list(wanted.roles), "expiresAt": record["expiresAt"]}  # no address: it would outlive erasure
        draft = AuditDraft("member.invited", token.invite_id, detail=detail)
        registry.audit.commit(draft, lambda tx: registry.invites.create(tx, record))
        count("MemberInvited")
        return _saved(invite_reply({**record, "status": "open"}, rfc3339(now)))

    def _accept(self, registry: Registry, who: Identity, text: str) -> dict[str, Any]:
        invite = self._open_invite(registry, text)
        if who.email is not None and not _same_address(who.email, invite["email"]):
            count("InviteRefused", reason="another_address")
            raise WrongPerson("This invite is for another address than the one you are signed in with.")
        if registry.members.of_principal(who.principal_id) is not None:
            raise _already()
        member = self._member(who, invite)
        detail = {"inviteId": invite["inviteId"], "roles": member["roles"]}
        draft = AuditDraft("member.joined", member["userId"], detail=detail)
        try:
            registry.audit.commit(draft, lambda tx: self._join(tx, registry, invite["inviteId"], member))
        except ConditionFailed as failure:
            if failure.label != INVITE:
                raise _already() from None
            raise settled(state_of(registry.invites.get(invite["inviteId"]), self._now())) from None
        count("MemberJoined")
        return _saved(member_reply(member))

    def _open_invite(self, registry: Registry, text: str) -> Mapping[str, Any]:
        token = InviteToken.read(text)
        invite = registry.invites.find(token.invite_id) if token else None
        if token is None or invite is None or not token.proves(invite["tokenDigest"]):
            count("InviteRefused", reason="unknown")
            raise NotFound("There is no such invite.")
        state = state_of(invite, self._now())
        if state != "open":
            count("InviteRefused", reason=state)
            raise settled(state)
        return invite

    def _join(
        self, transaction: TenantTransaction, registry: Registry, invite_id: str, member: Mapping[str, Any]
    ) -> None:
        now = self._now()
        fields = {
            "status": "accepted",
            "userId": member["userId"],
            "settledAt": now,
            "settledBy": member["principalId"],
        }
        registry.invites.settle(transaction, invite_id, fields, at=now)
        registry.members.join(transaction, member)

    def _member(self, who: Identity, invite: Mapping[str, Any]) -> dict[str, Any]:
        now = self._now()
        return {
            "userId": new_id("usr"),
            "principalId": who.principal_id,
            "email": invite["email"],
            "roles": list(invite["roles"]),
            "status": "active",
            "invitedBy": invite["createdBy"],
            "createdAt": now,
            "updatedAt": now,
        }

    def _now(self) -> str:
        return rfc3339(self.clock.now())


def _same_address(one: str, other: str) -> bool:
    """Letters of ASCII alone may differ in case: what Unicode folds together may be two people."""
    return one.encode().lower() == other.encode().lower()


def _already() -> AlreadyMember:
    return AlreadyMember("You are a member of this tenant already; an administrator can change your roles.")


def _saved(reply: InviteReply | MemberReply) -> dict[str, Any]:
    return reply.model_dump(by_alias=True, exclude_none=True)
