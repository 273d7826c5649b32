"""Composition root of the `agents` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformCatalogue, PlatformServiceTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from lambdas.agents.artifacts import S3Artifacts
from lambdas.agents.routes import ROUTES
from lambdas.agents.service import AgentService, Catalogue
from lambdas.agents.settings import AgentsSettings
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
    platform = PlatformCatalogue(_dynamodb(), settings.control_table, signals)

    def registry(who: Identity) -> AdminTable:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), "registry")
        return AdminTable(_dynamodb(), settings.control_table, admin, audit, signals)

    def answers(who: Identity) -> Idempotency:
        door = PlatformServiceTable(_dynamodb(), settings.ops_table, "agents", frozenset({"IDEM"}), signals)
        return Idempotency(door, principal_id=who.principal_id)

    return AgentService(
        Catalogue(platform.templates, platform.versions),
        registry,
        answers,
        S3Artifacts(_s3, settings.artifact_bucket),
        CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn)),
        SystemClock(),
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
