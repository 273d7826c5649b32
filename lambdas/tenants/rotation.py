"""Rotation of a tenant's data key: asked for by an operator, carried out by the provisioning workflow.

New values are sealed with the new data key within 60 s; older values stay as they are and stay readable. A tenant
that was made before tenants had keys gets its KMS key so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.tenants.models import OperationReply
from lambdas.tenants.service import Office
from lambdas.tenants.views import operation_reply
from lambdas.tenants.workflow import Workflow
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, Conflict
from platform_kit.identity import Identity
from platform_kit.ids import new_id

ROTATE: Final = "tenant.rotate_key"
ROUTE: Final = "POST /v1/tenants/{id}/rotate-key"
_ROTATABLE: Final = frozenset({"active", "suspended"})

Item = Mapping[str, Any]


@dataclass(frozen=True)
class KeyRotation:
    """`trail` opens a tenant's own audit chain for whoever acts in it."""

    trail: Callable[[TenantContext], AuditLog]
    workflow: Workflow
    clock: Clock

    def begin(
        self, office: Office, who: Identity, tenant_id: TenantId, *, key: str | None, body: bytes
    ) -> tuple[OperationReply, bool]:
        """Begin a rotation; True beside the answer to a repeated request. Conflict when the state permits none."""
        asked = f"{tenant_id}\n".encode() + body  # the path belongs to what was asked
        outcome = once(office.answers, ROUTE, key, asked, lambda: self._begin(office, who, tenant_id))
        return OperationReply.model_validate(outcome.response), outcome.replayed

    def _begin(self, office: Office, who: Identity, tenant_id: TenantId) -> dict[str, Any]:
        record = office.tenants.get(tenant_id, consistent=True)
        if record["status"] not in _ROTATABLE:
            raise Conflict(f"The tenant is {record['status']}; its key can be rotated once it is active.")
        operation_id = new_id("opn")
        self.trail(TenantContext(tenant_id, who.principal_id)).append(
            AuditDraft("tenant.key_rotation_requested", tenant_id, detail={"operationId": operation_id})
        )
        queued = office.operations.create(
            {"operationId": operation_id, "kind": ROTATE, "tenantId": tenant_id, "requestedBy": who.principal_id}
        )
        self._start(office, record, operation_id)
        return operation_reply(queued).model_dump(by_alias=True, exclude_none=True)

    def _start(self, office: Office, record: Item, operation_id: str) -> None:
        """Hand the tenant to the operation, which its steps look for, and set them going."""
        tenant_id = TenantId(record["tenantId"])
        try:
            fields = {"operationId": operation_id, "updatedAt": rfc3339(self.clock.now())}
            office.tenants.update(tenant_id, record["etag"], fields)
            self.workflow.start(operation_id, tenant_id)
        except AmbitError as failure:
            told = "The rotation could not be started. Begin it again."
            office.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise
