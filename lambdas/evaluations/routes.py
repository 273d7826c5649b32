"""`/v1/evaluation-suites` and `/v1/evaluation-runs`, for operators. Expected answers are shown to nobody else."""

from typing import Final, get_args

from lambdas.evaluations.models import (
    CasePage,
    ComparisonReply,
    EvaluationPage,
    EvaluationReply,
    EvidenceKeysReply,
    EvidenceReply,
    PushSuite,
    StartEvaluation,
    Status,
    SuitePage,
    SuiteReply,
    SuiteSummary,
)
from lambdas.evaluations.service import EvaluationService, Only
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError
from platform_kit.ids import is_id

ROUTES: Final = Routes("evaluations")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}
_ONLY: Final = {
    "versionId": "Only this version's.",
    "agent": "Only of this agent's versions.",
    "suite": "Only by this suite.",
    "status": f"One of {', '.join(get_args(Status))}.",
}
_MOST_DIGITS: Final = 9


@ROUTES.handle("POST /v1/evaluation-suites", request=PushSuite, replies={200: SuiteSummary, 201: SuiteSummary})
def push_suite(call: Call, service: EvaluationService, body: PushSuite) -> Reply:
    """Push a suite: a new version, or the version there is when its cases are the same."""
    made = service.push(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    place = {"location": f"/v1/evaluation-suites/{made.suite.name}", **_again(replayed=made.replayed)}
    return Reply(made.suite, 201 if made.fresh else 200, place)


@ROUTES.handle("GET /v1/evaluation-suites", replies={200: SuitePage}, query=_PAGING)
def list_suites(call: Call, service: EvaluationService) -> SuitePage:
    """List suites by name, each as its latest version."""
    return service.suites(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle(
    "GET /v1/evaluation-suites/{name}", replies={200: SuiteReply}, query={"version": "Not the latest but this one."}
)
def get_suite(call: Call, service: EvaluationService) -> SuiteReply:
    """Look at a suite with its cases and what they expect."""
    return service.suite(call.who(), call.path["name"], _version(call))


@ROUTES.handle("POST /v1/evaluation-runs", request=StartEvaluation, replies={202: EvaluationReply})
def start_evaluation(call: Call, service: EvaluationService, body: StartEvaluation) -> Reply:
    """Evaluate a version by a suite."""
    made, replayed = service.start(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    place = {"location": f"/v1/evaluation-runs/{made.evaluation_id}", **_again(replayed=replayed)}
    return Reply(made, 202, place)


@ROUTES.handle("GET /v1/evaluation-runs", replies={200: EvaluationPage}, query={**_PAGING, **_ONLY})
def list_evaluations(call: Call, service: EvaluationService) -> EvaluationPage:
    """List evaluations, newest first; with a filter a page may be short and not the last."""
    version_id, agent, suite = (call.query.get(name) or None for name in ("versionId", "agent", "suite"))
    only = Only(version_id, agent, suite, call.choice("status", get_args(Status)))
    return service.evaluations(call.who(), only=only, limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/evaluation-runs/{id}", replies={200: EvaluationReply})
def get_evaluation(call: Call, service: EvaluationService) -> EvaluationReply:
    """Look at an evaluation, in numbers as far as it has come."""
    return service.evaluation(call.who(), call.path["id"])


@ROUTES.handle("GET /v1/evaluation-runs/{id}/cases", replies={200: CasePage}, query=_PAGING)
def list_evaluation_cases(call: Call, service: EvaluationService) -> CasePage:
    """List what came of an evaluation's cases so far."""
    return service.cases(call.who(), call.path["id"], limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("POST /v1/evaluation-runs/{id}/cancel", replies={200: EvaluationReply})
def cancel_evaluation(call: Call, service: EvaluationService) -> EvaluationReply:
    """Cancel an evaluation; what is decided stays."""
    return service.cancel(call.who(), call.path["id"])


@ROUTES.handle("POST /v1/evaluation-runs/{id}/resume", replies={202: EvaluationReply})
def resume_evaluation(call: Call, service: EvaluationService) -> Reply:
    """Resume an evaluation that stopped; no case that is decided is asked again."""
    return Reply(service.resume(call.who(), call.path["id"]), 202)


@ROUTES.handle(
    "GET /v1/evaluation-runs/{id}/comparison",
    replies={200: ComparisonReply},
    query={"with": "The evaluation to compare with; left out: the parent version's latest."},
)
def compare_evaluations(call: Call, service: EvaluationService) -> ComparisonReply:
    """Compare an evaluation with another, case by case."""
    baseline = call.query.get("with")
    if baseline is not None and not is_id(baseline, "evl"):
        raise BadRequest("with is not the id of an evaluation.", errors=(FieldError("?with", "evl_…"),))
    return service.comparison(call.who(), call.path["id"], baseline)


@ROUTES.handle("GET /v1/evaluation-runs/{id}/evidence", replies={200: EvidenceReply})
def get_evidence(call: Call, service: EvaluationService) -> EvidenceReply:
    """Get an evaluation's bundle of evidence, by a URL that lives for some minutes."""
    return service.evidence(call.who(), call.path["id"])


@ROUTES.handle("GET /v1/evidence-keys", replies={200: EvidenceKeysReply})
def list_evidence_keys(_call: Call, service: EvaluationService) -> EvidenceKeysReply:
    """Read the public keys that evidence is verified with."""
    return service.evidence_keys()


def _again(*, replayed: bool) -> dict[str, str]:
    return {"idempotency-replayed": "true"} if replayed else {}


def _version(call: Call) -> int | None:
    text = call.query.get("version")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) > 0):
        raise BadRequest("version must be a number.", errors=(FieldError("?version", "1 and up"),))
    return int(text)
