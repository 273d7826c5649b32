"""Canaries: a share of a tenant's sessions with an agent goes to its second approved version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.canary_work import CanaryBench
from governance.canary_models import CanaryReply, PutCanary
from lambdas.incidents.mitigation import Desk
from platform_kit.clock import Clock
from platform_kit.domains import domain_of
from platform_kit.errors import NotFound
from platform_kit.identity import Identity


@dataclass(frozen=True)
class CanaryService:
    """`desk` opens the caller's tenant with credentials for that tenant alone."""

    desk: Callable[[Identity], Desk]
    catalogue: PlatformCatalogue
    clock: Clock

    def get(self, who: Identity, agent: str) -> tuple[CanaryReply, int]:
        """The canary of an instance with what was seen, and the version of the instance's record."""
        bench = self._bench(who)
        return bench.shown(self._instance(bench, who, agent))

    def put(self, who: Identity, agent: str, etag: int, wanted: PutCanary) -> tuple[CanaryReply, int]:
        """Start a canary, or change the weight of the one that is on. StaleVersion; Conflict when nothing can be."""
        bench = self._bench(who)
        return bench.start(who.principal_id, self._instance(bench, who, agent), etag, wanted)

    def stop(self, who: Identity, agent: str, etag: int, reason: str) -> tuple[CanaryReply, int]:
        """End the canary that is on: every session goes to what tenants run. StaleVersion; Conflict when none is."""
        bench = self._bench(who)
        return bench.stop(who.principal_id, self._instance(bench, who, agent), etag, reason)

    def _bench(self, who: Identity) -> CanaryBench:
        desk, found = self.desk(who), self.catalogue
        store = desk.store
        return CanaryBench(store.instances, store.canaries, desk.audit, found.templates, found.versions, self.clock)

    def _instance(self, bench: CanaryBench, who: Identity, agent: str) -> Mapping[str, Any]:
        record = bench.instance(agent)
        domain = domain_of(self.catalogue.templates.find(agent) or {}) if who.domains else ""
        if not who.sees(agent, str(record.get("environment")), domain):
            raise NotFound("There is no such instance.")
        return record
