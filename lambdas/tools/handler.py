"""Composition root of the `tools` function."""

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformReader
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.tool_packs import PackPublishers, ToolPacks
from data_access_lib.repositories.tools import ToolRecords, Tools
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from lambdas.tools.desk import Desk
from lambdas.tools.routes import ROUTES
from lambdas.tools.service import ToolService
from lambdas.tools.settings import ToolsSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from platform_kit.outbound import Outbound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_REASON: Final = "registered tools"


@cache
def build() -> ToolService:
    """The service of this process."""
    settings = ToolsSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)

    def desk(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)

        def door(table: str) -> AdminTable:
            return AdminTable(_dynamodb(), table, admin, audit, signals)

        control, ops, ledger = (door(t) for t in (settings.control_table, settings.ops_table, settings.ledger_table))
        answers = Idempotency(ops, clock, principal_id=who.principal_id)
        chain = AuditLog(ledger, ops, clock)
        return Desk(Tools(control), ToolPacks(control), PackPublishers(control), answers, chain)

    def records() -> ToolRecords:
        return ToolRecords(PlatformReader(_dynamodb(), settings.control_table, signals, kinds=frozenset({"TOOL"})))

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return ToolService(records, desk, cursors, Outbound(frozenset(settings.outbound_allow)), clock)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build, used=count_use)
