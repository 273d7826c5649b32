"""Composition root of the function `lifecycle`: the tasks of the lifecycle workflow.

    {"step": "work", "operationId", "tenantId"}              → {"next": "again" | "done"}
    {"step": "give_up", "operationId", "tenantId", "error"}  → {"next": "done"}

A failure that another attempt may cure leaves as `DependencyUnavailable`, by which the workflow retries.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import boto3
from pydantic import Field, TypeAdapter

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.data_keys import Keyrings
from data_access_lib.errors import StaleVersion, TransactionConflict
from data_access_lib.repositories.operations import Operations
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.lifecycle.models import GiveUpStep, Premises, WorkStep
from lambdas.lifecycle.service import Lifecycle
from lambdas.lifecycle.settings import LifecycleSettings
from platform_kit.clock import SystemClock
from platform_kit.errors import DependencyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PRINCIPAL: Final = "svc:lifecycle"
_STEPS: Final[TypeAdapter[WorkStep | GiveUpStep]] = TypeAdapter(
    Annotated[WorkStep | GiveUpStep, Field(discriminator="step")]
)


@cache
def build() -> Lifecycle:
    """The service of this process."""
    settings = LifecycleSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def premises(tenant_id: TenantId) -> Premises:
        context, client = TenantContext(tenant_id, _PRINCIPAL), sessions.dynamodb(tenant_id)
        content = keyrings.content(context)  # what is exported is exported opened
        bucket = TenantScopedBucket(sessions.s3(tenant_id), settings.tenant_bucket, context, signals, content=content)

        def table(name: str) -> TenantScopedTable:
            return TenantScopedTable(client, name, context, signals, content=content)

        return Premises(
            {
                "control": table(settings.control_table),
                "runs": table(settings.runs_table),
                "ops": table(settings.ops_table),
                "ledger": table(settings.ledger_table),
            },
            bucket,
        )

    def door(table: str, *kinds: str) -> PlatformServiceTable:
        return PlatformServiceTable(_dynamodb(), table, "lifecycle", frozenset(kinds), signals)

    return Lifecycle(Operations(door(settings.ops_table, "OPERATION"), clock), premises, clock)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Carry out one step."""
    step = _STEPS.validate_python(dict(event))
    try:
        if isinstance(step, GiveUpStep):
            build().give_up(step.operation_id, step.error)
            return {"next": "done"}
        return {"next": build().work(step.operation_id, step.tenant_id, _seconds_left(context))}
    except (DependencyUnavailable, StaleVersion, TransactionConflict) as failure:
        raise DependencyUnavailable(failure.detail) from failure


def _seconds_left(context: Any) -> Callable[[], float]:
    return lambda: float(context.get_remaining_time_in_millis()) / 1000


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))
