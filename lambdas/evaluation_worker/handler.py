"""Composition root of the function `evaluation_worker`: the tasks of the evaluation workflow, one step an invocation.

    {"step": "begin",   "evaluationId"}                              → {"evaluationId", "attempts", "concurrency"}
    {"step": "case",    "evaluationId", "caseId", "repeat"}          → {"caseId", "status"}
    {"step": "give_up", "evaluationId", "caseId", "repeat", "error"} → {"caseId", "status"}
    {"step": "finish",  "evaluationId"}                              → {"evaluationId", "status"}
    {"step": "fail",    "evaluationId", "error"}                     → {"evaluationId", "status"}

A failure that another attempt may cure leaves under its class name, by which the workflow retries (`asking`).
"""

import secrets
from collections.abc import Mapping
from functools import cache, partial
from typing import Annotated, Any, Final

import boto3
from pydantic import Field, TypeAdapter

from data_access_lib.admin import PlatformBucket, PlatformCatalogue, PlatformServiceTable
from data_access_lib.evidence_store import EvidenceStore
from data_access_lib.repositories.evaluations import Evaluations
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.signing_keys import SigningKey
from data_access_lib.suite_objects import SuiteObjects
from lambdas.evaluation_worker.asking import Asker
from lambdas.evaluation_worker.evidence import EvidenceMaker
from lambdas.evaluation_worker.models import BeginStep, CaseStep, FailStep, FinishStep, GiveUpStep
from lambdas.evaluation_worker.platform_api import HttpApi
from lambdas.evaluation_worker.proof import prover
from lambdas.evaluation_worker.service import EvaluationWorker
from lambdas.evaluation_worker.settings import WorkerSettings
from platform_kit.clock import SystemClock
from platform_kit.errors import DependencyUnavailable

Step = BeginStep | CaseStep | GiveUpStep | FinishStep | FailStep
_STEPS: Final[TypeAdapter[Step]] = TypeAdapter(Annotated[Step, Field(discriminator="step")])
_OWN: Final = frozenset({"EVALUATION", "EVALCASE"})


@cache
def build() -> EvaluationWorker:
    """The service of this process."""
    settings = WorkerSettings.from_environment()
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    table = PlatformServiceTable(_client("dynamodb"), settings.ops_table, "evaluation_worker", _OWN, signals)
    bucket = PlatformBucket(_client("s3"), settings.audit_bucket, "evaluation_worker", signals)
    evidence = EvidenceMaker(
        PlatformCatalogue(_client("dynamodb"), settings.control_table, signals).versions,
        EvidenceStore(bucket),
        SigningKey(partial(_client, "kms"), settings.evidence_key_arn),
        {"stage": settings.stage, "region": settings.aws_region, "worker": settings.version},
    )
    api = HttpApi(settings.public_url, prover(settings.aws_region, settings.audience))
    return EvaluationWorker(
        Evaluations(table),
        SuiteObjects(partial(_client, "s3"), settings.artifact_bucket),
        Asker(api),
        evidence,
        lambda: f"=== {secrets.token_hex(16)} ===",
        SystemClock(),
    )


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Carry out one step."""
    try:
        return _carry_out(_STEPS.validate_python(dict(event)))
    except DependencyUnavailable as unavailable:
        # Step Functions matches an error by its class name alone: a subclass would not be retried.
        raise DependencyUnavailable(unavailable.detail, retry_after=unavailable.retry_after) from None


def _carry_out(step: Step) -> dict[str, Any]:
    worker = build()
    match step:
        case BeginStep():
            return worker.begin(step.evaluation_id)
        case CaseStep():
            return worker.case(step.evaluation_id, step.case_id, step.repeat)
        case GiveUpStep():
            return worker.give_up(step.evaluation_id, step.case_id, step.repeat, step.error)
        case FinishStep():
            return worker.finish(step.evaluation_id)
        case FailStep():
            return worker.fail(step.evaluation_id, step.error)


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name
