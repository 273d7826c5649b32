"""Composition root of the function `agents`: its routes, and `{"step": "inspect"}` by schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

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
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.catalogue import Templates
from data_access_lib.repositories.certifications import Certifications
from data_access_lib.repositories.evaluations import EvaluationRecords
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incident_epoch import IncidentEpoch
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.repositories.promotion_approvals import PromotionApprovals
from data_access_lib.repositories.promotion_overrides import PromotionOverrides
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.repositories.suites import SuiteRecords
from data_access_lib.repositories.tools import ToolRecords
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.signing_keys import SigningKey
from data_access_lib.verified_versions import VerifiedVersions
from lambdas.agents.approvals import Approvals
from lambdas.agents.artifacts import S3Artifacts
from lambdas.agents.break_glass import Overrides
from lambdas.agents.certifications import VersionCertifications
from lambdas.agents.desk import Desk
from lambdas.agents.inspection import Inspection
from lambdas.agents.models import Step
from lambdas.agents.packages import Packages, Place
from lambdas.agents.promotion import Promotions
from lambdas.agents.routes import ROUTES
from lambdas.agents.runtimes import AgentCoreRuntimes
from lambdas.agents.service import AgentService, Catalogue, Clearing
from lambdas.agents.settings import AgentsSettings
from lambdas.agents.versions import VersionRegistry
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from run_lifecycle.runtime import elsewhere

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

_LOOK_SECONDS: Final = 2


@dataclass(frozen=True)
class Parts:
    """What operators and tenants ask, and what the schedule does."""

    service: AgentService
    inspection: Inspection


@cache
def build() -> Parts:
    """The services of this process."""
    settings = AgentsSettings.from_environment()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)
    platform, clock = PlatformCatalogue(_dynamodb(), settings.control_table, signals), SystemClock()
    evidence = EvidenceStore(PlatformBucket(_s3(), settings.audit_bucket, "agents", signals))
    evidence_key = SigningKey(_kms, settings.evidence_key_arn)

    def desk(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), "registry")

        def door(table: str) -> AdminTable:
            return AdminTable(_dynamodb(), table, admin, audit, signals)

        control, ops, ledger = (door(t) for t in (settings.control_table, settings.ops_table, settings.ledger_table))
        own = PlatformServiceTable(_dynamodb(), settings.ops_table, "agents", frozenset({"IDEM"}), signals)
        return Desk(
            control,
            Templates(control),
            VerifiedVersions(control, signals),
            ToolRecords(control),
            AuditLog(ledger, ops, clock),
            IncidentRecords(ops),
            SecurityEvents(ops),
            Idempotency(own, principal_id=who.principal_id),
            SuiteRecords(control),
            EvaluationRecords(ops),
            evidence,
            evidence_key.verify,
            Certifications(control),
            PromotionApprovals(control),
            PromotionOverrides(control),
            IncidentEpoch(ops),
        )

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    packages = Packages(
        S3Artifacts(_s3, settings.artifact_bucket),
        AgentCoreRuntimes(partial(_runtimes, settings), settings.account),
        Place(settings.aws_region, settings.artifact_bucket),
        Place(settings.standby_region, settings.standby_artifact_bucket) if settings.standby_region else None,
    )
    promotions = Promotions(desk, clock, packages, pass_without_suite=settings.no_required_suite == "pass")
    service = AgentService(
        Catalogue(platform.templates, platform.versions),
        desk,
        cursors,
        clock,
        VersionRegistry(desk, packages, cursors, clock),
        promotions,
        Clearing(VersionCertifications(desk, clock), Approvals(desk, clock), Overrides(desk, promotions, clock)),
    )
    return Parts(service, Inspection(platform.templates, platform.versions, packages))


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve a route, or carry out the schedule's step."""
    if "step" not in event:
        return _serve(event, context)
    Step.model_validate(dict(event))
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return build().inspection.inspect(lambda: remaining() / 1000 if remaining else 0.0)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=client_config("s3"))


@cache
def _runtimes(settings: AgentsSettings, region: str) -> "BedrockAgentCoreControlClient":
    from botocore.config import Config

    config = Config(connect_timeout=_LOOK_SECONDS, read_timeout=_LOOK_SECONDS, retries={"total_max_attempts": 2})
    return boto3.client("bedrock-agentcore-control", config=config, **elsewhere(settings, region))  # type: ignore[call-overload,no-any-return]  # by name


@cache
def _kms() -> "KMSClient":
    return boto3.client("kms", config=client_config("kms"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


_serve = lambda_handler(ROUTES, lambda: build().service, used=count_use)
