"""Instances: a tenant's use of an agent, and how it stands. What holds one is its hold, and nothing else says so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import StaleVersion
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.tenant import TenantId
from governance.holds import ACTIVE, INSTANCE_MOVES, Hold, HoldState
from lambdas.incidents.instance_models import (
    BulkInstances,
    BulkItem,
    BulkReply,
    InstancePage,
    InstanceReply,
    PatchInstance,
)
from lambdas.incidents.mitigation import Desk, Done, Mitigation
from platform_kit.clock import rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import AmbitError, Conflict, NotFound
from platform_kit.identity import Identity
from platform_kit.observability import count

_ROUTE: Final = "GET /v1/instances"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class InstanceService:
    """`desk` opens the caller's tenant with credentials for that tenant alone."""

    desk: Callable[[Identity], Desk]
    mitigation: Mitigation
    cursors: CursorCodec

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> InstancePage:
        """The tenant's instances that are the caller's business, by agent."""
        desk = self.desk(who)
        after = str(self.cursors.decode(who.tenant(), _ROUTE, cursor)["after"]) if cursor else None
        page = desk.store.instances.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant(), _ROUTE, {"after": page.next_id}) if page.next_id else None
        items = [_shown(item, desk.store.holds.get(str(item["agent"]))) for item in page.items if self._sees(who, item)]
        return InstancePage(items=items, next_cursor=following)

    def get(self, who: Identity, agent: str) -> tuple[InstanceReply, int]:
        """One instance and the version of its hold; 0 when nothing ever held it."""
        desk = self.desk(who)
        record = desk.store.instances.get(agent)
        if not self._sees(who, record):
            raise NotFound("There is no such instance.")
        return self._whole(desk, record)

    def patch(self, who: Identity, agent: str, version: int, wanted: PatchInstance) -> tuple[InstanceReply, int]:
        """Change how an instance of this version stands. StaleVersion; Conflict names what it may become."""
        desk = self.desk(who)
        record = desk.store.instances.get(agent)
        if desk.store.holds.get(agent).version != version:
            raise StaleVersion
        done = self._move(desk, who, agent, wanted.status, wanted.reason)
        reply, now = self._whole(desk, record)
        return reply.model_copy(update={"ended": done.ended}), now

    def bulk(self, who: Identity, wanted: BulkInstances) -> BulkReply:
        """Change how several instances stand; what became of each."""
        desk = self.desk(who)
        items = [self._one(desk, who, agent, wanted) for agent in dict.fromkeys(wanted.agents)]
        done = sum(item.done for item in items)
        count("InstancesChanged", state=wanted.status)
        return BulkReply(done=done, failed=len(items) - done, items=items)

    def _sees(self, who: Identity, record: Record) -> bool:
        """A machine's business is what its environment, agents and domains cover; people's is everything."""
        agent = str(record["agent"])
        domain = domain_of(self.mitigation.catalogue.templates.find(agent) or {}) if who.domains else ""
        return who.sees(agent, str(record.get("environment")), domain)

    def _one(self, desk: Desk, who: Identity, agent: str, wanted: BulkInstances) -> BulkItem:
        try:
            desk.store.instances.get(agent)
            done = self._move(desk, who, agent, wanted.status, wanted.reason)
        except AmbitError as refused:
            return BulkItem(agent=agent, done=False, code=refused.code, detail=refused.detail)
        return BulkItem(agent=agent, done=True, status=wanted.status, ended=done.ended)

    def _move(self, desk: Desk, who: Identity, agent: str, status: str, reason: str) -> Done:
        if status != ACTIVE:
            return self.mitigation.move(desk, who, HoldState(status), agent, reason)
        if desk.store.holds.get(agent).held is None:
            raise Conflict(f"An instance that is {ACTIVE} may become {', '.join(INSTANCE_MOVES[ACTIVE])}.")
        return self.mitigation.reset(desk, who, agent, reason)

    def _whole(self, desk: Desk, record: Record) -> tuple[InstanceReply, int]:
        hold = desk.store.holds.get(str(record["agent"]))
        running = self.mitigation.going(desk, str(record["agent"]))
        return _shown(record, hold, running), hold.version


@dataclass(frozen=True)
class TenantsInstances:
    """The instances of any tenant, for operators.

    `note` writes an operator's access down before it is made; what is changed is in the tenant's own audit log.
    """

    tenants: TenantRecords
    service: InstanceService
    note: Callable[[Identity, TenantId, str], None]

    def list(self, who: Identity, tenant: str, *, limit: int, cursor: str | None) -> InstancePage:
        """A tenant's instances, by agent; NotFound when there is no such tenant."""
        return self.service.list(self._inside(who, tenant, "list"), limit=limit, cursor=cursor)

    def bulk(self, who: Identity, tenant: str, wanted: BulkInstances) -> BulkReply:
        """Change how several instances of a tenant stand; what became of each."""
        return self.service.bulk(self._inside(who, tenant, wanted.status), wanted)

    def _inside(self, who: Identity, tenant: str, operation: str) -> Identity:
        """The operator as somebody inside the tenant."""
        tenant_id = TenantId(tenant)
        self.tenants.get(tenant_id)
        self.note(who, tenant_id, operation)
        return replace(who, tenant_id=str(tenant_id))


def _shown(record: Record, hold: Hold, running: int | None = None) -> InstanceReply:
    """As it stands: what is draining and has no run left is paused, which is what it is to whoever calls it."""
    drained = hold.held is not None and hold.held.state is HoldState.DRAINING and running == 0
    state, what = "paused" if drained else hold.state, hold.held
    told = {name: record.get(name) for name in ("instanceId", "agent", "environment", "versionId", "createdAt")}
    return InstanceReply.model_validate(
        {
            **told,
            "status": state,
            "transitions": list(INSTANCE_MOVES[hold.state]),
            "reason": what.reason if what else None,
            "by": what.by if what else None,
            "since": rfc3339(datetime.fromtimestamp(what.at / 1000, UTC)) if what else None,
            "running": running,
        }
    )
