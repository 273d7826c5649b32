"""Composition root of the `files` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.admin import PlatformReader
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.controls import KINDS, Controls, own_switches
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.data_keys import Keyrings
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext
from lambdas.files.routes import ROUTES
from lambdas.files.service import FileService, Shelf
from lambdas.files.settings import FilesSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> FileService:
    """The service of this process."""
    settings = FilesSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def shelf(who: TenantContext) -> Shelf:
        client, content = sessions.dynamodb(who.tenant_id), keyrings.content(who)
        runs, ops, ledger = (
            TenantScopedTable(client, name, who, signals, content=content)
            for name in (settings.runs_table, settings.ops_table, settings.ledger_table)
        )
        objects = TenantScopedBucket(sessions.s3(who.tenant_id), settings.tenant_bucket, who, signals, content=content)
        return Shelf(Files(runs), objects, Idempotency(ops), AuditLog(ledger, ops))

    def switches() -> PlatformReader:
        return PlatformReader(_dynamodb(), settings.control_table, signals, kinds=KINDS)

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    controls = Controls(switches, own_switches(sessions, settings.control_table, signals))
    return FileService(shelf, controls, cursors, SystemClock())


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build, used=count_use)
