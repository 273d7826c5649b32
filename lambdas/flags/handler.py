"""Composition root of the `flags` function."""

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformCatalogue, PlatformServiceTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.incident_work import Bench
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.flags import Flags
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.repositories.kill_switches import KillSwitches
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from lambdas.flags.incidents import PlatformIncidents
from lambdas.flags.routes import ROUTES
from lambdas.flags.service import Desk, FlagService
from lambdas.flags.settings import FlagsSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_REASON: Final = "flags and kill switches"


@cache
def build() -> FlagService:
    """The service of this process."""
    settings = FlagsSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)

    def desk(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)

        def door(table: str) -> AdminTable:
            return AdminTable(_dynamodb(), table, admin, audit, signals)

        control, ops, ledger = (door(t) for t in (settings.control_table, settings.ops_table, settings.ledger_table))
        own = PlatformServiceTable(_dynamodb(), settings.ops_table, "flags", frozenset({"IDEM"}), signals)
        answers = Idempotency(own, clock, principal_id=who.principal_id)
        return Desk(Flags(control), KillSwitches(control), AuditLog(ledger, ops, clock), answers, ops)

    def catalogue() -> PlatformCatalogue:
        return PlatformCatalogue(_dynamodb(), settings.control_table, signals)

    def bench(who: Identity) -> Bench:
        found = desk(who)
        return Bench(Incidents(found.incidents), found.audit)

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return FlagService(desk, catalogue, cursors, clock, PlatformIncidents(bench, cursors, clock))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build)
