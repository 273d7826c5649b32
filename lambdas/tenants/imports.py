"""Imports: an operator has one tenant's export written into another, fresh one. Both audit chains say so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.tenants.exports import EXPORT, Counter, Vault
from lambdas.tenants.models import ImportTenant, OperationReply
from lambdas.tenants.views import operation_reply
from lambdas.tenants.workflow import Workflow
from platform_kit.errors import AmbitError, Conflict, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import new_id

IMPORT: Final = "tenant.import"

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Imports:
    """`vault` opens a tenant for somebody who acts in it."""

    vault: Callable[[TenantContext], Vault]
    workflow: Workflow

    def begin(
        self, counter: Counter, who: Identity, target: TenantId, wanted: ImportTenant, *, key: str | None, body: bytes
    ) -> tuple[OperationReply, bool]:
        """Begin an import; True beside the answer to a repeated request.

        NotFound, Conflict unless the target is active, Unprocessable unless the operation is an export that is done.
        """
        status = counter.tenants.get(target, consistent=True)["status"]
        if status != "active":
            raise Conflict(f"The tenant is {status}; only an active one can take an import.")
        export = _export(counter, wanted.export_operation_id)
        asked = f"{target}\n".encode() + body
        outcome = once(
            counter.answers,
            "POST /v1/tenants/{id}/import",
            key,
            asked,
            lambda: self._begin(counter, who, target, export),
        )
        return OperationReply.model_validate(outcome.response), outcome.replayed

    def _begin(self, counter: Counter, who: Identity, target: TenantId, export: Item) -> dict[str, Any]:
        operation_id, source = new_id("opn"), TenantId(export["tenantId"])
        self._note(who, source, "tenant.export_imported", export["operationId"], {"into": target})
        self._note(who, target, "tenant.import_requested", operation_id, {"from": source})
        given = {
            "exportOperationId": export["operationId"],
            "sourceTenantId": source,
            "sha256": export["result"]["sha256"],
        }
        record = {"operationId": operation_id, "kind": IMPORT, "tenantId": target, "input": given}
        queued = counter.operations.create({**record, "requestedBy": who.principal_id})
        try:
            self.workflow.start(operation_id, target)
        except AmbitError as failure:
            told = "The import could not be started. Begin it again."
            counter.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise
        return operation_reply(queued).model_dump(by_alias=True, exclude_none=True)

    def _note(self, who: Identity, tenant_id: TenantId, action: str, target: str, detail: Mapping[str, Any]) -> None:
        vault = self.vault(TenantContext(tenant_id, who.principal_id))
        vault.audit.append(AuditDraft(action, target, detail=detail))


def _export(counter: Counter, operation_id: str) -> Item:
    try:
        found = counter.operations.get(operation_id)
    except NotFound:
        found = {"kind": "", "status": ""}
    if found["kind"] != EXPORT or found["status"] != "succeeded":
        raise Unprocessable("exportOperationId must name an export that is done.")
    return found
