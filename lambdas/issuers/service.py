"""Issuers are registered, looked at and changed, each change in one transaction with its entry in the audit chain."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, InvalidTenantId, StaleVersion
from data_access_lib.keys import issuer_id
from data_access_lib.once import once
from data_access_lib.repositories import issuers
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.issuers import Issuers
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.tenant import TenantId
from lambdas.issuers.key_sets import KeySetCheck
from lambdas.issuers.models import PLATFORM, IssuerPage, IssuerReply, RegisterIssuer, UpdateIssuer
from platform_kit.access import Role
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count, logger

_LIST: Final = "GET /v1/issuers"
_REGISTER: Final = "POST /v1/issuers"
_KEYS: Final = frozenset({"jwksUri", "algorithms"})
_TENANTS_ALIVE: Final = frozenset({"provisioning", "active", "suspended"})
_TOLD: Final = (
    *("iss", "boundTo", "jwksUri", "audiences", "algorithms", "tenantClaim", "rolesClaim", "allowedRoles", "status"),
)

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """What one operator works with."""

    issuers: Issuers
    tenants: TenantRecords
    audit: AuditLog
    answers: Idempotency


@dataclass(frozen=True)
class IssuerService:
    """`desk` opens the platform's records for an operator; `keys` looks at what an issuer publishes."""

    desk: Callable[[Identity], Desk]
    keys: KeySetCheck
    cursors: CursorCodec
    clock: Clock

    def register(
        self, who: Identity, wanted: RegisterIssuer, *, key: str | None, body: bytes
    ) -> tuple[IssuerReply, bool]:
        """Believe an issuer from now on; True beside the answer to a repeated request.

        Unprocessable when its keys cannot be had or it would get more than it may, Conflict when it is registered.
        """
        desk = self.desk(who)
        outcome = once(desk.answers, _REGISTER, key, body, lambda: self._register(desk, who, wanted))
        return IssuerReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> IssuerPage:
        """Issuers by id."""
        after = self.cursors.decode(PLATFORM, _LIST, cursor)["after"] if cursor else None
        page = self.desk(who).issuers.list(limit=limit, after=after)
        following = self.cursors.encode(PLATFORM, _LIST, {"after": page.next_id}) if page.next_id else None
        return IssuerPage(items=[reply(item) for item in page.items], next_cursor=following)

    def get(self, who: Identity, wanted_id: str) -> tuple[IssuerReply, int]:
        """An issuer and its version; NotFound."""
        return _versioned(self.desk(who).issuers.by_id(wanted_id))

    def update(self, who: Identity, wanted_id: str, etag: int, wanted: UpdateIssuer) -> tuple[IssuerReply, int]:
        """Change an issuer of version `etag`; it is acted on within 60 s. New keys are looked at first."""
        desk = self.desk(who)
        before = desk.issuers.by_id(wanted_id)
        if before.get("etag", 0) != etag:
            raise StaleVersion
        changes = wanted.changes()
        after = {**before, **changes, "updatedAt": rfc3339(self.clock.now())}
        _check_roles(after["boundTo"], after.get("allowedRoles") or ())
        _check_claims(after)
        _check_own(who, wanted_id, after)
        if not _KEYS.isdisjoint(changes):
            self.keys.usable(after["jwksUri"], after.get("algorithms") or ())
        return _versioned(self._change(desk, who, before, _complete(after)))

    def _register(self, desk: Desk, who: Identity, wanted: RegisterIssuer) -> dict[str, Any]:
        _check_binding(desk, wanted.bound_to)
        _check_roles(wanted.bound_to, wanted.allowed_roles)
        self.keys.address(wanted.iss, "/iss")
        if desk.issuers.find(wanted.iss) is not None:
            raise _taken()
        self.keys.usable(wanted.jwks_uri, wanted.algorithms)
        record = self._record(wanted)
        draft = AuditDraft("issuer.registered", issuer_id(wanted.iss), detail={"before": None, "after": _told(record)})
        try:
            made, _ = desk.audit.commit(draft, lambda transaction: desk.issuers.create_in(transaction, record))
        except ConditionFailed as failure:
            if failure.label != issuers.LABEL:
                raise
            raise _taken() from None
        _tell("issuer registered", "IssuerRegistered", who, made)
        return reply(made).model_dump(by_alias=True, exclude_none=True)

    def _change(self, desk: Desk, who: Identity, before: Item, after: Item) -> Item:
        action = {"active": "issuer.enabled", "disabled": "issuer.disabled"}.get(
            after["status"] if after["status"] != before.get("status") else "", "issuer.updated"
        )
        detail = {"before": _told(before), "after": _told(after)}
        draft = AuditDraft(action, issuer_id(after["iss"]), detail=detail)
        etag = int(before.get("etag", 0))
        try:
            made, _ = desk.audit.commit(draft, lambda transaction: desk.issuers.change_in(transaction, after, etag))
        except ConditionFailed as failure:
            if failure.label != issuers.LABEL:
                raise
            raise StaleVersion from None
        _tell(action.replace(".", " "), "IssuerChanged", who, made)
        return made

    def _record(self, wanted: RegisterIssuer) -> dict[str, Any]:
        now = rfc3339(self.clock.now())
        record = wanted.model_dump(mode="json", by_alias=True) | {"tenantClaim": wanted.stored_tenant_claim}
        return _complete({**record, "createdAt": now, "updatedAt": now})


def reply(record: Item) -> IssuerReply:
    """A record as the API shows it."""
    return IssuerReply(
        id=issuer_id(record["iss"]),
        iss=record["iss"],
        bound_to=record["boundTo"],
        jwks_uri=record["jwksUri"],
        audiences=list(record.get("audiences") or ()),
        algorithms=list(record.get("algorithms") or ()),
        tenant_claim=record.get("tenantClaim"),
        roles_claim=record.get("rolesClaim") or "roles",
        allowed_roles=list(record.get("allowedRoles") or ()),
        status="active" if record.get("status") == "active" else "disabled",
        created_at=record["createdAt"],
        updated_at=record["updatedAt"],
    )


def _complete(record: Item) -> dict[str, Any]:
    """With what follows from the rest, and without what is not said."""
    platform = record["boundTo"] == PLATFORM and any(map(_of_platform, record.get("allowedRoles") or ()))
    return {name: value for name, value in record.items() if value is not None} | {"allowPlatformRoles": platform}


def _check_binding(desk: Desk, bound_to: str) -> None:
    if bound_to == PLATFORM:
        return
    try:
        tenant = desk.tenants.find(TenantId(bound_to), consistent=True)
    except InvalidTenantId:
        tenant = None
    if tenant is None or tenant["status"] not in _TENANTS_ALIVE:
        bad = FieldError("/boundTo", "no such tenant")
        raise Unprocessable("An issuer is bound to a tenant that exists, or to platform.", errors=(bad,))


def _check_roles(bound_to: str, roles: Iterable[str]) -> None:
    if bound_to != PLATFORM and any(map(_of_platform, roles)):
        bad = FieldError("/allowedRoles", "holds a role of the platform")
        raise Unprocessable("A tenant's issuer cannot make anybody an operator.", errors=(bad,))


def _check_claims(record: Item) -> None:
    if record.get("tenantClaim") == (record.get("rolesClaim") or "roles"):
        raise Unprocessable("tenantClaim and rolesClaim must be two claims.")


def _check_own(who: Identity, wanted_id: str, after: Item) -> None:
    """Nobody saws off the branch they sit on: whoever disables an issuer came in through another."""
    if who.principal_id.split(":")[1:2] != [wanted_id[:8]]:
        return
    if after["status"] != "active" or Role.PLATFORM_ADMIN not in (after.get("allowedRoles") or ()):
        raise Conflict("You are signed in through this issuer. Sign in through another one to take it away.")


def _of_platform(role: str) -> bool:
    return str(role).startswith("Platform.")


def _taken() -> Conflict:
    return Conflict("This issuer is registered already. Change it with PATCH.")


def _told(record: Item) -> dict[str, Any]:
    """What the audit says of an issuer."""
    return {name: record[name] for name in _TOLD if record.get(name) is not None}


def _versioned(record: Item) -> tuple[IssuerReply, int]:
    return reply(record), int(record.get("etag", 0))


def _tell(what: str, metric: str, who: Identity, record: Item) -> None:
    count(metric)
    logger().warning(
        what,
        issuer_id=issuer_id(record["iss"]),
        bound_to=record["boundTo"],
        status=record["status"],
        principal_id=who.principal_id,
    )
