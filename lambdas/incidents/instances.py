"""Instances: a tenant's use of an agent, and how it stands. What holds one is its hold, and nothing else says so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import StaleVersion
from data_access_lib.instance_work import of_each, shown
from governance.instance_models import BulkInstances, BulkReply, InstancePage, InstanceReply, PatchInstance
from lambdas.incidents.mitigation import Desk, Mitigation
from platform_kit.domains import domain_of
from platform_kit.errors import NotFound
from platform_kit.identity import Identity

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
        items = [shown(item, desk.store.holds.get(str(item["agent"]))) for item in page.items if self._sees(who, item)]
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
        done = self.mitigation.become(desk, who, wanted.status, agent, wanted.reason)
        reply, now = self._whole(desk, record)
        return reply.model_copy(update={"ended": done.ended}), now

    def bulk(self, who: Identity, wanted: BulkInstances) -> BulkReply:
        """Change how several instances stand; what became of each."""
        desk = self.desk(who)

        def change(agent: str) -> int:
            desk.store.instances.get(agent)
            return self.mitigation.become(desk, who, wanted.status, agent, wanted.reason).ended

        return of_each(wanted, change)

    def _sees(self, who: Identity, record: Record) -> bool:
        """A machine's business is what its environment, agents and domains cover; people's is everything."""
        agent = str(record["agent"])
        domain = domain_of(self.mitigation.catalogue.templates.find(agent) or {}) if who.domains else ""
        return who.sees(agent, str(record.get("environment")), domain)

    def _whole(self, desk: Desk, record: Record) -> tuple[InstanceReply, int]:
        hold = desk.store.holds.get(str(record["agent"]))
        running = self.mitigation.going(desk, str(record["agent"]))
        return shown(record, hold, running), hold.version
