"""`/v1/audit/checkpoints` and its keys for a tenant; for operators the check of a tenant's chain where it lies."""

from typing import Final

from data_access_lib.tenant import RESERVED, TenantContext, TenantId
from lambdas.checkpoints.models import AuditCheck, AuditCheckReply, AuditKeysReply, CheckpointPage, CheckpointReply
from lambdas.checkpoints.service import Checkpoints, PlatformChain
from platform_kit.api import Call, Routes

ROUTES: Final = Routes("checkpoints")
_LIST: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("POST /v1/audit/checkpoints", replies={200: CheckpointReply})
def make_checkpoint(call: Call, service: Checkpoints) -> CheckpointReply:
    """Sign where the tenant's audit log ends now."""
    return CheckpointReply.of(service.attest(_who(call)))


@ROUTES.handle("GET /v1/audit/checkpoints", replies={200: CheckpointPage}, query=_LIST)
def list_checkpoints(call: Call, service: Checkpoints) -> CheckpointPage:
    """List signed checkpoints, oldest first."""
    return service.list(_who(call), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/audit/keys", replies={200: AuditKeysReply})
def list_audit_keys(_call: Call, service: Checkpoints) -> AuditKeysReply:
    """Read the public keys that checkpoints are verified with."""
    return service.public_keys()


@ROUTES.handle("POST /v1/tenants/{id}/audit-check", request=AuditCheck, replies={200: AuditCheckReply})
def check_audit(call: Call, service: Checkpoints, body: AuditCheck) -> AuditCheckReply:
    """Verify a tenant's whole audit log where it lies, or with the id `platform` the platform's own."""
    principal_id, named = call.who().principal_id, call.path["id"]
    platform = named == RESERVED
    who = PlatformChain(principal_id) if platform else TenantContext(TenantId(named), principal_id)
    return service.check(who, repair_head=body.repair_head)


def _who(call: Call) -> TenantContext:
    identity = call.who()
    return TenantContext(TenantId(identity.tenant()), identity.principal_id)
