"""Composition root of the `approvals` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.data_keys import Keyrings
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.approvals import Approvals
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.runs import Runs
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.approvals.routes import ROUTES
from lambdas.approvals.service import ApprovalService, Chamber
from lambdas.approvals.settings import ApprovalsSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from run_lifecycle.callbacks import TaskCallbacks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@cache
def build() -> ApprovalService:
    """The service of this process."""
    settings = ApprovalsSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    keyrings = Keyrings(sessions, settings.control_table, signals)
    clock = SystemClock()

    def chamber(who: Identity) -> Chamber:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client, content = sessions.dynamodb(context.tenant_id), keyrings.content(context)
        control, runs, ops, ledger = (
            # With the content of all of them: a transaction seals as the table that opens it does.
            TenantScopedTable(client, name, context, signals, content=content)
            for name in (settings.control_table, settings.runs_table, settings.ops_table, settings.ledger_table)
        )
        return Chamber(
            Approvals(runs, clock),
            Runs(runs, clock),
            ApiKeys(control),
            AwsCallers(control),
            AuditLog(ledger, ops, clock),
            Idempotency(ops, clock),
        )

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    return ApprovalService(chamber, cursors, clock, _tasks)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _tasks() -> TaskCallbacks:
    return TaskCallbacks(boto3.client("stepfunctions", config=client_config("stepfunctions")))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


handle = lambda_handler(ROUTES, build, used=count_use)
