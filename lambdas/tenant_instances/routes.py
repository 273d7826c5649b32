"""`/v1/tenants/{id}/instances`: operators hold back what a tenant runs, and try versions, without seeing any of it."""

from typing import Final

from governance.canary_models import CanaryReply, SetCanary
from governance.instance_models import BulkInstances, BulkReply, InstancePage
from lambdas.tenant_instances.service import TenantInstances
from platform_kit.api import Call, Routes

ROUTES: Final = Routes("tenant_instances")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("GET /v1/tenants/{id}/instances", replies={200: InstancePage}, query=_PAGING)
def list_tenants_instances(call: Call, service: TenantInstances) -> InstancePage:
    """List a tenant's instances, by agent."""
    return service.list(call.who(), call.path["id"], limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("POST /v1/tenants/{id}/instances/bulk", request=BulkInstances, replies={200: BulkReply})
def change_tenants_instances(call: Call, service: TenantInstances, body: BulkInstances) -> BulkReply:
    """Change how several instances of a tenant stand; the tenant's audit log says who did, and why.

    What runs of a quarantined one ends within seconds of the answer.
    """
    return service.bulk(call.who(), call.path["id"], body)


@ROUTES.handle("POST /v1/tenants/{id}/instances/{agent}/canary", request=SetCanary, replies={200: CanaryReply})
def set_tenants_canary(call: Call, service: TenantInstances, body: SetCanary) -> CanaryReply:
    """Start, change or end (0 percent) a tenant's canary; the tenant's audit log says who did, and why."""
    return service.set_canary(call.who(), call.path["id"], call.path["agent"], body)
