"""The judges of the gates before approval: each says of a version's record why it is held up, or what it holds by."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from data_access_lib.repositories.incidents import IncidentRecords
from governance.approvals import Status as ApprovalStatus
from governance.certifications import holds as certified
from governance.certifications import lacking
from governance.certifications import required_of as certifications_of
from governance.evidence.holding import Wanted, why_not
from governance.gates import Gate, Judge, Passed
from governance.incidents import CLOSE_GATES, Severity, Status
from governance.policy.effective import base_of
from governance.policy.envelope import EnvelopeError
from governance.policy.registry import REGISTRY
from governance.policy.tools import Risk
from governance.promotion_votes import Place, quorum_of, stands
from governance.suite_gate import HELD_TO, NOTHING_REQUIRED, RequiredSuite, Shown, required_of, shown_by
from governance.version_risk import risk_of
from lambdas.agents.desk import Desk

_PAGE: Final = 100

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Conditions:
    """How to judge: where the version would go, when, and whether this stage lets an agent without suites pass."""

    place: Place
    now: datetime
    pass_without_suite: bool = False


def gates_of(desk: Desk, conditions: Conditions) -> Mapping[Gate, Judge]:
    """The judges there are."""
    return {
        Gate.EVALUATION: lambda version: _evaluation(desk, version, conditions),
        Gate.CERTIFICATION: lambda version: _certification(desk, version, conditions.now),
        Gate.APPROVALS: lambda version: _approvals(desk, version, conditions),
        Gate.INCIDENTS: lambda version: _incidents(desk, version),
        Gate.POLICY: _policy,
        Gate.BUDGET: _budget,
    }


def risk_at(desk: Desk, version: Record) -> Risk:
    """The risk of a version, by the tools there are now."""
    return risk_of(version["manifest"], lambda name: _risk_of_tool(desk, name))


def _risk_of_tool(desk: Desk, name: str) -> Risk | None:
    if name in REGISTRY:
        return REGISTRY[name].facts.risk
    registered = desk.tools.find(name)
    return Risk(str(registered["risk"])) if registered else None


def suites_required_of(desk: Desk, version: Record) -> list[RequiredSuite]:
    """The suites that a version must pass: by their own mark, its manifest, or what was approved before (ADR 0080)."""
    agent, named = str(version["agent"]), version["manifest"].get("evaluations", ())
    held = desk.templates.get(agent).get(HELD_TO, ())
    return required_of(desk.suites.bearing_on(agent, (*named, *held)), agent, named=named, held=held)


def _evaluation(desk: Desk, version: Record, conditions: Conditions) -> str | Passed:
    """Every suite that is required of the version was passed by exactly this content, and evidence shows it."""
    required = suites_required_of(desk, version)
    if not required:
        passed = Passed("no suite is required of this agent; on this stage alone that passes")
        return passed if conditions.pass_without_suite else NOTHING_REQUIRED
    named = {"version_id": str(version["versionId"]), "content_hash": str(version["contentHash"])}
    shown = shown_by(required, desk.evaluations.all_of_version(named["version_id"]), **named)
    missing = [f"{one.suite.name}: {why}" for one in shown if (why := one.reason or _unproven(desk, version, one))]
    if missing:
        return "; ".join(missing)
    return Passed(proof={"evidence": [_proof(one) for one in shown]})


def _unproven(desk: Desk, version: Record, shown: Shown) -> str:
    """Why the evidence of an evaluation does not show what its record says."""
    digest = str((shown.evaluation or {}).get("evidenceDigest"))
    data = desk.evidence.get(digest)
    if data is None:
        return "Its evidence is not there, or is not what its name says."
    why = why_not(data, desk.verify, _wanted(version, shown.suite))
    return f"{why[:1].upper()}{why[1:]}." if why else ""


def _wanted(version: Record, suite: RequiredSuite) -> Wanted:
    return Wanted(str(version["contentHash"]), suite.name, suite.digest, str(suite.threshold))


def _proof(shown: Shown) -> dict[str, Any]:
    evaluation = shown.evaluation or {}
    named = {name: str(evaluation[name]) for name in ("evaluationId", "evidenceDigest")}
    return {"suite": shown.suite.name, "suiteDigest": shown.suite.digest, "requiredBy": [*shown.suite.by], **named}


def _certification(desk: Desk, version: Record, now: datetime) -> str | Passed:
    wanted = certifications_of(version["manifest"], risk_at(desk, version))
    if not wanted:
        return ""
    records = desk.certifications.of(str(version["versionId"]))
    missing = lacking(wanted, records, version, now)
    if missing:
        return f"missing, expired or revoked: {', '.join(missing)}"
    content, by = str(version["contentHash"]), str(version["createdBy"])
    held = {one["kind"]: str(one["certificationId"]) for one in reversed(records) if certified(one, content, by, now)}
    return Passed(proof={"certifications": [held[kind] for kind in wanted]})


def _approvals(desk: Desk, version: Record, conditions: Conditions) -> str | Passed:
    """A version of grave risk was approved by as many people as that takes, for this place."""
    risk = risk_at(desk, version)
    quorum = quorum_of(risk)
    if not quorum:
        return ""
    for record in desk.approvals.of(str(version["versionId"])):
        if record["place"] == conditions.place and (
            stands(record, version, quorum, conditions.now) is ApprovalStatus.APPROVED
        ):
            return Passed(proof={"approvalId": record["approvalId"]})
    return f"its risk is {risk}: {quorum} people have to approve this promotion, and none of that stands now"


def _incidents(desk: Desk, version: Record) -> str | Passed:
    """The platform's open incidents of S1 and S2 about this agent; the epoch tells the write of later ones."""
    epoch = desk.epoch.now()
    agent, mine = version["agent"], {f"agent:{version['agent']}", f"version:{version['versionId']}"}
    found = [
        incident["incidentId"]
        for severity in CLOSE_GATES
        for incident in _open(desk.incidents, severity)
        if incident.get("agent") == agent or incident.get("about") in mine
    ]
    return f"open: {', '.join(found)}" if found else Passed(proof={"incidentEpoch": epoch})


def _open(records: IncidentRecords, severity: Severity) -> Iterator[Record]:
    after: str | None = None
    while True:
        wanted = {"status": Status.OPEN.value, "severity": severity.value}
        page = records.list(limit=_PAGE, after=after, consistent=True, **wanted)
        yield from page.items
        after = page.next_id
        if after is None:
            return


def _policy(version: Record) -> str:
    manifest = version["manifest"]
    if not manifest.get("policy"):
        return "the manifest names no policy"
    try:
        base_of(manifest)
    except EnvelopeError as error:
        return f"the manifest's policy cannot be made an envelope: {error}"
    return ""


def _budget(version: Record) -> str:
    """What a run may cost and how long it may take are bounded."""
    try:
        bounded = base_of(version["manifest"]).max_cost > 0
    except EnvelopeError:
        bounded = False
    if not bounded:
        return "its policy sets no budget for a run"
    return "" if version["manifest"].get("maxDurationSeconds") else "the manifest does not bound how long a run takes"


JudgesOf = Callable[[Desk, Conditions], Mapping[Gate, Judge]]
