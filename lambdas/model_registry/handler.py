"""Composition root of the `model_registry` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.models import Models
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.model_registry.routes import ROUTES
from lambdas.model_registry.service import Desk, RegistryService
from lambdas.model_registry.settings import ModelRegistrySettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def build() -> RegistryService:
    """The service of this process."""
    settings = ModelRegistrySettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    clock = SystemClock()

    def desk(who: Identity) -> Desk:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client = sessions.dynamodb(context.tenant_id)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        return Desk(Models(control), AuditLog(ledger, ops, clock))

    return RegistryService(desk, frozenset(settings.model_providers.split()), clock)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


handle = lambda_handler(ROUTES, build, used=count_use)
