"""What people make of a tenant's canaries: its own administrators and the platform's operators alike.

A canary stands in the instance's record and changes together with the tenant's audit chain, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories import instances
from data_access_lib.repositories.audit import AuditDraft
from governance.canary import ON, Seen, Tally, convicted, ended, going
from governance.canary_models import CanaryReply, SeenReply, percent_of, weight_of
from platform_kit.clock import rfc3339
from platform_kit.errors import Conflict
from platform_kit.ids import new_id
from platform_kit.observability import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.repositories.audit import AuditLog
    from data_access_lib.repositories.canaries import Canaries
    from data_access_lib.repositories.catalogue import TemplateRecords
    from data_access_lib.repositories.instances import Instances
    from data_access_lib.verified_versions import VerifiedVersions
    from governance.canary_models import PutCanary, SetCanary
    from platform_kit.clock import Clock

_APPROVED: Final = "approved"
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class CanaryBench:
    """One tenant's instances, what was seen of their canaries, and its audit chain. `by` is a principal's id.

    `templates` and `versions` are the platform's.
    """

    instances: Instances
    seen: Canaries
    audit: AuditLog
    templates: TemplateRecords
    versions: VerifiedVersions
    clock: Clock

    def instance(self, agent: str) -> Mapping[str, Any]:
        """The record of an instance as it is now; NotFound."""
        return self.instances.get(agent, consistent=True)

    def shown(self, record: Mapping[str, Any]) -> tuple[CanaryReply, int]:
        """The canary of an instance with what was seen, and the version of the instance's record."""
        kept, etag = record.get("canary"), int(record["etag"])
        if not kept:
            return CanaryReply(agent=str(record["agent"]), status="none"), etag
        seen = self.seen.seen(str(kept["canaryId"]), self.clock.now())
        status = "void" if kept["status"] == ON and self._is_void(record, kept) else kept["status"]
        names = ("canaryId", "startedAt", "startedBy", "endedAt", "endedBy", "reason")
        told = {name: kept.get(name) for name in names}
        return _reply({**told, "agent": record["agent"], "status": status}, kept, seen), etag

    def start(
        self, by: str, record: Mapping[str, Any], etag: int, wanted: PutCanary | SetCanary
    ) -> tuple[CanaryReply, int]:
        """Start a canary, or change the weight of the one that is on. StaleVersion; Conflict when nothing can be."""
        stable, candidate = self._versions(record, wanted.version_id)
        before = record.get("canary") or {}
        on = going(before)
        same = on is not None and (on.stable, on.candidate) == (stable, candidate["versionId"]) and on.admits(candidate)
        first = {
            "canaryId": new_id("can"),
            "stable": stable,
            "candidate": candidate["versionId"],
            "candidateApprovedAt": candidate.get("approvedAt"),
            "startedAt": rfc3339(self.clock.now()),
            "startedBy": by,
        }
        kept = {**(before if same else first), "status": ON, "weight": weight_of(wanted.percent)}
        kept["reason"] = wanted.reason
        action = "canary.changed" if same else "canary.started"
        return self._write(record, etag, kept, action, before if same else {})

    def stop(self, by: str, record: Mapping[str, Any], etag: int, reason: str) -> tuple[CanaryReply, int]:
        """End the canary that is on: every session goes to what tenants run. StaleVersion; Conflict when none is."""
        kept = record.get("canary") or {}
        if int(record["etag"]) != etag:
            raise StaleVersion
        if kept.get("status") != ON:
            raise Conflict("No canary is on.")
        done = ended(kept, by, reason, rfc3339(self.clock.now()))
        return self._write(record, etag, done, "canary.stopped", kept)

    def become(self, by: str, agent: str, wanted: SetCanary) -> CanaryReply:
        """Start, change or (0 percent) end a canary whatever the record's version is; who changes it last is right."""
        for _ in range(_ATTEMPTS):
            record = self.instance(agent)
            etag = int(record["etag"])
            try:
                if not wanted.percent:
                    return self.stop(by, record, etag, wanted.reason)[0]
                return self.start(by, record, etag, wanted)[0]
            except StaleVersion:
                continue
        raise Conflict("The instance is being changed by others. Look again, then decide.", retry_after=1)

    def _write(
        self, record: Mapping[str, Any], etag: int, kept: Mapping[str, Any], action: str, before: Mapping[str, Any]
    ) -> tuple[CanaryReply, int]:
        """One transaction with its audit entry."""
        agent = str(record["agent"])
        names = ("canaryId", "stable", "candidate", "weight", "reason")
        detail = {**{name: kept[name] for name in names}, "before": before.get("weight")}
        draft = AuditDraft(action, agent, detail=detail)
        try:
            self.audit.commit(draft, lambda found: self.instances.update_in(found, agent, etag, {"canary": kept}))
        except ConditionFailed as failure:
            if failure.label != instances.LABEL:
                raise
            raise StaleVersion from None
        count("CanaryChanged", action=action)
        return self.shown({**record, "canary": kept, "etag": etag + 1})

    def _versions(self, record: Mapping[str, Any], wanted: str | None) -> tuple[str, Mapping[str, Any]]:
        """The version that tenants run, and the record of the one to try beside it: both approved, and two."""
        agent = str(record["agent"])
        template = self.templates.get(agent)
        stable = record.get("versionId") or template.get("approvedVersionId")
        candidate = wanted or template.get("secondVersionId")
        if candidate is None:
            raise Conflict(f"{agent} has no second approved version. `ambit versions promote … --second` makes one.")
        if candidate == stable:
            raise Conflict("A canary has two versions, and this is the one that runs already.")
        self._approved(agent, stable)
        return str(stable), self._approved(agent, candidate)

    def _approved(self, agent: str, version_id: str | None) -> Mapping[str, Any]:
        found = self.versions.find(agent, version_id) if version_id else None
        if found is None or found["status"] != _APPROVED:
            raise Conflict(f"The version {version_id} is not approved. Only approved versions get sessions.")
        return found

    def _is_void(self, record: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
        """Whether resolution passes the canary over; a record that does not hold gets no session either."""
        agent = str(record["agent"])
        template = self.templates.find(agent) or {}
        if (record.get("versionId") or template.get("approvedVersionId")) != kept["stable"]:
            return True
        on = going(kept)
        try:
            return on is None or not on.admits(self._approved(agent, on.candidate))
        except Conflict:
            return True


def _reply(told: Mapping[str, Any], kept: Mapping[str, Any], seen: Seen) -> CanaryReply:
    found = convicted(seen)
    return CanaryReply.model_validate(
        {
            **told,
            "percent": percent_of(int(kept["weight"])),
            "stable": _seen(kept["stable"], seen.whole.stable),
            "candidate": _seen(kept["candidate"], seen.whole.candidate),
            "verdict": found[0] if found else "as_well",
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
