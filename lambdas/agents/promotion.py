"""Moves of versions: along their rows, through their gates, each one conditional write with its audit entry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories import (
    catalogue,
    certifications,
    incident_epoch,
    promotion_approvals,
    promotion_overrides,
)
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.catalogue import Step, change_in
from data_access_lib.transaction import TenantTransaction
from governance.gates import TO_APPROVE, Finding, Gate, judged
from governance.promotion_votes import Place
from governance.suite_gate import HELD_TO, By
from governance.version_identity import RECORD, TAMPERED, moved
from governance.versions import IllegalPromotion, Move, NotTheirs, VersionStatus, move_between
from lambdas.agents.desk import Desk
from lambdas.agents.judges import Conditions, JudgesOf, gates_of, suites_required_of
from lambdas.agents.models import (
    GateReply,
    GatesReply,
    Promote,
    RequiredSuiteReply,
    Rollback,
    RollbackReply,
    VersionReply,
)
from lambdas.agents.packages import Packages
from platform_kit.clock import Clock, rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import Conflict, FieldError, Forbidden, PromotionRefused, VersionTampered
from platform_kit.identity import Identity
from platform_kit.observability import count

_PAGE: Final = 100
_S: Final = VersionStatus
_TO_RUN: Final = (_S.CANDIDATE, _S.APPROVED)
"""What is moved there is run, for evaluations or for tenants: its package is looked at first."""
_DEFAULT, _SECOND = "approvedVersionId", "secondVersionId"

Record = Mapping[str, Any]


Along = Callable[[TenantTransaction], None]
_MOVED_MEANWHILE: Final = frozenset(
    {
        *(catalogue.TEMPLATE, catalogue.VERSION),
        *(certifications.LABEL, incident_epoch.LABEL, promotion_approvals.LABEL, promotion_overrides.LABEL),
    }
)


@dataclass(frozen=True)
class Promotion:
    """A move whose gates were looked at: what is told of it in the audit chain, and what is written along with it."""

    version: Record
    template: Record
    wanted: Promote
    told: Mapping[str, Any]
    along: Along | None = None
    action: str = "version.promoted"


@dataclass(frozen=True)
class Promotions:
    """`desk` opens the registry for an operator.

    With `pass_without_suite` an agent that no suite is required of may be approved: on a developer's own stage alone.
    """

    desk: Callable[[Identity], Desk]
    clock: Clock
    packages: Packages
    pass_without_suite: bool = False
    judges: JudgesOf = gates_of

    def gates(self, who: Identity, version_id: str) -> GatesReply:
        """How every gate before approval stands for a version now."""
        desk = self.desk(who)
        version = desk.versions.by_id(version_id)
        findings = self.judge(desk, TO_APPROVE, version, Place.DEFAULT)
        shown = [GateReply(gate=one.gate.value, holds=one.holds, why=one.why or None) for one in findings]
        suites = [RequiredSuiteReply(suite=one.name, by=[*one.by]) for one in suites_required_of(desk, version)]
        approvable = all(one.holds for one in findings)
        return GatesReply(version_id=version_id, approvable=approvable, gates=shown, required_suites=suites)

    def promote(self, who: Identity, version_id: str, wanted: Promote) -> VersionReply:
        """Move a version. Conflict names where it may go, PromotionRefused every gate that does not hold."""
        desk, to = self.desk(who), VersionStatus(wanted.to)
        if to is _S.QUARANTINED:
            return self._quarantine(desk, who, version_id, wanted.reason)
        version = desk.versions.by_id(version_id)
        template = desk.templates.get(str(version["agent"]))
        move = row_of(version, template, wanted, who)
        findings = self.judge(desk, move.gates, version, Place.of(as_default=wanted.as_default))
        _refuse_unless_open(findings)
        told = {"reason": wanted.reason, "gates": [told_of(one) for one in findings]}
        along = holding(desk, who, version, findings, rfc3339(self.clock.now()))
        return self.carry_out(desk, who, Promotion(version, template, wanted, told, along))

    def carry_out(self, desk: Desk, who: Identity, what: "Promotion") -> VersionReply:
        """Move a version whose gates were looked at, with `what.along` in the same write."""
        version, to = what.version, VersionStatus(what.wanted.to)
        unseen = self.packages.require_running(desk.versions, version) if to in _TO_RUN else []
        if to is _S.APPROVED:
            steps, fields = self._approval(desk, who, version, what.template, what.wanted)
        else:
            after = self._after(who, version, to, what.wanted.reason)
            steps, fields = [Step(version, after)], _withdrawn(what.template, str(version["versionId"]))
        told = {"from": version["status"], "to": to.value, "asDefault": what.wanted.as_default, **what.told}
        told |= _unseen(unseen)
        self._commit(desk, _draft(what.action, version, told), steps, what.template, fields, what.along)
        count("VersionPromoted", to=to.value)
        return VersionReply.model_validate(next((one.after for one in steps if one.before is version), version))

    def roll_back(self, who: Identity, version_id: str, wanted: Rollback) -> RollbackReply:
        """Take an approved version back. Of the default, the version approved before it (or `to`) takes its place.

        Conflict when it is not approved, or there is none to go back to. One whose record does not hold is quarantined.
        """
        desk = self.desk(who)
        version, holds = _stored(desk, version_id)
        template = desk.templates.get(str(version["agent"]))
        if holds:
            _row_to(version, _S.ROLLED_BACK, who)
        to = _S.ROLLED_BACK if holds else _S.QUARANTINED
        steps = [Step(version, self._after(who, version, to, wanted.reason, holds=holds))]
        fields, back, unseen = _withdrawn(template, version_id), None, list[str]()
        if template.get(_DEFAULT) == version_id:
            back = _earlier(desk, version, wanted.to)
            unseen = self.packages.require_running(desk.versions, back, back=True)
            steps.append(Step(back, self._after(who, back, _S.APPROVED, wanted.reason)))
            fields = _as_default(back)
        told = {"from": version_id, "to": back["versionId"] if back else None, "reason": wanted.reason}
        told |= _unseen(unseen)
        self._commit(desk, _draft("version.rolled_back", version, told), steps, template, fields)
        count("VersionRolledBack", agent=str(version["agent"]))
        return RollbackReply(
            agent=version["agent"],
            rolled_back=version_id,
            approved_version_id=back["versionId"] if back else template.get(_DEFAULT),
        )

    def _quarantine(self, desk: Desk, who: Identity, version_id: str, reason: str | None) -> VersionReply:
        """Take a version out, from wherever it is; one whose record does not hold too, and that stays so for good."""
        version, holds = _stored(desk, version_id)
        if holds:
            _row_to(version, _S.QUARANTINED, who)
        template = desk.templates.get(str(version["agent"]))
        after = self._after(who, version, _S.QUARANTINED, reason, holds=holds)
        draft = _draft(
            "version.promoted", version, {"from": version.get("status"), "to": after["status"], "held": holds}
        )
        self._commit(desk, draft, [Step(version, after)], template, _withdrawn(template, version_id))
        count("VersionPromoted", to=_S.QUARANTINED.value)
        return VersionReply.model_validate(after if holds else _readable(after))

    def _approval(
        self, desk: Desk, who: Identity, version: Record, template: Record, wanted: Promote
    ) -> tuple[list[Step], dict[str, Any]]:
        """The steps of an approval: the version's own, and that of whichever has held its place until now."""
        version_id, reason = version["versionId"], wanted.reason
        if not wanted.as_default and not template.get(_DEFAULT):
            raise Conflict("The agent has no default version yet. Approve this one as the default.")
        steps = []
        if version["status"] != _S.APPROVED:
            steps.append(Step(version, self._after(who, version, _S.APPROVED, reason)))
        place = _DEFAULT if wanted.as_default else _SECOND
        former_id = template.get(place)
        if former_id and former_id != version_id:
            former = desk.versions.get(str(version["agent"]), str(former_id))
            steps.append(Step(former, self._after(who, former, _S.DEPRECATED, f"followed by {version_id}")))
        held = {HELD_TO: _held(desk, version)}
        if not wanted.as_default:
            return steps, {_SECOND: version_id, **held}
        second = {_SECOND: None} if template.get(_SECOND) == version_id else {}
        return steps, {**_as_default(version), **second, **held}

    def _after(
        self, who: Identity, version: Record, to: VersionStatus, reason: str | None, *, holds: bool = True
    ) -> dict[str, Any]:
        """The record after a move; one that did not hold before does not hold after it."""
        now = rfc3339(self.clock.now())
        approved = {"approvedAt": now} if to is _S.APPROVED else {}
        changes = {"status": to.value, "updatedAt": now, "movedBy": who.principal_id, "reason": reason, **approved}
        return moved(version, changes) if holds else {**version, **changes, "stateHash": TAMPERED}

    def judge(self, desk: Desk, gates: tuple[Gate, ...], version: Record, place: Place) -> tuple[Finding, ...]:
        """How gates stand for a version that would go to this place now, each judged by itself."""
        conditions = Conditions(place, self.clock.now(), self.pass_without_suite)
        return judged(gates, self.judges(desk, conditions), version)

    def _commit(
        self,
        desk: Desk,
        draft: AuditDraft,
        steps: list[Step],
        template: Record,
        fields: Mapping[str, Any],
        along: Along | None = None,
    ) -> None:
        """One write: of two who move the same agent's approved versions, or the same version, one wins."""
        changed = template if fields else None

        def build(found: TenantTransaction) -> None:
            change_in(found, desk.table, steps, changed, fields)
            if along is not None:
                along(found)

        try:
            desk.audit.commit(draft, build)
        except ConditionFailed as failure:
            if failure.label not in _MOVED_MEANWHILE:
                raise
            raise Conflict("The agent changed at this moment. Look again, then decide.") from None


def _stored(desk: Desk, version_id: str) -> tuple[Record, bool]:
    """A version to be taken out, and whether its record holds: what does not must be possible to get rid of."""
    try:
        return desk.versions.by_id(version_id), True
    except VersionTampered:
        return desk.versions.suspect(version_id), False


def _readable(record: Record) -> dict[str, Any]:
    """A record that does not hold, as far as it can be shown: its texts, and no documents."""
    texts = dict.fromkeys(RECORD, "") | {name: str(value) for name, value in record.items()}
    return {**texts, "recordHash": str(record.get("recordHash")), "manifest": {}, "prompts": {}, "provenance": None}


def row_of(version: Record, template: Record, wanted: Promote, who: Identity) -> Move:
    """The row that is asked for; of the second version that becomes the default, the gates of an approval."""
    to, second = VersionStatus(wanted.to), template.get(_SECOND) == version["versionId"]
    if to is _S.APPROVED and version["status"] == to and wanted.as_default and second:
        return Move(to, to, gates=TO_APPROVE)
    return _row_to(version, to, who)


def _row_to(version: Record, to: VersionStatus, who: Identity) -> Move:
    try:
        return move_between(version["status"], to, who.roles)
    except IllegalPromotion as illegal:
        raise Conflict(_sentence(illegal)) from None
    except NotTheirs as refused:
        raise Forbidden(_sentence(refused)) from None


def _sentence(fault: ValueError) -> str:
    said = str(fault)
    return f"{said[:1].upper()}{said[1:]}."


def _refuse_unless_open(findings: tuple[Finding, ...]) -> None:
    closed = [one for one in findings if not one.holds]
    if closed:
        count("PromotionRefused")
        names = ", ".join(one.gate.value for one in closed)
        errors = tuple(FieldError(f"/gates/{one.gate.value}", one.why) for one in closed)
        raise PromotionRefused(f"Gates that do not hold: {names}. See errors for what each one lacks.", errors=errors)


def _withdrawn(template: Record, version_id: str) -> dict[str, Any]:
    """What the template loses when this version is approved no more; nothing when it does not name it."""
    return {place: None for place in (_DEFAULT, _SECOND) if template.get(place) == version_id}


def _as_default(version: Record) -> dict[str, Any]:
    return {_DEFAULT: version["versionId"], "domain": domain_of(version["manifest"])}


def _held(desk: Desk, version: Record) -> list[str]:
    """The suites that versions after this one have to pass, whatever their manifests say (ADR 0080)."""
    required = suites_required_of(desk, version)
    return [one.name for one in required if By.APPROVED in one.by or (By.MANIFEST in one.by and not one.why_not)]


def _earlier(desk: Desk, version: Record, wanted: str | None) -> Record:
    """The version to go back to: the one asked for, else the last approved of those that are deprecated."""
    agent = str(version["agent"])
    if wanted is not None:
        found = desk.versions.get(agent, wanted)
        if found["status"] != _S.DEPRECATED or not found.get("approvedAt"):
            raise Conflict(f"{wanted} is {found['status']}: go back to one that was approved and is deprecated.")
        return found
    former = max(_former(desk, agent), key=lambda one: str(one["approvedAt"]), default=None)
    if former is None:
        raise Conflict("No version was approved before this one. Quarantine it, or set a kill switch on the agent.")
    return desk.versions.get(agent, str(former["versionId"]))


def _former(desk: Desk, agent: str) -> Iterator[Record]:
    after: str | None = None
    while True:
        page = desk.versions.list(agent, limit=_PAGE, after=after)
        yield from (one for one in page.items if one["status"] == _S.DEPRECATED and one.get("approvedAt"))
        after = page.next_id
        if after is None:
            return


def _unseen(runtimes: list[str]) -> dict[str, list[str]]:
    """What the audit chain is told of runtimes that could not be looked at."""
    return {"unseenRuntimes": runtimes} if runtimes else {}


def told_of(finding: Finding) -> dict[str, Any]:
    """A finding as the audit chain has it, with what the gate holds by."""
    return {"gate": finding.gate.value, "holds": finding.holds, "why": finding.why, **finding.proof}


def holding(desk: Desk, who: Identity, version: Record, findings: tuple[Finding, ...], now: str) -> Along:
    """What gates hold by, demanded once more in the write itself: nothing of it is gone since they were judged.

    An approval is used up by it.
    """
    version_id, used = str(version["versionId"]), {"usedAt": now, "usedBy": who.principal_id}

    def add(found: TenantTransaction) -> None:
        for proof in (one.proof for one in findings):
            if "approvalId" in proof:
                desk.approvals.use_in(found, version_id, str(proof["approvalId"]), used)
            for certification_id in proof.get("certifications", ()):
                desk.certifications.held_in(found, version_id, certification_id)
            if "incidentEpoch" in proof:
                desk.epoch.same_in(found, proof["incidentEpoch"])

    return add


def _draft(action: str, version: Record, detail: Mapping[str, Any]) -> AuditDraft:
    named = {name: version.get(name) for name in ("agent", "contentHash", "recordHash")}
    return AuditDraft(action, str(version["versionId"]), detail={**named, **detail})
