"""Composition root of the `audit` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext
from lambdas.audit.routes import ROUTES
from lambdas.audit.service import AuditService
from lambdas.audit.settings import AuditSettings
from platform_kit.api import lambda_handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> AuditService:
    """The service of this process."""
    settings = AuditSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)

    def log(who: TenantContext) -> AuditLog:
        client = sessions.dynamodb(who.tenant_id)
        ledger, ops = (
            TenantScopedTable(client, name, who, signals) for name in (settings.ledger_table, settings.ops_table)
        )
        return AuditLog(ledger, ops)

    return AuditService(log, CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn)))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build, used=count_use)
