"""Composition root of the `policies` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.data_keys import Keyrings
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.policies import Policies
from data_access_lib.repositories.runs import Runs
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.policies.routes import ROUTES
from lambdas.policies.service import Cabinet, PolicyService
from lambdas.policies.settings import PoliciesSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> PolicyService:
    """The service of this process."""
    settings = PoliciesSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    keyrings = Keyrings(sessions, settings.control_table, signals)
    clock = SystemClock()

    def cabinet(who: Identity) -> Cabinet:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client = sessions.dynamodb(context.tenant_id)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        runs = TenantScopedTable(client, settings.runs_table, context, signals, content=keyrings.content(context))
        audit, answers = AuditLog(ledger, ops, clock), Idempotency(ops, clock)
        return Cabinet(Policies(control), Instances(control), Runs(runs, clock), audit, answers)

    def catalogue() -> PlatformCatalogue:
        return PlatformCatalogue(_dynamodb(), settings.control_table, signals)

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return PolicyService(cabinet, catalogue, cursors, clock)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build, used=count_use)
