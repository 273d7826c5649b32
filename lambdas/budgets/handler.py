"""Composition root of the `budgets` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.pools import PoolDefinitions, Pools
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.budgets.routes import ROUTES
from lambdas.budgets.service import BudgetService, Purse
from lambdas.budgets.settings import BudgetsSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def build() -> BudgetService:
    """The service of this process."""
    settings = BudgetsSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    clock = SystemClock()

    def purse(who: Identity) -> Purse:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client = sessions.dynamodb(context.tenant_id)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        log, answers = AuditLog(ledger, ops, clock), Idempotency(ops, clock)
        return Purse(PoolDefinitions(control), Pools(ops, clock), log, answers)

    return BudgetService(purse, clock)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


handle = lambda_handler(ROUTES, build, used=count_use)
