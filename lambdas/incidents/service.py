"""A tenant's incidents are looked at and worked on by its people; what is done is audited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.incident_work import Bench, whole
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.tenant import TenantContext, TenantId
from governance.incident_models import IncidentPage, IncidentReply, IncidentSummary, PatchIncident
from governance.incidents import Status
from governance.instance_models import Quarantined
from governance.postmortem import document
from lambdas.incidents.canaries import CanaryService
from lambdas.incidents.instances import InstanceService
from lambdas.incidents.mitigation import Desk, Done, Mitigation, shown
from lambdas.incidents.models import (
    HoldReply,
    Mitigate,
    MitigationReply,
    PutHold,
)
from lambdas.incidents.stops import OwnSwitches
from platform_kit.clock import Clock
from platform_kit.errors import Conflict, FieldError, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count
from run_lifecycle.store import OpenStore, TenantStore

_ROUTE: Final = "GET /v1/incidents"
_RUNS_TOLD: Final = 5
_EVENTS_READ: Final = 500
_ATTEMPTS: Final = 5
_PRINCIPAL: Final = "svc:incidents"
_DECISIONS: Final = frozenset({"policy", "halt"})

Item = Mapping[str, Any]


class Only(NamedTuple):
    """What a list is narrowed to."""

    status: str | None = None
    severity: str | None = None


@dataclass(frozen=True)
class IncidentService:
    """`desk` opens the caller's tenant, `open_store` any, each with credentials for that tenant alone."""

    desk: Callable[[Identity], Desk]
    mitigation: Mitigation
    cursors: CursorCodec
    clock: Clock
    switches: OwnSwitches
    instances: InstanceService
    canaries: CanaryService
    open_store: OpenStore

    def list(self, who: Identity, *, limit: int, cursor: str | None, only: Only) -> IncidentPage:
        """The tenant's incidents that are the caller's business, newest first."""
        named = f"{_ROUTE}?status={only.status or ''}&severity={only.severity or ''}"
        after = self.cursors.decode(who.tenant(), named, cursor)["after"] if cursor else None
        records = self.desk(who).store.incidents
        page = records.list(limit=limit, after=after, status=only.status, severity=only.severity)
        following = self.cursors.encode(who.tenant(), named, {"after": page.next_id}) if page.next_id else None
        listed = [IncidentSummary.model_validate(item) for item in page.items if _concerns(who, item.get("agent"))]
        return IncidentPage(items=listed, next_cursor=following)

    def get(self, who: Identity, incident_id: str) -> tuple[IncidentReply, int]:
        """An incident and its version; NotFound when there is none."""
        store = self.desk(who).store
        return _whole(store.incidents, _known(store.incidents, who, incident_id))

    def patch(self, who: Identity, incident_id: str, etag: int, wanted: PatchIncident) -> tuple[IncidentReply, int]:
        """Change an incident of version `etag`. StaleVersion; Conflict for what cannot become of it."""
        desk = self.desk(who)
        incident = _known(desk.store.incidents, who, incident_id)
        given = wanted.model_dump(exclude_none=True, exclude={"note"})
        bench = Bench(desk.store.incidents, desk.audit)
        made = bench.change(incident, etag, given, note=wanted.note, by=who.principal_id, moment=self.clock.now())
        count("IncidentChanged")
        return _whole(desk.store.incidents, made)

    def mitigate(self, who: Identity, incident_id: str, wanted: Mitigate) -> MitigationReply:
        """Do something about an incident: it is audited and done, the timeline says so, and it counts as mitigated."""
        desk = self.desk(who)
        incident = _known(desk.store.incidents, who, incident_id)
        target = wanted.target or _own_target(incident, wanted.action)
        done = self.mitigation.carry_out(desk, who, wanted.action, target, wanted.reason, incident_id)
        self._note(desk.store.incidents, who, incident_id, wanted, target, done)
        status = self._mitigated(desk.store.incidents, incident_id)
        count("IncidentMitigated", action=wanted.action)
        return MitigationReply(
            incident_id=incident_id,
            action=wanted.action,
            target=target,
            ended=done.ended,
            status=status,
            audit_seq=done.audit_seq,
        )

    def postmortem(self, who: Identity, incident_id: str) -> str:
        """The incident as Markdown."""
        store = self.desk(who).store
        incident = _known(store.incidents, who, incident_id)
        timeline = store.incidents.timeline(incident_id)
        runs = [str(entry["source"]) for entry in timeline if str(entry["source"]).startswith("run_")][-_RUNS_TOLD:]
        decisions = {run_id: _decisions(store, run_id) for run_id in runs}
        return document(incident, timeline, decisions)

    def hold(self, who: Identity, agent: str) -> tuple[HoldReply, int]:
        """How the tenant's agent is held, and the version of that; 0 when it never was."""
        if not _concerns(who, agent):
            raise NotFound("There is no such agent.")
        self.mitigation.check_agent(agent)
        return self._hold(self.desk(who), agent)

    def put_hold(self, who: Identity, agent: str, version: int, wanted: PutHold) -> tuple[HoldReply, int]:
        """Hold the tenant's agent; as it was when it is held so or more gravely. StaleVersion."""
        desk = self.desk(who)
        if desk.store.holds.get(agent).version != version:
            raise StaleVersion
        action = "pause" if wanted.state == "paused" else "quarantine"
        done = self.mitigation.carry_out(desk, who, action, agent, wanted.reason)
        reply, now = self._hold(desk, agent)
        return reply.model_copy(update={"ended": done.ended}), now

    def reset(self, who: Identity, agent: str, reason: str) -> tuple[HoldReply, int]:
        """Lift what holds the tenant's agent."""
        desk = self.desk(who)
        done = self.mitigation.reset(desk, who, agent, reason)
        if done.incident:
            title = f"{agent} was reset: {reason}"
            entry = {"type": "change", "title": title, "by": who.principal_id, "auditSeq": done.audit_seq}
            desk.store.incidents.note(done.incident, entry, self.clock.now())
        return self._hold(desk, agent)

    def end_quarantined(self, told: Quarantined) -> int:
        """End what runs of an agent, if it is quarantined: how many were ended."""
        store = self.open_store(TenantContext(TenantId(told.tenant_id), _PRINCIPAL))
        return self.mitigation.end_quarantined(store, told.agent)

    def _hold(self, desk: Desk, agent: str) -> tuple[HoldReply, int]:
        hold = desk.store.holds.get(agent)
        return shown(agent, hold, self.clock.now()), hold.version

    def _note(
        self, records: Incidents, who: Identity, incident_id: str, wanted: Mitigate, target: str, done: Done
    ) -> None:
        ended = f", {done.ended} runs ended" if done.ended else ""
        title = f"{wanted.action} {target}{ended}"
        entry = {"type": "mitigation", "title": title, "by": who.principal_id, "auditSeq": done.audit_seq}
        records.note(incident_id, {**entry, "note": wanted.reason}, self.clock.now())

    def _mitigated(self, records: Incidents, incident_id: str) -> Any:
        """An open incident is mitigated now; one that somebody changes at this moment is looked at again."""
        for _ in range(_ATTEMPTS):
            incident = records.get(incident_id)
            if incident["status"] != Status.OPEN:
                return incident["status"]
            try:
                records.change(incident, {"status": Status.MITIGATED.value})
            except ConditionFailed:
                continue
            return Status.MITIGATED.value
        raise Conflict("The incident is being changed by others. What was asked for is done.")


def _decisions(store: TenantStore, run_id: str) -> list[dict[str, Any]]:
    """What was decided against a run's calls, as its log has it."""
    return [event for event in store.runs.log.read(run_id, limit=_EVENTS_READ) if event["event"] in _DECISIONS]


def _whole(records: Incidents, incident: Item) -> tuple[IncidentReply, int]:
    return IncidentReply.model_validate(whole(records, dict(incident))), int(incident["etag"])


def _known(records: Incidents, who: Identity, incident_id: str) -> dict[str, Any]:
    incident = records.get(incident_id)
    if not _concerns(who, incident.get("agent")):
        raise NotFound("There is no such incident.")
    return incident


def _concerns(who: Identity, agent: str | None) -> bool:
    """Whether an incident is a caller's business: of a machine that is for some agents, only those of these are."""
    return not who.agents or agent in who.agents


def _own_target(incident: Item, action: str) -> str:
    """What an action is done to when nothing is named: the incident's agent, or its last run."""
    own = {"pause": "agent", "quarantine": "agent", "kill_run": "lastRun"}.get(action, "")
    if not incident.get(own):
        raise Unprocessable("Say what it shall be done to.", errors=(FieldError("/target", "is needed here"),))
    return str(incident[own])
