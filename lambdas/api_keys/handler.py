"""Composition root of the `api_keys` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.credentials import KIND, Credentials
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.key_usage import KeyUsage
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext
from lambdas.api_keys.aws_callers import AwsCallerService, CallerCabinet
from lambdas.api_keys.routes import ROUTES, ApiKeysApi
from lambdas.api_keys.service import ApiKeyService, KeyCabinet
from lambdas.api_keys.settings import ApiKeysSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> ApiKeysApi:
    """The services of this process."""
    settings = ApiKeysSettings.from_environment()
    clock = SystemClock()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)

    def table(who: TenantContext, name: str) -> TenantScopedTable:
        return TenantScopedTable(sessions.dynamodb(who.tenant_id), name, who, signals)

    def key_cabinet(who: TenantContext) -> KeyCabinet:
        ops = table(who, settings.ops_table)
        audit = AuditLog(table(who, settings.ledger_table), ops, clock)
        return KeyCabinet(ApiKeys(table(who, settings.control_table)), KeyUsage(ops), Idempotency(ops), audit)

    def caller_cabinet(who: TenantContext) -> CallerCabinet:
        ops = table(who, settings.ops_table)
        audit = AuditLog(table(who, settings.ledger_table), ops, clock)
        return CallerCabinet(AwsCallers(table(who, settings.control_table)), Idempotency(ops), audit)

    door = PlatformServiceTable(_dynamodb(), settings.control_table, "api_keys", frozenset({KIND}), signals)
    credentials = Credentials(door, clock)
    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return ApiKeysApi(
        ApiKeyService(key_cabinet, credentials, cursors, clock),
        AwsCallerService(caller_cabinet, credentials, cursors, clock),
    )


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build)
