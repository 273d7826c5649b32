"""Suites are pushed, evaluations asked for, watched, cancelled, resumed and compared."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple

from data_access_lib.conditions import attr
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.evidence_store import EvidenceStore
from data_access_lib.once import once
from data_access_lib.repositories import suites
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.evaluations import EvaluationRecords, Evaluations
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.suites import Suites
from data_access_lib.signing_keys import SigningKey
from data_access_lib.suite_objects import SuiteObjects
from evaluation.results import Attempt, attempts_of, compare, numbers_of
from evaluation.suites import Suite, faults
from lambdas.evaluations.models import (
    CasePage,
    CaseReply,
    ComparisonReply,
    EvaluationPage,
    EvaluationReply,
    EvidenceKeyReply,
    EvidenceKeysReply,
    EvidenceReply,
    IntervalReply,
    PushSuite,
    StartEvaluation,
    SuitePage,
    SuiteReply,
    SuiteSummary,
)
from lambdas.evaluations.starting import UNFINISHED, Starter, Workflows
from lambdas.evaluations.versions import VersionsToRead, look_up
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, InvalidBody, NotFound
from platform_kit.identity import Identity
from platform_kit.models import Money
from platform_kit.observability import count

_PLATFORM: Final = "platform"
_SUITES: Final = "GET /v1/evaluation-suites"
_PUSH: Final = "POST /v1/evaluation-suites"
_RUNS: Final = "GET /v1/evaluation-runs"
_START: Final = "POST /v1/evaluation-runs"
_MOST_LOOKED_AT: Final = 100
_LINK_SECONDS: Final = 300
Item = Mapping[str, Any]


class Only(NamedTuple):
    """What a list of evaluations is narrowed to."""

    version_id: str | None = None
    agent: str | None = None
    suite: str | None = None
    status: str | None = None


_FILTERS: Final = ("agent", "suite", "status")


@dataclass(frozen=True)
class Desk:
    """What one operator works with; each access of its tables is audited. `audit` is the platform's chain."""

    suites: Suites
    evaluations: Evaluations
    answers: Idempotency
    audit: AuditLog


@dataclass(frozen=True)
class PushedSuite:
    """A suite; `fresh` when it is a new version, `replayed` when the answer is an earlier one."""

    suite: SuiteSummary
    fresh: bool
    replayed: bool


@dataclass(frozen=True)
class EvaluationService:
    """`desk` opens the platform's records for an operator."""

    desk: Callable[[Identity], Desk]
    objects: SuiteObjects
    versions: Callable[[], VersionsToRead]
    workflows: Workflows
    cursors: CursorCodec
    clock: Clock
    kept: EvidenceStore
    evidence_key: SigningKey

    def push(self, who: Identity, wanted: PushSuite, *, key: str | None, body: bytes) -> PushedSuite:
        """Keep a suite. InvalidBody when a pattern or a schema is none, Conflict when another push was faster."""
        wrong = tuple(faults(wanted))
        if wrong:
            raise InvalidBody("The suite cannot be used; see errors.", errors=wrong)
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            made, fresh = self._pushed(desk, who, wanted)
            return {"suite": made.model_dump(mode="json", by_alias=True, exclude_none=True), "fresh": fresh}

        outcome = once(desk.answers, _PUSH, key, body, make)
        suite = SuiteSummary.model_validate(outcome.response["suite"])
        return PushedSuite(suite, bool(outcome.response["fresh"]), outcome.replayed)

    def _pushed(self, desk: Desk, who: Identity, wanted: PushSuite) -> tuple[SuiteSummary, bool]:
        before = desk.suites.find(wanted.name)
        if before is not None and before["digest"] == wanted.digest():
            return SuiteSummary.model_validate(before), False
        record = self._suite_record(who, wanted, self.objects.put(wanted.canonical()))
        latest = int(before["version"]) if before else 0
        told = {**_demands({**record, "version": latest + 1}), "before": before and _demands(before)}
        draft = AuditDraft("suite.pushed", wanted.name, detail=told)
        try:
            made, _ = desk.audit.commit(draft, lambda found: desk.suites.add_in(found, record, latest=latest))
        except ConditionFailed as failure:
            if failure.label != suites.LABEL:
                raise
            raise Conflict("Somebody else pushed this suite just now. Look at it, then push again.") from None
        count("SuitePushed")
        return SuiteSummary.model_validate(made), True

    def suites(self, who: Identity, *, limit: int, cursor: str | None) -> SuitePage:
        """Suites by name, each as its latest version."""
        page = self.desk(who).suites.list(limit=limit, after=self._after(_SUITES, cursor))
        shown = [SuiteSummary.model_validate(item) for item in page.items]
        return SuitePage(items=shown, next_cursor=self._cursor(_SUITES, page))

    def suite(self, who: Identity, name: str, version: int | None) -> SuiteReply:
        """A version of a suite with its cases, the latest unless named; NotFound."""
        record = self.desk(who).suites.get(name, version)
        content = Suite.model_validate_json(self.objects.get(str(record["digest"])))
        return SuiteReply.model_validate({**record, "content": content.cases})

    def start(
        self, who: Identity, wanted: StartEvaluation, *, key: str | None, body: bytes
    ) -> tuple[EvaluationReply, bool]:
        """Evaluate a version by a suite; True beside the answer to a repeated request. NotFound, Conflict."""
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            suite, version = desk.suites.get(wanted.suite), look_up(self.versions(), wanted.version_id)
            made = self._starter(desk).request(version, suite, who.principal_id)
            return _shown(made, desk.evaluations).model_dump(mode="json", by_alias=True, exclude_none=True)

        outcome = once(desk.answers, _START, key, body, make)
        return EvaluationReply.model_validate(outcome.response), outcome.replayed

    def evaluations(self, who: Identity, *, only: Only, limit: int, cursor: str | None) -> EvaluationPage:
        """Evaluations, newest first: all, or a version's, an agent's, a suite's, those in one state.

        A cursor goes on with what it was given for alone.
        """
        route, records = f"{_RUNS}?{json.dumps(only)}", self.desk(who).evaluations
        after, wanted = self._after(route, cursor), {name: getattr(only, name) for name in _FILTERS}
        page = (
            records.of_version(only.version_id, limit=limit, after=after, matching=wanted)
            if only.version_id
            else records.list(limit=limit, after=after, matching=wanted)
        )
        shown = [_shown(item, records) for item in page.items]
        return EvaluationPage(items=shown, next_cursor=self._cursor(route, page))

    def evaluation(self, who: Identity, evaluation_id: str) -> EvaluationReply:
        """One evaluation, in numbers as far as it has come; NotFound."""
        records = self.desk(who).evaluations
        return _shown(records.get(evaluation_id), records)

    def cases(self, who: Identity, evaluation_id: str, *, limit: int, cursor: str | None) -> CasePage:
        """What came of an evaluation's cases so far; NotFound."""
        records, route = self.desk(who).evaluations, f"{_RUNS}/{evaluation_id}/cases"
        records.get(evaluation_id)
        page = records.cases(evaluation_id, limit=limit, after=self._after(route, cursor))
        return CasePage(items=[_case(item) for item in page.items], next_cursor=self._cursor(route, page))

    def cancel(self, who: Identity, evaluation_id: str) -> EvaluationReply:
        """End an evaluation now; what is decided stays. Twice is fine; Conflict when it ended otherwise."""
        records = self.desk(who).evaluations
        record = records.get(evaluation_id)
        if record["status"] != "cancelled":
            record = self._cancelled(records, record)
            self.workflows.stop(evaluation_id, int(record["attempt"]))
            count("EvaluationCancelled", agent=str(record["agent"]))
        return _shown(record, records)

    def resume(self, who: Identity, evaluation_id: str) -> EvaluationReply:
        """Go on with an evaluation that stopped; no case that is decided is asked again. Conflict when it is over."""
        desk = self.desk(who)
        return _shown(self._starter(desk).resume(desk.evaluations.get(evaluation_id)), desk.evaluations)

    def comparison(self, who: Identity, evaluation_id: str, baseline_id: str | None) -> ComparisonReply:
        """An evaluation beside another of the same suite version: the one named, else the parent version's latest.

        NotFound when there is none to compare with, Conflict when the suites' versions differ.
        """
        records = self.desk(who).evaluations
        after = records.get(evaluation_id)
        before = records.get(baseline_id) if baseline_id else _parents(records, after)
        if before["suiteDigest"] != after["suiteDigest"]:
            raise Conflict("The two evaluations are of different versions of suites: their cases are no pairs.")
        found = compare(_attempts(records, before), _attempts(records, after), repeats=int(after["repeats"]))
        return ComparisonReply(
            evaluation_id=evaluation_id,
            baseline_id=before["evaluationId"],
            baseline_version_id=before["versionId"],
            compared=found.compared,
            worse=list(found.worse),
            better=list(found.better),
            p_value=found.p_value,
            significant=found.significant,
        )

    def evidence(self, who: Identity, evaluation_id: str) -> EvidenceReply:
        """Where an evaluation's evidence can be had; NotFound when it left none."""
        record = self.desk(who).evaluations.get(evaluation_id)
        digest = record.get("evidenceDigest")
        found = self.kept.head(str(digest)) if digest else None
        if digest is None or found is None:
            raise NotFound("The evaluation left no evidence: it has not come to a complete end.")
        ends = rfc3339(self.clock.now() + timedelta(seconds=_LINK_SECONDS))
        url = self.kept.link(str(digest), _LINK_SECONDS)
        return EvidenceReply(evaluation_id=evaluation_id, digest=digest, bytes=found.bytes, url=url, expires_at=ends)

    def evidence_keys(self) -> EvidenceKeysReply:
        """The public keys that evidence is verified with."""
        return EvidenceKeysReply(items=[EvidenceKeyReply(key_id=self.evidence_key.key_id, pem=self.evidence_key.pem)])

    def _cancelled(self, records: Evaluations, record: Item) -> dict[str, Any]:
        numbers = numbers_of(record, records.all_cases(str(record["evaluationId"]))).as_dict()
        fields = {"status": "cancelled", "finishedAt": rfc3339(self.clock.now()), **numbers}
        try:
            return records.move(str(record["evaluationId"]), fields, only=attr("status").is_in(UNFINISHED))
        except ConditionFailed:
            raise Conflict(f"The evaluation has ended already: {record['status']}.") from None

    def _suite_record(self, who: Identity, wanted: Suite, digest: str) -> dict[str, Any]:
        told = wanted.model_dump(mode="json", by_alias=True, exclude={"cases"}, exclude_none=True)
        made = {"createdBy": who.principal_id, "createdAt": rfc3339(self.clock.now())}
        return {**told, **made, "cases": len(wanted.cases), "digest": digest}

    def _starter(self, desk: Desk) -> Starter:
        return Starter(desk.evaluations, self.workflows, self.clock)

    def _after(self, route: str, cursor: str | None) -> str | None:
        return str(self.cursors.decode(_PLATFORM, route, cursor)["after"]) if cursor else None

    def _cursor(self, route: str, page: IdPage) -> str | None:
        return self.cursors.encode(_PLATFORM, route, {"after": page.next_id}) if page.next_id else None


def _shown(record: Item, records: EvaluationRecords) -> EvaluationReply:
    """An evaluation that is over has its numbers; of one that goes on they are counted."""
    known = record["status"] not in UNFINISHED and "interval" in record
    found = {} if known else numbers_of(record, records.all_cases(str(record["evaluationId"]))).as_dict()
    told = {**record, **found}
    return EvaluationReply.model_validate({**told, "interval": _interval(told["interval"])})


def _demands(suite: Item) -> dict[str, Any]:
    """What the audit chain has of a version of a suite: of whom it asks how much. Its digest names the cases."""
    return {name: suite[name] for name in ("version", "digest", "agents", "required", "threshold", "cases")}


def _interval(pair: Any) -> IntervalReply:
    return IntervalReply(low=pair[0], high=pair[1])


def _attempts(records: EvaluationRecords, record: Item) -> list[Attempt]:
    return attempts_of(records.all_cases(str(record["evaluationId"])))


def _case(item: Item) -> CaseReply:
    cost = {} if "costPico" not in item else {"cost": Money.from_pico(int(item["costPico"]))}
    shown = {**item, **cost, "output": None if item.get("output") is None else _text(item["output"])}
    return CaseReply.model_validate(shown)


def _text(output: Any) -> str:
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _parents(records: EvaluationRecords, record: Item) -> dict[str, Any]:
    """The latest evaluation of the parent version by the same version of the suite that has come to its end."""
    parent = record.get("parent")
    listed = records.of_version(str(parent), limit=_MOST_LOOKED_AT).items if parent else []
    done = [one for one in listed if one["status"] == "succeeded" and one["suiteDigest"] == record["suiteDigest"]]
    if done:
        return max(done, key=lambda one: str(one["finishedAt"]))
    raise NotFound("The parent version has no finished evaluation by this version of the suite. Name one: ?with=evl_…")
