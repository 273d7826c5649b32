"""Exports of a tenant: begun by an operator or by the tenant's own administrator, made by the lifecycle workflow.

Whoever begins one or is handed its downloads is written down in the tenant's own audit chain, first: what a tenant has
is read by nobody in silence.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.client import TenantScopedBucket
from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.tenants import TenantRecords, Tenants
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.tenants.models import DownloadReply, OperationReply
from lambdas.tenants.views import operation_reply
from lambdas.tenants.workflow import Workflow
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, Conflict, Forbidden, NotFound
from platform_kit.identity import Identity
from platform_kit.ids import new_id

EXPORT: Final = "tenant.export"
URL_SECONDS: Final = 900
MOST_DOWNLOADS: Final = 100
_EXPORTABLE: Final = frozenset({"active", "suspended"})
_MANIFEST: Final = "manifest.json"

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Counter:
    """What a request about exports works with: an operator's doors to the platform's records, or the function's own."""

    tenants: TenantRecords
    operations: Operations
    answers: Idempotency

    @property
    def records(self) -> Tenants:
        """The tenants' records to change: an operator's only."""
        if not isinstance(self.tenants, Tenants):
            raise Forbidden("This is the operators' business.")
        return self.tenants


@dataclass(frozen=True)
class Vault:
    """What is opened inside the tenant: its audit chain and its objects."""

    audit: AuditLog
    objects: TenantScopedBucket


@dataclass(frozen=True)
class Exports:
    """`vault` opens a tenant for somebody who acts in it."""

    vault: Callable[[TenantContext], Vault]
    workflow: Workflow
    clock: Clock

    def begin(
        self, counter: Counter, who: Identity, tenant_id: TenantId, route: str, *, key: str | None, body: bytes
    ) -> tuple[OperationReply, bool]:
        """Begin an export; True beside the answer to a repeated request. Conflict when the state permits none."""
        status = counter.tenants.get(tenant_id, consistent=True)["status"]
        if status not in _EXPORTABLE:
            raise Conflict(f"The tenant is {status}; only one that is active or suspended can be exported.")
        asked = f"{tenant_id}\n".encode() + body  # the path belongs to what was asked
        outcome = once(counter.answers, route, key, asked, lambda: self._begin(counter, who, tenant_id))
        return OperationReply.model_validate(outcome.response), outcome.replayed

    def own(self, counter: Counter, tenant_id: TenantId, operation_id: str) -> Item:
        """The tenant's own export; NotFound for everything else."""
        operation = counter.operations.get(operation_id)
        if operation["kind"] != EXPORT or operation["tenantId"] != tenant_id:
            raise NotFound("There is no such operation.")
        return operation

    def shown(self, who: Identity, operation: Item, *, after: int = 0) -> OperationReply:
        """An operation, with downloads when it is an export that is done: the manifest, and parts above `after`."""
        reply = operation_reply(operation)
        if operation["kind"] != EXPORT or operation["status"] != "succeeded":
            return reply
        vault = self._open(who, TenantId(operation["tenantId"]))
        vault.audit.append(AuditDraft("tenant.export_downloaded", operation["operationId"]))
        return reply.model_copy(update={"downloads": self._downloads(vault.objects, operation, after)})

    def _begin(self, counter: Counter, who: Identity, tenant_id: TenantId) -> dict[str, Any]:
        operation_id = new_id("opn")
        self._open(who, tenant_id).audit.append(AuditDraft("tenant.export_requested", operation_id))
        given = {"operationId": operation_id, "kind": EXPORT, "tenantId": tenant_id, "requestedBy": who.principal_id}
        queued = counter.operations.create(given)
        try:
            self.workflow.start(operation_id, tenant_id)
        except AmbitError as failure:
            told = "The export could not be started. Begin it again."
            counter.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise
        return operation_reply(queued).model_dump(by_alias=True, exclude_none=True)

    def _open(self, who: Identity, tenant_id: TenantId) -> Vault:
        return self.vault(TenantContext(tenant_id, who.principal_id))

    def _downloads(self, objects: TenantScopedBucket, operation: Item, after: int) -> list[DownloadReply]:
        tenant_id, operation_id = TenantId(operation["tenantId"]), operation["operationId"]
        expires = rfc3339(self.clock.now() + timedelta(seconds=URL_SECONDS))
        stored = objects.get(keys.export_object(tenant_id, operation_id, _MANIFEST))
        if stored is None:  # the sweeper removes exports after their time
            return []
        parts = json.loads(stored.data)["parts"][after : after + MOST_DOWNLOADS]
        files = [{"name": _MANIFEST, "bytes": stored.total, "sha256": operation["result"]["sha256"]}, *parts]

        def made(file: Mapping[str, Any]) -> DownloadReply:
            key, name = keys.export_object(tenant_id, operation_id, file["name"]), f"{operation_id}-{file['name']}"
            url = objects.presign_get(key, name, URL_SECONDS)
            about = {"name": file["name"], "bytes": file["bytes"], "sha256": file["sha256"]}
            return DownloadReply(**about, url=url, expires_at=expires)

        return [made(file) for file in files]
