"""Tenants: created, looked at, changed, suspended, reinstated. What takes long is left to the provisioning workflow."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.once import once
from data_access_lib.recorded import recorded
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.tenant import TenantId
from data_access_lib.transaction import TenantTransaction
from lambdas.tenants.exports import Counter
from lambdas.tenants.models import (
    CreateTenant,
    OperationReply,
    SuspendTenant,
    TenantPage,
    TenantReply,
    UpdateTenant,
    pico_dollars,
)
from lambdas.tenants.views import operation_reply, tenant_reply, told_of
from lambdas.tenants.workflow import Workflow
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, Conflict, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count, logger

CREATE: Final = "tenant.create"
CHANGE: Final = "tenant.change"
_LIST: Final = "GET /v1/tenants"
_PLATFORM: Final = "platform"
_ABANDONED_AFTER: Final = timedelta(minutes=20)  # longer than the workflow may take, its compensation included
_LIMITS: Final = ("tier", "monthlyBudgetPico")  # what the workflow brings plans and budgets into line with
_ATTEMPTS: Final = 3

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Office:
    """What one operator works with."""

    tenants: Tenants
    operations: Operations
    answers: Idempotency
    transaction: Callable[[], TenantTransaction]

    def counter(self) -> Counter:
        """The part of it that exports need."""
        return Counter(self.tenants, self.operations, self.answers)


@dataclass(frozen=True)
class TenantService:
    """`office` opens the platform's records for an operator; `region` is where this deployment keeps data.

    `log` opens a tenant's own audit chain: what operators do to a tenant, the tenant can read there.
    """

    office: Callable[[Identity], Office]
    workflow: Workflow
    cursors: CursorCodec
    clock: Clock
    region: str
    log: Callable[[Identity, TenantId], AuditLog]

    def create(
        self, who: Identity, wanted: CreateTenant, *, key: str | None, body: bytes
    ) -> tuple[OperationReply, bool]:
        """Reserve the id and begin provisioning; True beside the answer to a repeated request. Conflict: id taken."""
        if wanted.residency not in {None, self.region}:
            raise Unprocessable(f"This deployment keeps data in {self.region}; leave residency out or give that.")
        office = self.office(who)
        outcome = once(office.answers, "POST /v1/tenants", key, body, lambda: self._begin(office, who, wanted))
        return OperationReply.model_validate(outcome.response), outcome.replayed

    def list(
        self, who: Identity, *, limit: int, cursor: str | None, status: str | None, tier: str | None
    ) -> TenantPage:
        """Tenants by id. A cursor belongs to the filters it was made with."""
        route = f"{_LIST}?status={status or ''}&tier={tier or ''}"
        after = self.cursors.decode(_PLATFORM, route, cursor)["after"] if cursor else None
        page: IdPage = self.office(who).tenants.list(limit=limit, after=after, status=status, tier=tier)
        following = self.cursors.encode(_PLATFORM, route, {"after": page.next_id}) if page.next_id else None
        return TenantPage(items=[tenant_reply(item) for item in page.items], next_cursor=following)

    def get(self, who: Identity, tenant_id: str) -> tuple[TenantReply, int]:
        """A tenant and its version."""
        return _versioned(self.office(who).tenants.get(TenantId(tenant_id), consistent=True))

    def update(self, who: Identity, tenant_id: str, etag: int, wanted: UpdateTenant) -> tuple[TenantReply, int]:
        """Change a tenant of version `etag`. An operation, named in the reply, carries out a new tier or budget."""
        office = self.office(who)
        record = office.tenants.get(TenantId(tenant_id), consistent=True)
        if record["status"] not in {"active", "suspended"}:
            raise Conflict(f"The tenant is {record['status']}; it can be changed once it is active.")
        if int(record["etag"]) != etag:
            raise StaleVersion
        changed = _changed(wanted)
        fields = {**changed, "updatedAt": self._now()}
        draft = AuditDraft("tenant.updated", tenant_id, detail=told_of(record, changed))

        def change() -> Item:
            if all(fields.get(name, record.get(name)) == record.get(name) for name in _LIMITS):
                return office.tenants.update(TenantId(tenant_id), etag, fields)
            return self._change_limits(office, who, record, etag, fields)

        return _versioned(recorded(self.log(who, TenantId(tenant_id)), draft, change))

    def suspend(self, who: Identity, tenant_id: str, why: SuspendTenant) -> tuple[TenantReply, int]:
        """Stop everything the tenant does (caches let go within 60 s); a suspended tenant stays as it is."""
        fields = {"status": "suspended", "suspendedAt": self._now(), "suspensionReason": why.reason}
        record, changed = self._move(who, tenant_id, "active", fields)
        if changed:
            count("TenantSuspended")
            logger().info("tenant suspended", tenant_id=tenant_id, principal_id=who.principal_id)
        return _versioned(record)

    def reinstate(self, who: Identity, tenant_id: str) -> tuple[TenantReply, int]:
        """Let a suspended tenant work again; an active one stays as it is."""
        gone = ("suspendedAt", "suspensionReason")
        record, changed = self._move(who, tenant_id, "suspended", {"status": "active"}, remove=gone)
        if changed:
            count("TenantReinstated")
            logger().info("tenant reinstated", tenant_id=tenant_id, principal_id=who.principal_id)
        return _versioned(record)

    def operation(self, who: Identity, operation_id: str) -> Item:
        """An operation's record; NotFound when there is none."""
        return self.office(who).operations.get(operation_id)

    def _begin(self, office: Office, who: Identity, wanted: CreateTenant) -> dict[str, Any]:
        operation = self._operation(CREATE, who, wanted.id, {})
        transaction = office.transaction()
        abandoned = rfc3339(self.clock.now() - _ABANDONED_AFTER)
        office.tenants.reserve(transaction, self._record(wanted, operation["operationId"]), abandoned)
        queued = office.operations.create_in(transaction, operation)
        try:
            transaction.commit(attempts=_ATTEMPTS)
        except ConditionFailed:
            raise Conflict(f"There is a tenant {wanted.id} already. Choose another id.") from None
        detail = {"tier": wanted.tier.value, "residency": self.region}
        draft, log = AuditDraft("tenant.created", wanted.id, detail=detail), self.log(who, TenantId(wanted.id))
        try:
            recorded(log, draft, lambda: self.workflow.start(operation["operationId"], wanted.id))
        except AmbitError as failure:
            self._give_up(office, wanted.id, operation["operationId"], failure)
            raise
        return operation_reply(queued).model_dump(by_alias=True, exclude_none=True)

    def _give_up(self, office: Office, tenant_id: str, operation_id: str, failure: AmbitError) -> None:
        """Nothing was made yet but the two records: let the id go at once."""
        fields = {"status": "failed", "updatedAt": self._now()}
        office.tenants.update(TenantId(tenant_id), 1, fields)
        told = "Provisioning could not be started. Create the tenant again."
        office.operations.fail(operation_id, {"code": failure.code, "message": told})

    def _change_limits(self, office: Office, who: Identity, record: Item, etag: int, fields: dict[str, Any]) -> Item:
        before = {name: record.get(name) for name in _LIMITS}
        operation = self._operation(CHANGE, who, record["tenantId"], {"before": before})
        operation_id, tenant_id = operation["operationId"], TenantId(record["tenantId"])
        office.operations.create(operation)
        changed = None
        try:
            changed = office.tenants.update(tenant_id, etag, {**fields, "operationId": operation_id})
            self.workflow.start(operation_id, tenant_id)
        except AmbitError as failure:
            if changed:
                self._take_back(office, record, changed)
            told = "The change could not be started: the tenant is as it was. Make it again."
            office.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise
        return changed

    def _take_back(self, office: Office, record: Item, changed: Item) -> None:
        was = {name: record.get(name) for name, value in changed.items() if value != record.get(name)}
        kept = {name: value for name, value in was.items() if value is not None and name != "etag"}
        unset = tuple(name for name, value in was.items() if value is None)
        fields = {**kept, "updatedAt": self._now()}
        office.tenants.update(TenantId(record["tenantId"]), changed["etag"], fields, remove=unset)

    def _move(
        self, who: Identity, tenant_id: str, source: str, fields: Mapping[str, object], *, remove: tuple[str, ...] = ()
    ) -> tuple[Item, bool]:
        """From `source` to `fields["status"]`, unless it is there already; Conflict from any other state.

        Why a tenant is suspended is the operators' knowledge: the tenant's own log says that it was, and by whom.
        """
        tenants, status = self.office(who).tenants, str(fields["status"])
        record = tenants.get(TenantId(tenant_id), consistent=True)
        if not _moves(record, source, status):
            return record, False

        def change() -> tuple[Item, bool]:
            for _ in range(_ATTEMPTS):
                record = tenants.get(TenantId(tenant_id), consistent=True)
                if not _moves(record, source, status):
                    return record, False
                changes = {**fields, "updatedAt": self._now()}
                with suppress(StaleVersion):
                    return tenants.update(TenantId(tenant_id), record["etag"], changes, remove=remove), True
            raise Conflict("The tenant is being changed by others. Try again.", retry_after=1)

        action = "tenant.suspended" if status == "suspended" else "tenant.reinstated"
        return recorded(self.log(who, TenantId(tenant_id)), AuditDraft(action, tenant_id), change)

    def _operation(self, kind: str, who: Identity, tenant_id: str, given: Mapping[str, object]) -> dict[str, Any]:
        return {
            "operationId": new_id("opn"),
            "kind": kind,
            "tenantId": tenant_id,
            "requestedBy": who.principal_id,
            "input": dict(given),
        }

    def _record(self, wanted: CreateTenant, operation_id: str) -> dict[str, Any]:
        now = self._now()
        optional = {
            "adminEmail": wanted.admin_email,
            "monthlyBudgetPico": pico_dollars(wanted.monthly_budget) if wanted.monthly_budget is not None else None,
        }
        return {
            "tenantId": wanted.id,
            "name": wanted.name,
            "status": "provisioning",
            "tier": wanted.tier.value,
            "residency": self.region,
            "operationId": operation_id,
            "createdAt": now,
            "updatedAt": now,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def _now(self) -> str:
        return rfc3339(self.clock.now())


def _changed(wanted: UpdateTenant) -> dict[str, Any]:
    given = wanted.model_dump(mode="json", by_alias=True, exclude_none=True)
    budget = given.pop("monthlyBudget", None)
    return given if budget is None else {**given, "monthlyBudgetPico": pico_dollars(budget)}


def _moves(record: Item, source: str, status: str) -> bool:
    if record["status"] not in {source, status}:
        raise Conflict(f"The tenant is {record['status']}; only one that is {source} can become {status}.")
    return bool(record["status"] == source)


def _versioned(record: Item) -> tuple[TenantReply, int]:
    return tenant_reply(record), int(record["etag"])
