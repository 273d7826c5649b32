"""Tenants for operators, and the caller's own tenant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from data_access_lib.tenant import TenantId
from governance.tiers import Tier
from lambdas.tenants.deletion import Deletions
from lambdas.tenants.exports import Counter, Exports
from lambdas.tenants.imports import Imports
from lambdas.tenants.models import (
    CreateTenant,
    DeleteTenant,
    ImportTenant,
    OperationReply,
    OwnTenantReply,
    SuspendTenant,
    TenantPage,
    TenantReply,
    UpdateOwnTenant,
    UpdateTenant,
)
from lambdas.tenants.own import OwnTenant
from lambdas.tenants.rotation import KeyRotation
from lambdas.tenants.service import TenantService
from lambdas.tenants.sweeps import Sweeps
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError
from platform_kit.identity import Identity

ROUTES: Final = Routes("tenants")
_STATUSES: Final = ("provisioning", "active", "suspended", "failed", "deleting", "deleted")
_MOST_DIGITS: Final = 6
_DOWNLOADS: Final = {"partsAfter": "Of an export that is done: give the downloads of the parts behind this number."}
_QUERY: Final = {
    "limit": "How many at most, 1 to 100.",
    "cursor": "Where an earlier page ended; with the same filters.",
    "status": "Only tenants in this state.",
    "tier": "Only tenants of this tier.",
}


@dataclass(frozen=True)
class TenantsApi:
    """What the routes need."""

    service: TenantService
    own: OwnTenant
    exports: Exports
    imports: Imports
    deletions: Deletions
    own_counter: Callable[[Identity], Counter]
    rotation: KeyRotation
    sweeps: Sweeps


@ROUTES.handle("POST /v1/tenants", request=CreateTenant, replies={202: OperationReply})
def create_tenant(call: Call, api: TenantsApi, body: CreateTenant) -> Reply:
    """Create a tenant: accepted, then provisioned by an operation."""
    made, replayed = api.service.create(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/operations/{made.operation_id}"}
    return Reply(made, 202, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("GET /v1/tenants", replies={200: TenantPage}, query=_QUERY)
def list_tenants(call: Call, api: TenantsApi) -> TenantPage:
    """List tenants by id."""
    status, tier = call.choice("status", _STATUSES), call.choice("tier", tuple(Tier))
    return api.service.list(call.who(), limit=call.limit(), cursor=call.cursor, status=status, tier=tier)


@ROUTES.handle("GET /v1/tenants/{id}", replies={200: TenantReply})
def get_tenant(call: Call, api: TenantsApi) -> Reply:
    """Look at one tenant."""
    return _tagged(*api.service.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/tenants/{id}", request=UpdateTenant, replies={200: TenantReply})
def update_tenant(call: Call, api: TenantsApi, body: UpdateTenant) -> Reply:
    """Change a tenant; a new tier or budget is carried out by an operation."""
    return _tagged(*api.service.update(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("DELETE /v1/tenants/{id}", request=DeleteTenant, replies={202: OperationReply})
def delete_tenant(call: Call, api: TenantsApi, body: DeleteTenant) -> Reply:
    """Close a tenant for good and delete all it has, again if need be; the operation ends in a certificate."""
    counter = api.service.office(call.who()).counter()
    begun = api.deletions.begin(counter, call.who(), TenantId(call.path["id"]), call.if_match(), body)
    return Reply(begun, 202, {"location": f"/v1/operations/{begun.operation_id}"})


@ROUTES.handle("POST /v1/tenants/{id}/suspend", request=SuspendTenant, replies={200: TenantReply})
def suspend_tenant(call: Call, api: TenantsApi, body: SuspendTenant) -> Reply:
    """Stop everything a tenant does, within 60 s."""
    return _tagged(*api.service.suspend(call.who(), call.path["id"], body))


@ROUTES.handle("POST /v1/tenants/{id}/reinstate", replies={200: TenantReply})
def reinstate_tenant(call: Call, api: TenantsApi) -> Reply:
    """Let a suspended tenant work again."""
    return _tagged(*api.service.reinstate(call.who(), call.path["id"]))


@ROUTES.handle("POST /v1/tenants/{id}/rotate-key", replies={202: OperationReply})
def rotate_tenant_key(call: Call, api: TenantsApi) -> Reply:
    """Take a new data key into use for a tenant; what was stored before stays readable."""
    office, tenant_id = api.service.office(call.who()), TenantId(call.path["id"])
    begun, replayed = api.rotation.begin(office, call.who(), tenant_id, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/operations/{begun.operation_id}"}
    return Reply(begun, 202, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("POST /v1/tenants/{id}/export", replies={202: OperationReply})
def export_tenant(call: Call, api: TenantsApi) -> Reply:
    """Export all that a tenant has, as files with hashes below its own prefix; the operation gives the downloads."""
    counter = api.service.office(call.who()).counter()
    return _begun(call, api.exports, counter, TenantId(call.path["id"]), "/v1/operations")


@ROUTES.handle("POST /v1/tenants/{id}/import", request=ImportTenant, replies={202: OperationReply})
def import_tenant(call: Call, api: TenantsApi, body: ImportTenant) -> Reply:
    """Write another tenant's export into this fresh one; every hash is verified before the first write."""
    counter, target = api.service.office(call.who()).counter(), TenantId(call.path["id"])
    begun, replayed = api.imports.begin(counter, call.who(), target, body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/operations/{begun.operation_id}"}
    return Reply(begun, 202, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("POST /v1/platform/retention-sweeps", replies={202: OperationReply})
def sweep_retention(call: Call, api: TenantsApi) -> Reply:
    """Remove what is past its time now, of all tenants, and not only by night; the operation tells what was removed."""
    counter = api.service.office(call.who()).counter()
    begun, replayed = api.sweeps.begin(counter, call.who(), key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/operations/{begun.operation_id}"}
    return Reply(begun, 202, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("GET /v1/operations/{id}", replies={200: OperationReply}, query=_DOWNLOADS)
def get_operation(call: Call, api: TenantsApi) -> OperationReply:
    """See how far an operation is."""
    operation = api.service.operation(call.who(), call.path["id"])
    return api.exports.shown(call.who(), operation, after=_parts_after(call))


@ROUTES.handle("GET /v1/tenant", replies={200: OwnTenantReply})
def get_own_tenant(call: Call, api: TenantsApi) -> Reply:
    """Look at one's own tenant."""
    return _tagged(*api.own.get(call.who()))


@ROUTES.handle("PATCH /v1/tenant", request=UpdateOwnTenant, replies={200: OwnTenantReply})
def update_own_tenant(call: Call, api: TenantsApi, body: UpdateOwnTenant) -> Reply:
    """Change one's own tenant's settings."""
    return _tagged(*api.own.update(call.who(), call.if_match(), body))


@ROUTES.handle("POST /v1/tenant/export", replies={202: OperationReply})
def export_own_tenant(call: Call, api: TenantsApi) -> Reply:
    """Export all that one's own tenant has."""
    tenant_id = TenantId(call.who().tenant())
    return _begun(call, api.exports, api.own_counter(call.who()), tenant_id, "/v1/tenant/exports")


@ROUTES.handle("GET /v1/tenant/exports/{id}", replies={200: OperationReply}, query=_DOWNLOADS)
def get_own_export(call: Call, api: TenantsApi) -> OperationReply:
    """See how far an export of one's own tenant is, and fetch it."""
    counter = api.own_counter(call.who())
    operation = api.exports.own(counter, TenantId(call.who().tenant()), call.path["id"])
    return api.exports.shown(call.who(), operation, after=_parts_after(call))


def _begun(call: Call, exports: Exports, counter: Counter, tenant_id: TenantId, home: str) -> Reply:
    key = call.idempotency_key
    begun, replayed = exports.begin(counter, call.who(), tenant_id, call.route.key, key=key, body=call.raw_body)
    headers = {"location": f"{home}/{begun.operation_id}"}
    return Reply(begun, 202, headers | ({"idempotency-replayed": "true"} if replayed else {}))


def _parts_after(call: Call) -> int:
    """How many parts the caller has already: downloads come a hundred at a time."""
    text = call.query.get("partsAfter", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        told = "the number of parts you have"
        raise BadRequest(f"partsAfter must be {told}.", errors=(FieldError("?partsAfter", told),))
    return int(text)


def _tagged(body: BaseModel, etag: int) -> Reply:
    return Reply(body, 200, {"etag": f'"{etag}"'})
