"""What operators do with the instances of any tenant.

They have no silent read of what tenants run, so nothing here can open a run, not even to end it: whoever may is told
that an agent is quarantined, and looks for itself whether it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data_access_lib.canary_work import CanaryBench
from data_access_lib.cursors import CursorCodec
from data_access_lib.instance_work import HoldBench, of_each, shown
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.tenant import TenantContext, TenantId
from governance.canary_models import CanaryReply, SetCanary
from governance.holds import HoldState
from governance.instance_models import BulkInstances, BulkReply, InstancePage, Quarantined
from platform_kit.identity import Identity

_ROUTE: Final = "GET /v1/tenants/{id}/instances"


@dataclass(frozen=True)
class Desk:
    """One tenant's instances, what holds them, and their canaries."""

    instances: Instances
    bench: HoldBench
    canaries: CanaryBench


@dataclass(frozen=True)
class TenantInstances:
    """`desk` opens a tenant with credentials for that tenant alone; `tell` says that an agent was quarantined.

    `note` writes an operator's access down before it is made; what is changed is in the tenant's own audit log.
    """

    tenants: TenantRecords
    desk: Callable[[TenantContext], Desk]
    note: Callable[[Identity, TenantId, str], None]
    tell: Callable[[Quarantined], None]
    cursors: CursorCodec

    def list(self, who: Identity, tenant: str, *, limit: int, cursor: str | None) -> InstancePage:
        """A tenant's instances, by agent; NotFound when there is no such tenant."""
        tenant_id, desk = self._inside(who, tenant, "list")
        after = str(self.cursors.decode(tenant_id, _ROUTE, cursor)["after"]) if cursor else None
        page = desk.instances.list(limit=limit, after=after)
        following = self.cursors.encode(tenant_id, _ROUTE, {"after": page.next_id}) if page.next_id else None
        items = [shown(item, desk.bench.holds.get(str(item["agent"]))) for item in page.items]
        return InstancePage(items=items, next_cursor=following)

    def bulk(self, who: Identity, tenant: str, wanted: BulkInstances) -> BulkReply:
        """Change how several instances of a tenant stand; what became of each."""
        tenant_id, desk = self._inside(who, tenant, wanted.status)

        def change(agent: str) -> None:
            desk.instances.get(agent)
            try:
                desk.bench.become(who.principal_id, agent, wanted.status, wanted.reason)
            finally:
                # Also when it is refused: it may be quarantined already, and what told of it have been lost.
                if wanted.status == HoldState.QUARANTINED.value:
                    self.tell(Quarantined(tenant_id=tenant_id, agent=agent))

        return of_each(wanted, change)

    def set_canary(self, who: Identity, tenant: str, agent: str, wanted: SetCanary) -> CanaryReply:
        """Start, change or end the canary of a tenant; its own audit log says who did. NotFound, Conflict."""
        _, desk = self._inside(who, tenant, "canary")
        return desk.canaries.become(who.principal_id, agent, wanted)

    def _inside(self, who: Identity, tenant: str, operation: str) -> tuple[TenantId, Desk]:
        """The tenant as the operator finds it."""
        tenant_id = TenantId(tenant)
        self.tenants.get(tenant_id)
        self.note(who, tenant_id, operation)
        return tenant_id, self.desk(TenantContext(tenant_id, who.principal_id))
