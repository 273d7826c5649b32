"""The steps of an evaluation. Each may be done again: a decided case is not asked again, and none runs twice."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, SuiteTampered
from data_access_lib.repositories.evaluations import Evaluations
from data_access_lib.suite_objects import SuiteObjects
from evaluation.answers import Answer, Score
from evaluation.results import CaseStatus, numbers_of
from evaluation.scorers import Rubric, Safety, Trajectory
from evaluation.scoring import Judging, scores_of
from evaluation.suites import Case, Suite
from governance.evidence.bundle import reaches
from lambdas.evaluation_worker.asking import (
    LONGEST_SYNC_SECONDS,
    AgentDidNot,
    Asker,
    CaseInProgress,
    Question,
    Refused,
    Throttled,
    VersionNotReady,
)
from lambdas.evaluation_worker.evidence import EvidenceMaker
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import DependencyUnavailable, NotFound, VersionTampered
from platform_kit.observability import count, logger

MOST_OUTPUT: Final = 8_000
_CANCELLED: Final = "cancelled"
_GOING: Final = ("queued", "running")
_MOST_TEXT: Final = 500
_TELLING: Final = frozenset(
    one.__name__
    for one in (
        CaseInProgress,
        DependencyUnavailable,
        NotFound,
        SuiteTampered,
        Throttled,
        VersionNotReady,
        VersionTampered,
    )
)
"""Errors whose messages are written for people; Step Functions knows them by their classes' names."""
_UNEXPECTED: Final = "An unexpected error of the worker; its log says more."
Item = Mapping[str, Any]


@dataclass(frozen=True)
class EvaluationWorker:
    """`mark` makes a text that nobody could know beforehand."""

    evaluations: Evaluations
    objects: SuiteObjects
    asker: Asker
    evidence: EvidenceMaker
    mark: Callable[[], str]
    clock: Clock

    def begin(self, evaluation_id: str) -> dict[str, Any]:
        """What is still to be asked, and how much of it at a time. Nothing of an evaluation that is over.

        The suite is the version that the evaluation began with, whatever has been pushed since.
        """
        record = self.evaluations.get(evaluation_id)
        try:
            self._move(record, {"status": "running", "startedAt": record.get("startedAt") or self._now()})
        except ConditionFailed:
            return {"evaluationId": evaluation_id, "attempts": [], "concurrency": 1}
        known = {(one["caseId"], int(one["repeat"])) for one in self.evaluations.all_cases(evaluation_id)}
        left = [one for one in self._suite(record).attempts() if one not in known]
        items = [{"caseId": case_id, "repeat": repeat} for case_id, repeat in left]
        return {"evaluationId": evaluation_id, "attempts": items, "concurrency": int(record["concurrency"])}

    def case(self, evaluation_id: str, case_id: str, repeat: int) -> dict[str, Any]:
        """Ask a case and write down what came of it; nothing when that is known, or the evaluation is cancelled."""
        record = self.evaluations.get(evaluation_id)
        if record["status"] == _CANCELLED:
            return {"caseId": case_id, "status": _CANCELLED}
        known: Item | None = self.evaluations.case(evaluation_id, case_id, repeat)
        if known is None:
            suite = self._suite(record)
            known = self._decided(record, repeat, self._tried(record, suite, suite.case(case_id), repeat), case_id)
        return {"caseId": case_id, "status": str(known["status"])}

    def give_up(self, evaluation_id: str, case_id: str, repeat: int, error: Mapping[str, Any]) -> dict[str, Any]:
        """Write down that a case could not be asked; what was written before stands."""
        record = self.evaluations.get(evaluation_id)
        result = {"status": CaseStatus.ERROR.value, "scores": [], "error": _told(error)}
        return {"caseId": case_id, "status": str(self._decided(record, repeat, result, case_id)["status"])}

    def finish(self, evaluation_id: str) -> dict[str, Any]:
        """Give the evaluation its numbers, its evidence and its end, once. What is incomplete leaves no evidence."""
        record = self.evaluations.get(evaluation_id)
        if record["status"] not in _GOING:
            return {"evaluationId": evaluation_id, "status": str(record["status"])}
        cases = self.evaluations.all_cases(evaluation_id)
        found = numbers_of(record, cases)
        enough = reaches(found.passed, found.cases, str(record["threshold"]))
        verdict, finished = "passed" if found.complete and enough else "failed", self._now()
        digest = self.evidence.leave(record, self._suite(record), cases, finished) if found.complete else None
        judged = {"complete": found.complete, "verdict": verdict, "evidenceDigest": digest}
        numbers = {**found.as_dict(), **judged}
        return self._end(record, {"status": "succeeded", "finishedAt": finished, **numbers}, verdict)

    def fail(self, evaluation_id: str, error: Mapping[str, Any]) -> dict[str, Any]:
        """The workflow failed: the evaluation can be resumed, and what is decided stays."""
        record = self.evaluations.get(evaluation_id)
        told = _told(error)
        count("EvaluationStopped")
        return self._end(record, {"status": "failed", "error": told, **self._numbers_of_the_stopped(record)}, "none")

    def _numbers_of_the_stopped(self, record: Item) -> dict[str, Any]:
        """How far it came; nothing when that cannot be read, which may be why it failed."""
        try:
            return numbers_of(record, self.evaluations.all_cases(str(record["evaluationId"]))).as_dict()
        except DependencyUnavailable:
            return {}

    def _tried(self, record: Item, suite: Suite, case: Case, repeat: int) -> dict[str, Any]:
        """What came of asking: scores, or why there are none. What can be cured by trying again is raised."""
        key = f"{record['evaluationId']}:{case.case_id}:{repeat}"
        question = Question(
            agent=str(record["agent"]),
            input=case.input,
            key=key,
            seconds=suite.seconds_for(case),
            context=case.context,
            files=tuple(case.files or ()),
            version=str(record["versionId"]),
            with_tools=any(_looks_at_tools(scorer) for scorer in case.scorers),
        )
        try:
            answer = self.asker.ask(question)
        except AgentDidNot as failed:
            return _not_answered(CaseStatus.FAILED, failed.code, failed.message, failed.run_id)
        except Refused as refused:
            return _not_answered(CaseStatus.ERROR, refused.code, refused.message)
        return self._scored(case, answer, key)

    def _scored(self, case: Case, answer: Answer, key: str) -> dict[str, Any]:
        try:
            scores = scores_of(case, answer, Judging(lambda by, prompt: self._judged(by, prompt, key), self.mark))
        except (AgentDidNot, Refused) as failed:
            message = f"The judge did not answer: {failed.message}"
            return {**_answered(answer), **_not_answered(CaseStatus.ERROR, failed.code, message, answer.run_id)}
        except LookupError as missing:
            why = _not_answered(CaseStatus.ERROR, "SCORER_MISSING", str(missing), answer.run_id)
            return {**_answered(answer), **why}
        status = CaseStatus.PASSED if all(score.passed for score in scores) else CaseStatus.FAILED
        return {**_answered(answer), "status": status.value, "scores": [_plain(score) for score in scores]}

    def _judged(self, by: Rubric, prompt: str, key: str) -> str:
        """What a judge says. The mark in its prompt is another each time, and so is the key: it may be asked twice."""
        named = hashlib.sha256(f"{by.judge}\n{by.criteria}".encode()).hexdigest()[:12]
        context = {"how": "whole", **({"model": by.model} if by.model else {})}
        marked = hashlib.sha256(prompt.encode()).hexdigest()[:12]
        question = Question(by.judge, prompt, f"{key}:{named}:{marked}", LONGEST_SYNC_SECONDS, context)
        return self.asker.ask(question).text

    def _decided(self, record: Item, repeat: int, result: Item, case_id: str) -> Item:
        """Write a result down; the one that stands, which may be another's."""
        written = {**result, "caseId": case_id, "repeat": repeat, "finishedAt": self._now()}
        if not self.evaluations.decide(str(record["evaluationId"]), written):
            return self.evaluations.case(str(record["evaluationId"]), case_id, repeat) or written
        count("EvaluationCase", agent=str(record["agent"]), status=str(written["status"]))
        return written

    def _end(self, record: Item, fields: Item, verdict: str) -> dict[str, Any]:
        try:
            moved = self._move(record, {"finishedAt": self._now(), **fields})
        except ConditionFailed:
            return {"evaluationId": record["evaluationId"], "status": str(record["status"])}
        count("EvaluationFinished", agent=str(record["agent"]), verdict=verdict)
        logger().info("evaluation ended", evaluation_id=record["evaluationId"], status=fields["status"])
        return {"evaluationId": record["evaluationId"], "status": str(moved["status"])}

    def _move(self, record: Item, fields: Item) -> dict[str, Any]:
        return self.evaluations.move(str(record["evaluationId"]), fields, only=attr("status").is_in(_GOING))

    def _suite(self, record: Item) -> Suite:
        """The suite's version that the evaluation began with."""
        suite = Suite.model_validate_json(self.objects.get(str(record["suiteDigest"])))
        if suite.name != record["suite"]:
            raise SuiteTampered
        return suite

    def _now(self) -> str:
        return rfc3339(self.clock.now())


def _looks_at_tools(scorer: object) -> bool:
    return isinstance(scorer, Trajectory) or (isinstance(scorer, Safety) and bool(scorer.forbidden_tools))


def _answered(answer: Answer) -> dict[str, Any]:
    return {
        "output": answer.text[:MOST_OUTPUT],
        "outputDigest": hashlib.sha256(json.dumps(answer.output, sort_keys=True).encode()).hexdigest(),
        "runId": answer.run_id,
        "latencyMs": answer.latency_ms,
        "costPico": answer.cost_pico,
        "tools": list(answer.tools),
    }


def _not_answered(status: CaseStatus, code: str, message: str, run_id: str | None = None) -> dict[str, Any]:
    told = {"code": code, "message": message[:_MOST_TEXT]}
    return {"status": status.value, "scores": [], "error": told, **({"runId": run_id} if run_id else {})}


def _plain(score: Score) -> dict[str, Any]:
    return {"scorer": score.scorer, "passed": score.passed, "value": score.value, "reason": score.reason}


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    """What Step Functions caught, as operators and readers of evidence see it: no text of an unexpected exception."""
    code = str(error.get("Error", "UNKNOWN"))[:100]
    known = code in _TELLING or code.startswith("States.")
    return {"code": code, "message": _cause(error) if known else _UNEXPECTED}


def _cause(error: Mapping[str, Any]) -> str:
    """What Step Functions caught, in a few words: the message of the function's error, without its stack."""
    cause = str(error.get("Cause", ""))
    try:
        said = json.loads(cause)
    except ValueError:
        return cause[:_MOST_TEXT]
    return str(said.get("errorMessage", ""))[:_MOST_TEXT] if isinstance(said, dict) else cause[:_MOST_TEXT]
