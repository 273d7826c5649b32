"""Composition root of the `provisioning` function: the tasks of the provisioning workflow."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import boto3
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.errors import StaleVersion, TransactionConflict
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.data_keys import DataKeys
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from data_access_lib.tenant_keys import TenantKeys
from lambdas.tenants.provisioning import Premises, Provisioning
from lambdas.tenants.settings import ProvisioningSettings
from lambdas.tenants.usage_keys import UsageKeys
from platform_kit.clock import SystemClock
from platform_kit.errors import DependencyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_dynamodb import DynamoDBClient

_PRINCIPAL = "svc:provisioning"


class Task(BaseModel):
    """What the workflow hands over; `error` is what Step Functions caught, for `compensate`."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    step: Literal[
        "reserve", "create_usage_key", "create_keys", "create_defaults", "activate", "compensate", "remove_usage_key"
    ]
    operation_id: str
    tenant_id: str
    error: dict[str, Any] | None = None


@cache
def build() -> Provisioning:
    """The service of this process."""
    settings = ProvisioningSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    sts = boto3.client("sts", config=client_config("sts"))

    def door(table: str, kind: str) -> PlatformServiceTable:
        return PlatformServiceTable(_dynamodb(), table, "provisioning", frozenset({kind}), signals)

    tenants = Tenants(door(settings.control_table, "TENANT"))
    residence = by_record(tenants, settings.aws_region)
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, residence)

    def premises(tenant_id: TenantId) -> Premises:
        context = TenantContext(tenant_id, _PRINCIPAL)
        table = TenantScopedTable(sessions.dynamodb(tenant_id), settings.ops_table, context, signals)
        bucket = TenantScopedBucket(sessions.s3(tenant_id), settings.tenant_bucket, context, signals)
        control = TenantScopedTable(sessions.dynamodb(tenant_id), settings.control_table, context, signals)
        keys = TenantKeys(
            *(sessions.kms(tenant_id), DataKeys(control, clock), tenant_id),
            stage=settings.stage,
            account=settings.tenant_role_arn.split(":")[4],
        )
        return Premises(Budgets(table, clock), bucket, keys)

    operations = Operations(door(settings.ops_table, "OPERATION"), clock)
    usage_keys = UsageKeys(_apigateway, settings.usage_plan_ids, settings.stage, most_own=settings.own_usage_keys)
    return Provisioning(tenants, operations, usage_keys, premises, clock)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Carry out one task; what is worth trying again is raised as DependencyUnavailable, which the workflow retries."""
    task = Task.model_validate(event)
    try:
        build().step(task.step, task.operation_id, task.tenant_id, task.error)
    except (DependencyUnavailable, StaleVersion, TransactionConflict) as failure:
        raise DependencyUnavailable(failure.detail) from failure
    return {}


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _apigateway() -> "APIGatewayClient":
    return boto3.client("apigateway", config=client_config("apigateway"))
