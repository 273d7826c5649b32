"""Composition root of the `members` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.invites import Invites
from data_access_lib.repositories.members import Members
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.members.invitations import InviteService
from lambdas.members.registry import Registry
from lambdas.members.routes import ROUTES, MembersApi
from lambdas.members.service import MemberService
from lambdas.members.settings import MembersSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> MembersApi:
    """The service of this process."""
    settings = MembersSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    clock = SystemClock()

    def registry(who: Identity) -> Registry:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client = sessions.dynamodb(context.tenant_id)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        return Registry(Members(control), Invites(control), AuditLog(ledger, ops, clock), Idempotency(ops, clock))

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return MembersApi(MemberService(registry, cursors, clock), InviteService(registry, cursors, clock))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build)
