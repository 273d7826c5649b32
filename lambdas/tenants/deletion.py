"""The beginning of a tenant's deletion: confirmed, written down, and from then on the tenant is closed for good.

A tenant that is deleted can be deleted again: a table that was restored from a backup may hold what was erased.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import StaleVersion
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.tenants.exports import Counter, Vault
from lambdas.tenants.models import DeleteTenant, OperationReply
from lambdas.tenants.views import operation_reply
from lambdas.tenants.workflow import Workflow
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, Conflict, FieldError, InvalidBody
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count, logger

DELETE: Final = "tenant.delete"
_DELETABLE: Final = frozenset({"active", "suspended", "deleting", "deleted"})
_GOING_ON: Final = frozenset({"queued", "running"})

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Deletions:
    """`vault` opens a tenant for somebody who acts in it."""

    vault: Callable[[TenantContext], Vault]
    workflow: Workflow
    clock: Clock

    def begin(
        self, counter: Counter, who: Identity, tenant_id: TenantId, etag: int, wanted: DeleteTenant
    ) -> OperationReply:
        """Close a tenant of version `etag` and begin its deletion, go on with one that stopped, or do it once more.

        InvalidBody unless the id was confirmed; StaleVersion; Conflict in other states, and while a deletion goes on.
        """
        record = counter.tenants.get(tenant_id, consistent=True)
        _confirmed(wanted, tenant_id)
        self._permitted(counter, record, etag)
        operation_id = new_id("opn")
        context = TenantContext(tenant_id, who.principal_id)
        self.vault(context).audit.append(
            AuditDraft("tenant.deletion_requested", tenant_id, detail={"op": operation_id})
        )
        given = {"operationId": operation_id, "kind": DELETE, "tenantId": tenant_id, "requestedBy": who.principal_id}
        queued = counter.operations.create(given)
        self._close(counter, record, operation_id)
        self._start(counter, operation_id, tenant_id)
        count("TenantDeletionBegun")
        logger().warning("tenant deletion begun", tenant_id=tenant_id, operation_id=operation_id)
        return operation_reply(queued)

    def _permitted(self, counter: Counter, record: Item, etag: int) -> None:
        if record["status"] not in _DELETABLE:
            raise Conflict(f"The tenant is {record['status']}; only one that is, or was, in use can be deleted.")
        if record["etag"] != etag:
            raise StaleVersion
        earlier = counter.operations.find(str(record.get("operationId"))) if record["status"] == "deleting" else None
        if earlier is not None and earlier["status"] in _GOING_ON:
            raise Conflict(f"The tenant is being deleted by the operation {earlier['operationId']}.")

    def _close(self, counter: Counter, record: Item, operation_id: str) -> None:
        """From here on nobody gets in; who had read the record before finds it changed."""
        fields = {"status": "deleting", "operationId": operation_id, "updatedAt": rfc3339(self.clock.now())}
        try:
            counter.records.update(TenantId(record["tenantId"]), record["etag"], fields)
        except AmbitError as failure:
            told = "The tenant changed meanwhile and is as it was. Look at it again before you delete it."
            counter.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise

    def _start(self, counter: Counter, operation_id: str, tenant_id: TenantId) -> None:
        try:
            self.workflow.start(operation_id, tenant_id)
        except AmbitError as failure:
            told = "The tenant is closed, but its deletion could not be started. Delete it again."
            counter.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise


def _confirmed(wanted: DeleteTenant, tenant_id: TenantId) -> None:
    if wanted.confirm != tenant_id:
        told = f"must be {tenant_id}"
        raise InvalidBody("Confirm the deletion with the tenant's id.", errors=(FieldError("/confirm", told),))
