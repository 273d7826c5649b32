"""Break-glass access: a platform administrator reads what a tenant ran, for a time, with a reason, and is seen.

Everything is entered twice, in the tenant's own audit chain and in the platform's, before it is done: what cannot be
entered is not done, and not shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, NoReturn, TypeVar

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.recorded import recorded
from data_access_lib.repositories import break_glass
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.break_glass import BreakGlassGrants
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.bridge.models import GrantPage, GrantReply, OpenBreakGlass
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import BreakGlassRequired, Conflict, NotFound
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count, logger

T = TypeVar("T")
Item = Mapping[str, Any]
OPEN: Final = "POST /v1/tenants/{id}/break-glass"
LIST: Final = "GET /v1/tenants/{id}/break-glass"
_PLATFORM: Final = "platform"
_STANDING: Final = frozenset({"active", "suspended"})


@dataclass(frozen=True)
class Desk:
    """What one platform administrator works with; `audit` is the platform's own chain."""

    tenants: TenantRecords
    grants: BreakGlassGrants
    audit: AuditLog
    answers: Idempotency


@dataclass(frozen=True)
class Look:
    """What is asked to be seen: the audit's action, what it happens to, and what else the entry tells."""

    action: str
    target: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class BreakGlass:
    """`desk` opens the platform's records for an operator, `log` a tenant's own audit chain."""

    desk: Callable[[Identity], Desk]
    log: Callable[[TenantContext], AuditLog]
    cursors: CursorCodec
    clock: Clock

    def open(
        self, who: Identity, tenant_id: TenantId, wanted: OpenBreakGlass, *, key: str | None, body: bytes
    ) -> tuple[GrantReply, bool]:
        """Open an access; True beside the answer to a repeated request. Conflict when the tenant's state forbids it."""
        desk = self.desk(who)
        asked = f"{tenant_id}\n".encode() + body  # the path belongs to what was asked
        outcome = once(desk.answers, OPEN, key, asked, lambda: self._open(desk, who, tenant_id, wanted))
        return self._shown(outcome.response), outcome.replayed

    def list(self, who: Identity, tenant_id: TenantId, *, limit: int, cursor: str | None) -> GrantPage:
        """A tenant's grants, newest first; NotFound when there is no such tenant."""
        desk, route = self.desk(who), f"{LIST}?{tenant_id}"
        desk.tenants.get(tenant_id)
        after = self.cursors.decode(_PLATFORM, route, cursor)["after"] if cursor else None
        page = desk.grants.list(tenant_id, limit=limit, after=after)
        following = self.cursors.encode(_PLATFORM, route, {"after": page.next_id}) if page.next_id else None
        return GrantPage(items=[self._shown(item) for item in page.items], next_cursor=following)

    def end(self, who: Identity, tenant_id: TenantId, grant_id: str) -> None:
        """End an access before its time, one's own or a colleague's; one that is over stays as it is."""
        desk = self.desk(who)
        _standing(desk, tenant_id)
        grant = desk.grants.get(tenant_id, grant_id)
        if self._shown(grant).status != "open":
            return
        draft = AuditDraft("break_glass.ended", grant_id, detail=_told(grant))

        def change() -> None:
            desk.audit.commit(
                draft, lambda added: desk.grants.end_in(added, tenant_id, grant_id, who.principal_id, self._now())
            )

        try:
            recorded(self._log(who, tenant_id), draft, change)
        except ConditionFailed as failure:
            _ended_meanwhile(failure)
        _tell("break-glass access ended", who, grant)

    def read(self, who: Identity, tenant_id: TenantId, asked: Look, look: Callable[[Identity], T]) -> T:
        """What `look` shows to the caller as somebody inside the tenant, after both chains say that it is looked at.

        BreakGlassRequired when the caller has no grant for this tenant that is open now.
        """
        desk = self.desk(who)
        _standing(desk, tenant_id)
        grant = desk.grants.open_to(tenant_id, who.principal_id, self._now())
        if grant is None:
            _refuse(who, tenant_id)
        draft = AuditDraft(asked.action, asked.target, detail={**_told(grant), **asked.detail})
        inside = replace(who, tenant_id=str(tenant_id))
        log = self._log(who, tenant_id)
        return recorded(log, draft, lambda: recorded(desk.audit, draft, lambda: look(inside)))

    def _open(self, desk: Desk, who: Identity, tenant_id: TenantId, wanted: OpenBreakGlass) -> dict[str, Any]:
        _standing(desk, tenant_id)
        now = self.clock.now()
        ends = now + timedelta(minutes=wanted.minutes)
        grant = {
            "grantId": new_id("brk"),
            "tenantId": str(tenant_id),
            "principalId": who.principal_id,
            "reason": wanted.reason,
            "openedAt": rfc3339(now),
            "expiresAt": rfc3339(ends),
        }
        draft = AuditDraft("break_glass.opened", grant["grantId"], detail=_told(grant))

        def change() -> None:
            desk.audit.commit(draft, lambda added: desk.grants.add_in(added, grant, int(ends.timestamp())))

        recorded(self._log(who, tenant_id), draft, change)
        count("BreakGlassOpened")
        _tell("break-glass access opened", who, grant)
        return grant

    def _shown(self, grant: Item) -> GrantReply:
        over = "ended" if "endedAt" in grant else "expired"
        is_open = "endedAt" not in grant and grant["expiresAt"] > self._now()
        return GrantReply.model_validate({**grant, "status": "open" if is_open else over})

    def _log(self, who: Identity, tenant_id: TenantId) -> AuditLog:
        return self.log(TenantContext(tenant_id, who.principal_id))

    def _now(self) -> str:
        return rfc3339(self.clock.now())


def no_break_glass() -> NoReturn:
    """What a service that was built without it has: nothing is opened."""
    raise NotFound("There is no such route.")


def _standing(desk: Desk, tenant_id: TenantId) -> None:
    """A suspended tenant may be looked at: emergencies end in suspensions. One that is being deleted keeps no log."""
    status = desk.tenants.get(tenant_id, consistent=True)["status"]
    if status not in _STANDING:
        raise Conflict(f"The tenant is {status}; only one that is active or suspended can be looked at.")


def _told(grant: Item) -> dict[str, Any]:
    """What every entry says of the grant; the reason too, for the tenant's administrators read it."""
    return {name: grant[name] for name in ("grantId", "tenantId", "reason", "expiresAt")}


def _refuse(who: Identity, tenant_id: TenantId) -> NoReturn:
    count("BreakGlassRefused")
    logger().warning("tenant content refused", tenant_id=tenant_id, principal_id=who.principal_id)
    told = f"You have no open break-glass grant for {tenant_id}. Open one with POST /v1/tenants/{tenant_id}/break-glass"
    raise BreakGlassRequired(f"{told} and say why: the tenant's administrators see it.")


def _ended_meanwhile(failure: ConditionFailed) -> NoReturn:
    if failure.label != break_glass.LABEL:
        raise failure
    raise Conflict("The access was ended by somebody else just now.") from None


def _tell(what: str, who: Identity, grant: Item) -> None:
    named = {"grant_id": grant["grantId"], "tenant_id": grant["tenantId"]}
    logger().warning(what, **named, expires_at=grant["expiresAt"], principal_id=who.principal_id)
