"""Canaries: a share of a tenant's sessions with an agent goes to its second approved version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories import instances
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.tenant import TenantId
from governance.canary import ON, Tallies, Tally, ended, failing, going
from lambdas.incidents.canary_models import CanaryReply, PutCanary, SeenReply, SetCanary, percent_of, weight_of
from lambdas.incidents.mitigation import Desk
from platform_kit.clock import Clock, rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import Conflict, NotFound
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

_APPROVED: Final = "approved"
_ATTEMPTS: Final = 5

Record = Mapping[str, Any]


@dataclass(frozen=True)
class CanaryService:
    """`desk` opens the caller's tenant with credentials for that tenant alone."""

    desk: Callable[[Identity], Desk]
    catalogue: PlatformCatalogue
    clock: Clock

    def get(self, who: Identity, agent: str) -> tuple[CanaryReply, int]:
        """The canary of an instance with what was seen, and the version of the instance's record."""
        desk = self.desk(who)
        return self._shown(desk, self._instance(desk, who, agent))

    def put(self, who: Identity, agent: str, etag: int, wanted: PutCanary) -> tuple[CanaryReply, int]:
        """Start a canary, or change the weight of the one that is on. StaleVersion; Conflict when nothing can be."""
        desk = self.desk(who)
        record = self._instance(desk, who, agent)
        return self._start(desk, who, record, etag, wanted)

    def stop(self, who: Identity, agent: str, etag: int, reason: str) -> tuple[CanaryReply, int]:
        """End the canary that is on: every session goes to what tenants run. StaleVersion; Conflict when none is."""
        desk = self.desk(who)
        return self._stop(desk, who, self._instance(desk, who, agent), etag, reason)

    def set(self, who: Identity, agent: str, wanted: SetCanary) -> CanaryReply:
        """Start, change or (0 percent) end a canary whatever the record's version is; who changes it last is right."""
        desk = self.desk(who)
        for _ in range(_ATTEMPTS):
            record = self._instance(desk, who, agent)
            try:
                return self._set(desk, who, record, wanted)[0]
            except StaleVersion:
                continue
        raise Conflict("The instance is being changed by others. Look again, then decide.", retry_after=1)

    def _set(self, desk: Desk, who: Identity, record: Record, wanted: SetCanary) -> tuple[CanaryReply, int]:
        etag = int(record["etag"])
        if not wanted.percent:
            return self._stop(desk, who, record, etag, wanted.reason)
        return self._start(desk, who, record, etag, wanted)

    def _instance(self, desk: Desk, who: Identity, agent: str) -> Record:
        record = desk.store.instances.get(agent, consistent=True)
        domain = domain_of(self.catalogue.templates.find(agent) or {}) if who.domains else ""
        if not who.sees(agent, str(record.get("environment")), domain):
            raise NotFound("There is no such instance.")
        return record

    def _start(
        self, desk: Desk, who: Identity, record: Record, etag: int, wanted: PutCanary | SetCanary
    ) -> tuple[CanaryReply, int]:
        stable, candidate = self._versions(record, wanted.version_id)
        before = record.get("canary") or {}
        on = going(before)
        same = on is not None and (on.stable, on.candidate) == (stable, candidate)
        now, by = rfc3339(self.clock.now()), who.principal_id
        first = {"canaryId": new_id("can"), "stable": stable, "candidate": candidate, "startedAt": now, "startedBy": by}
        kept = {**(before if same else first), "status": ON, "weight": weight_of(wanted.percent)}
        kept["reason"] = wanted.reason
        action = "canary.changed" if same else "canary.started"
        return self._write(desk, record, etag, kept, action, before if same else {})

    def _stop(self, desk: Desk, who: Identity, record: Record, etag: int, reason: str) -> tuple[CanaryReply, int]:
        kept = record.get("canary") or {}
        if int(record["etag"]) != etag:
            raise StaleVersion
        if kept.get("status") != ON:
            raise Conflict("No canary is on.")
        done = ended(kept, who.principal_id, reason, rfc3339(self.clock.now()))
        return self._write(desk, record, etag, done, "canary.stopped", kept)

    def _write(
        self, desk: Desk, record: Record, etag: int, kept: Record, action: str, before: Record
    ) -> tuple[CanaryReply, int]:
        """One transaction with its audit entry."""
        agent = str(record["agent"])
        names = ("canaryId", "stable", "candidate", "weight", "reason")
        detail = {**{name: kept[name] for name in names}, "before": before.get("weight")}
        draft = AuditDraft(action, agent, detail=detail)
        try:
            desk.audit.commit(draft, lambda found: desk.store.instances.update_in(found, agent, etag, {"canary": kept}))
        except ConditionFailed as failure:
            if failure.label != instances.LABEL:
                raise
            raise StaleVersion from None
        count("CanaryChanged", action=action)
        return self._shown(desk, {**record, "canary": kept, "etag": etag + 1})

    def _versions(self, record: Record, wanted: str | None) -> tuple[str, str]:
        """The version that tenants run and the one to try beside it: both approved, and two."""
        agent = str(record["agent"])
        template = self.catalogue.templates.get(agent)
        stable = record.get("versionId") or template.get("approvedVersionId")
        candidate = wanted or template.get("secondVersionId")
        if candidate is None:
            raise Conflict(f"{agent} has no second approved version. `ambit versions promote … --second` makes one.")
        if candidate == stable:
            raise Conflict("A canary has two versions, and this is the one that runs already.")
        for version_id in (stable, candidate):
            if not self._is_approved(agent, version_id):
                raise Conflict(f"The version {version_id} is not approved. Only approved versions get sessions.")
        return str(stable), str(candidate)

    def _is_approved(self, agent: str, version_id: str | None) -> bool:
        found = self.catalogue.versions.find(agent, version_id) if version_id else None
        return found is not None and found["status"] == _APPROVED

    def _is_void(self, record: Record, kept: Record) -> bool:
        """Whether resolution passes the canary over; a record that does not hold gets no session either."""
        agent = str(record["agent"])
        template = self.catalogue.templates.find(agent) or {}
        if (record.get("versionId") or template.get("approvedVersionId")) != kept["stable"]:
            return True
        try:
            return not self._is_approved(agent, kept["candidate"])
        except Conflict:
            return True

    def _shown(self, desk: Desk, record: Record) -> tuple[CanaryReply, int]:
        kept, etag = record.get("canary"), int(record["etag"])
        if not kept:
            return CanaryReply(agent=str(record["agent"]), status="none"), etag
        tallies = desk.store.canaries.get(str(kept["canaryId"]))
        status = "void" if kept["status"] == ON and self._is_void(record, kept) else kept["status"]
        names = ("canaryId", "startedAt", "startedBy", "endedAt", "endedBy", "reason")
        told = {name: kept.get(name) for name in names}
        return _reply({**told, "agent": record["agent"], "status": status}, kept, tallies), etag


@dataclass(frozen=True)
class TenantsCanaries:
    """The canaries of any tenant, for operators: `note` writes an access down before it is made."""

    tenants: TenantRecords
    service: CanaryService
    note: Callable[[Identity, TenantId, str], None]

    def set(self, who: Identity, tenant: str, agent: str, wanted: SetCanary) -> CanaryReply:
        """Start, change or end the canary of a tenant; its own audit log says who did. NotFound."""
        tenant_id = TenantId(tenant)
        self.tenants.get(tenant_id)
        self.note(who, tenant_id, "canary")
        return self.service.set(replace(who, tenant_id=str(tenant_id)), agent, wanted)


def _reply(told: Record, kept: Record, tallies: Tallies) -> CanaryReply:
    return CanaryReply.model_validate(
        {
            **told,
            "percent": percent_of(int(kept["weight"])),
            "stable": _seen(kept["stable"], tallies.stable),
            "candidate": _seen(kept["candidate"], tallies.candidate),
            "verdict": failing(tallies.stable, tallies.candidate) or "as_well",
        }
    )


def _seen(version_id: str, tally: Tally) -> SeenReply:
    of_all = 1 / max(1, tally.runs)
    return SeenReply(
        version_id=version_id,
        runs=tally.runs,
        failed=tally.failed,
        blocked=tally.blocked,
        failure_rate=round(tally.failed * of_all, 6),
        block_rate=round(tally.blocked * of_all, 6),
        p95_ms=round(tally.percentile(0.95), 1),
    )
