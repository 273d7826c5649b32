"""Composition root of the `agents` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformCatalogue, PlatformServiceTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.catalogue import Templates
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.verified_versions import VerifiedVersions
from lambdas.agents.artifacts import S3Artifacts
from lambdas.agents.desk import Desk
from lambdas.agents.promotion import Promotions
from lambdas.agents.routes import ROUTES
from lambdas.agents.service import AgentService, Catalogue
from lambdas.agents.settings import AgentsSettings
from lambdas.agents.versions import VersionRegistry
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> AgentService:
    """The service of this process."""
    settings = AgentsSettings.from_environment()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)
    platform, clock = PlatformCatalogue(_dynamodb(), settings.control_table, signals), SystemClock()

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
            AuditLog(ledger, ops, clock),
            IncidentRecords(ops),
            Idempotency(own, principal_id=who.principal_id),
        )

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return AgentService(
        Catalogue(platform.templates, platform.versions),
        desk,
        cursors,
        clock,
        VersionRegistry(desk, S3Artifacts(_s3, settings.artifact_bucket), cursors, clock),
        Promotions(desk, clock, waive_unjudged=settings.unjudged_gates == "waive"),
    )


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=client_config("s3"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build, used=count_use)
