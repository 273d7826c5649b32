"""Composition root of the `issuers` function."""

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformServiceTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.issuers import Issuers
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from lambdas.issuers.key_sets import KeySetCheck
from lambdas.issuers.routes import ROUTES
from lambdas.issuers.service import Desk, IssuerService
from lambdas.issuers.settings import IssuersSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from platform_kit.outbound import Outbound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_REASON: Final = "issuer administration"


@cache
def build() -> IssuerService:
    """The service of this process."""
    settings = IssuersSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)

    def desk(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)

        def door(table: str) -> AdminTable:
            return AdminTable(_dynamodb(), table, admin, audit, signals)

        control, ops, ledger = (door(t) for t in (settings.control_table, settings.ops_table, settings.ledger_table))
        own = PlatformServiceTable(_dynamodb(), settings.ops_table, "issuers", frozenset({"IDEM"}), signals)
        answers = Idempotency(own, clock, principal_id=who.principal_id)
        return Desk(Issuers(control), TenantRecords(control), AuditLog(ledger, ops, clock), answers)

    check = KeySetCheck(Outbound(frozenset(settings.outbound_allow)))
    return IssuerService(desk, check, CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn)), clock)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build)
