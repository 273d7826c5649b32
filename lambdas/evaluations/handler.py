"""Composition root of the function `evaluations`.

It serves routes; takes the control table's stream, where versions become candidates; and does `{"step": "watch"}` by
schedule.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

import boto3

from data_access_lib.admin import (
    AdminContext,
    AdminTable,
    OpsAdminAudit,
    PlatformBucket,
    PlatformCatalogue,
    PlatformServiceTable,
)
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.evidence_store import EvidenceStore
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.evaluations import Evaluations
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.suites import SuiteRecords, Suites
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.signing_keys import SigningKey
from data_access_lib.suite_objects import SuiteObjects
from lambdas.evaluations.routes import ROUTES
from lambdas.evaluations.service import Desk, EvaluationService
from lambdas.evaluations.settings import EvaluationsSettings
from lambdas.evaluations.starting import Starter, Workflows
from lambdas.evaluations.triggers import Triggers
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

_REASON: Final = "suites and evaluations"
_OWN: Final = frozenset({"EVALUATION", "EVALUATIONS", "EVALCASE"})


@cache
def build() -> EvaluationService:
    """The service of this process."""
    settings, clock = EvaluationsSettings.from_environment(), SystemClock()
    audit = OpsAdminAudit(partial(_client, "dynamodb"), settings.ops_table)

    def desk(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)
        control, ops, ledger = (
            AdminTable(_client("dynamodb"), table, admin, audit, _signals())
            for table in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        answers = Idempotency(_door(settings.ops_table, frozenset({"IDEM"})), clock, principal_id=who.principal_id)
        return Desk(Suites(control), Evaluations(ops), answers, AuditLog(ledger, ops, clock))

    return EvaluationService(
        desk,
        SuiteObjects(partial(_client, "s3"), settings.artifact_bucket),
        lambda: _catalogue().versions,
        _workflows(),
        CursorCodec(CursorSecrets(partial(_client, "secretsmanager"), settings.cursor_secret_arn)),
        clock,
        EvidenceStore(PlatformBucket(_client("s3"), settings.audit_bucket, "evaluations", _signals())),
        SigningKey(partial(_client, "kms"), settings.evidence_key_arn),
    )


@cache
def triggers() -> Triggers:
    """What the stream and the schedule set going."""
    settings, clock = EvaluationsSettings.from_environment(), SystemClock()
    suites = SuiteRecords(_door(settings.control_table, frozenset({"SUITE"})))
    evaluations = Evaluations(_door(settings.ops_table, _OWN))
    starter = Starter(evaluations, _workflows(), clock)
    return Triggers(suites, evaluations, _catalogue().versions, starter, clock)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve a route, take a batch of the stream, or watch over what goes on."""
    if "Records" in event:
        failed = triggers().take(list(event["Records"]))
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
    if event.get("step") == "watch":
        return dict(triggers().watch())
    return _serve(event, context)


def _workflows() -> Workflows:
    settings = EvaluationsSettings.from_environment()
    return Workflows(partial(_client, "stepfunctions"), settings.evaluation_state_machine_arn)


@cache
def _catalogue() -> PlatformCatalogue:
    return PlatformCatalogue(_client("dynamodb"), EvaluationsSettings.from_environment().control_table, _signals())


def _door(table: str, kinds: frozenset[str]) -> PlatformServiceTable:
    return PlatformServiceTable(_client("dynamodb"), table, "evaluations", kinds, _signals())


@cache
def _signals() -> OpsAccessSignals:
    return OpsAccessSignals(partial(_client, "dynamodb"), EvaluationsSettings.from_environment().ops_table)


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name


_serve = lambda_handler(ROUTES, build)
