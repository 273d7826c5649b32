"""From what changed in the tables to what is told of it: the tenant's log, the event bus, webhook endpoints.

Each event is written to the log first, under an id that is made of the fact, and marked when it was told: whoever dies
in between tells it again, under the same id. Deliveries likewise are made once for an event and an endpoint.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.delivery_work import deliveries_of
from data_access_lib.errors import InvalidIdentifier, ResidencyViolation
from data_access_lib.outgoing import DispatchQueue, EventBus
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import Logged, TenantEvents
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.tenant import TenantId
from governance.events import PlatformEvent, facts
from governance.tiers import limits
from lambdas.event_publisher.models import (
    ApprovalMoved,
    EndpointMoved,
    IncidentOpened,
    RunEnded,
    Seen,
    TenantMoved,
    VersionMoved,
    number_of,
    read,
)
from platform_kit.clock import Clock, parse_rfc3339, rfc3339
from platform_kit.errors import VersionTampered
from platform_kit.observability import count, logger

MOST_AGE: Final = timedelta(days=2)
"""What is older is not told: a stream keeps a day, so it is the change of a record that tells of something long ago."""
_GONE: Final = frozenset({"provisioning", "failed", "deleting", "deleted"})
_PAGE: Final = 100
Record = Mapping[str, Any]


@dataclass(frozen=True)
class TenantDesk:
    """One tenant, with credentials for this tenant alone, and none for what its content is sealed with."""

    events: TenantEvents
    webhooks: Webhooks
    deliveries: Deliveries
    runs: Runs
    incidents: IncidentRecords
    budgets: Budgets
    instances: Instances


@dataclass(frozen=True)
class EventPublisher:
    """`desk` opens a tenant; `reached` remembers which thresholds of budgets this process has told."""

    desk: Callable[[TenantId], TenantDesk]
    catalogue: Callable[[], PlatformCatalogue]
    bus: EventBus
    queue: DispatchQueue
    clock: Clock
    reached: set[tuple[str, str, int]] = field(default_factory=set)

    def take(self, records: Iterable[Record]) -> str | None:
        """Tell what the records tell of; the first place in the stream from where to try again, None when all is told.

        What comes after a failure is told all the same: told twice is told once.
        """
        failed: str | None = None
        for record in records:
            try:
                self._take(record)
            except ResidencyViolation:
                logger().info("a tenant of another region is told there")
            except Exception:  # noqa: BLE001 - whatever it was, what the other records tell of is told
                logger().exception("an event could not be told")
                count("EventNotTold")
                failed = failed or number_of(record)
        return failed

    def _take(self, record: Record) -> None:
        try:
            seen = read(record)
        except (LookupError, TypeError, ValueError, InvalidIdentifier):
            count("EventUnreadable")
            return
        if isinstance(seen, VersionMoved):
            self._version(seen)
        elif seen is not None and (tenant := self._tenant(seen.tenant_id)):
            desk = self.desk(seen.tenant_id)
            self._tell(desk, [desk.events.put(event) for event in self._of(desk, seen, tenant) if self._fresh(event)])
            if isinstance(seen, RunEnded):
                self._thresholds(desk, seen.tenant_id, tenant)

    def _of(self, desk: TenantDesk, seen: Seen, tenant: Record) -> list[PlatformEvent]:
        """The events that tell of it; none when it is gone meanwhile, or nothing to be told."""
        owner = str(tenant["tenantId"])
        match seen:
            case RunEnded():
                run = desk.runs.outline(seen.run_id)
                return facts.of_run(owner, run) if run and run.get("finishedAt") else []
            case ApprovalMoved():
                return _some(facts.of_approval(owner, seen.record))
            case IncidentOpened():
                incident = desk.incidents.find(seen.incident_id)
                return [facts.of_incident(owner, incident)] if incident else []
            case EndpointMoved():
                endpoint = desk.webhooks.outline(seen.webhook_id)
                return _some(facts.of_webhook(owner, endpoint) if endpoint else None)
            case TenantMoved():
                return _some(facts.of_suspension(tenant))
        return []

    def _thresholds(self, desk: TenantDesk, tenant_id: TenantId, tenant: Record) -> None:
        """Tell of those of the month's budget that are reached, each once a month."""
        limit = int(tenant.get("monthlyBudgetPico") or limits(str(tenant["tier"])).monthly_budget)
        now, status = self.clock.now(), desk.budgets.status(limit)
        for percent in facts.reached(status.spent, limit):
            mark = (str(tenant_id), status.month, percent)
            if mark not in self.reached:
                told = facts.of_budget(str(tenant_id), status.month, percent, status.spent, limit, now)
                self._tell(desk, [desk.events.put_once(f"budget#{status.month}#{percent}", told)])
                self.reached.add(mark)

    def _version(self, seen: VersionMoved) -> None:
        """Tell every tenant that has used the agent."""
        catalogue = self.catalogue()
        try:
            version = catalogue.versions.find(seen.agent, seen.version_id)
        except VersionTampered:  # its operators have an incident
            return
        template = catalogue.templates.find(seen.agent)
        if version is None or template is None:
            return
        failures: list[Exception] = []
        for tenant in self._tenants(catalogue):
            event = facts.of_version(str(tenant["tenantId"]), version, template)
            if event is None or not self._fresh(event):
                return
            try:
                self._version_to(TenantId(tenant["tenantId"]), seen.agent, event)
            except ResidencyViolation:
                continue  # it is told in its own region
            except Exception as failure:  # noqa: BLE001 - one tenant that cannot be told holds up no other
                failures.append(failure)
        if failures:
            raise failures[0]

    def _version_to(self, tenant_id: TenantId, agent: str, event: PlatformEvent) -> None:
        desk = self.desk(tenant_id)
        if desk.instances.find(agent) is not None:
            self._tell(desk, [desk.events.put(event)])

    def _tell(self, desk: TenantDesk, found: list[Logged]) -> None:
        new = [logged.event for logged in found if not logged.told]
        if not new:
            return
        endpoints = desk.webhooks.outlines()
        self.bus.put(new)
        self.queue.send([one for event in new for one in deliveries_of(desk.deliveries, event, endpoints)])
        for event in new:
            desk.events.mark_told(event.event_id, rfc3339(self.clock.now()))
            count("EventPublished", type=event.type)

    def _fresh(self, event: PlatformEvent) -> bool:
        return self.clock.now() - parse_rfc3339(event.time) <= MOST_AGE

    def _tenant(self, tenant_id: TenantId) -> Record | None:
        """The tenant's record; None of one that is not there to be told."""
        tenant = self.catalogue().tenants.find(tenant_id, consistent=True)
        return None if tenant is None or tenant.get("status") in _GONE else tenant

    def _tenants(self, catalogue: PlatformCatalogue) -> Iterator[Record]:
        after: str | None = None
        while True:
            page = catalogue.tenants.list(limit=_PAGE, after=after)
            yield from (tenant for tenant in page.items if tenant.get("status") not in _GONE)
            after = page.next_id
            if after is None:
                return


def _some(event: PlatformEvent | None) -> list[PlatformEvent]:
    return [] if event is None else [event]
