"""Composition root of the function `lifecycle`: the tasks of the lifecycle workflow.

    {"step": "work", "operationId", "tenantId"}              → {"next", "seconds"}: `again`, `wait`, `usage_key`, `done`
    {"step": "give_up", "operationId", "tenantId", "error"}  → {"next": "done", "seconds": 0}
    {"step": "retain"}                                       → {"operationId"}: begins the day's sweep; by schedule

A failure that another attempt may cure leaves as `DependencyUnavailable`, by which the workflow retries.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final

import boto3
from pydantic import Field, TypeAdapter

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.content import UNOPENED, Content
from data_access_lib.data_keys import Keyrings
from data_access_lib.errors import StaleVersion, TransactionConflict
from data_access_lib.inventory import Table
from data_access_lib.outgoing import forget_schedule
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.data_keys import DataKeys
from data_access_lib.repositories.issuers import Issuers
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import AccessSignals, OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from data_access_lib.tenant_keys import TenantKeys
from lambdas.lifecycle.clients import certificate_keeper, run_stopper, workflow_starter
from lambdas.lifecycle.models import GiveUpStep, PlatformRecords, Premises, RetainStep, WorkStep
from lambdas.lifecycle.service import Lifecycle
from lambdas.lifecycle.settings import LifecycleSettings
from platform_kit.clock import SystemClock
from platform_kit.errors import DependencyUnavailable

_CHAIN: Final = ("AUDIT", "AUDITHEAD", "AUDITDETAIL")  # of one transaction over both tables
_PRINCIPAL: Final = "svc:lifecycle"
Step = WorkStep | GiveUpStep | RetainStep
_STEPS: Final[TypeAdapter[Step]] = TypeAdapter(Annotated[Step, Field(discriminator="step")])


@cache
def build() -> Lifecycle:
    """The service of this process."""
    settings = LifecycleSettings.from_environment()
    signals = OpsAccessSignals(lambda: _client("dynamodb"), settings.ops_table)
    residence = by_record(Tenants(_door(settings.control_table, signals, "TENANT")), settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)
    keyrings = Keyrings(sessions, settings.control_table, signals)
    return Lifecycle(
        Operations(_door(settings.ops_table, signals, "OPERATION"), SystemClock()),
        lambda tenant_id: _premises(settings, sessions, keyrings, signals, tenant_id),
        _platform(settings, signals),
        SystemClock(),
        settings.quiet_seconds,
        workflow_starter(lambda: _client("stepfunctions"), settings.lifecycle_state_machine_arn),
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Carry out one step."""
    step = _STEPS.validate_python(dict(event))
    try:
        if isinstance(step, RetainStep):
            return {"operationId": build().retain()}
        if isinstance(step, GiveUpStep):
            build().give_up(step.operation_id, step.error)
            return {"next": "done", "seconds": 0}
        told = build().work(step.operation_id, step.tenant_id, _seconds_left(context))
    except (DependencyUnavailable, StaleVersion, TransactionConflict) as failure:
        raise DependencyUnavailable(failure.detail) from failure
    return {"next": told.next, "seconds": told.seconds}


def _premises(
    settings: LifecycleSettings,
    sessions: TenantSessions,
    keyrings: Keyrings,
    signals: AccessSignals,
    tenant_id: TenantId,
) -> Premises:
    context = TenantContext(tenant_id, _PRINCIPAL)
    dynamodb, s3 = sessions.dynamodb(tenant_id), sessions.s3(tenant_id)
    opened = keyrings.content(context)
    names: dict[Table, str] = {
        "control": settings.control_table,
        "runs": settings.runs_table,
        "ops": settings.ops_table,
        "ledger": settings.ledger_table,
    }

    def tables(content: Content) -> dict[Table, TenantScopedTable]:
        return {
            name: TenantScopedTable(dynamodb, table, context, signals, content=content) for name, table in names.items()
        }

    objects = TenantScopedBucket(s3, settings.tenant_bucket, context, signals, content=opened)
    stored = tables(UNOPENED)
    held = TenantKeys(
        *(sessions.kms(tenant_id), DataKeys(stored["control"], SystemClock()), tenant_id),
        stage=settings.stage,
        account=settings.tenant_role_arn.split(":")[4],
    )
    return Premises(tables(opened), stored, objects, held, dynamodb, s3)


def _platform(settings: LifecycleSettings, signals: AccessSignals) -> PlatformRecords:
    control, ops = settings.control_table, settings.ops_table
    chain, ends = (_door(table, signals, *_CHAIN) for table in (settings.ledger_table, ops))
    return PlatformRecords(
        tenants=Tenants(_door(control, signals, "TENANT")),
        issuers=Issuers(_door(control, signals, "ISSUER")),
        credentials=_door(control, signals, "CREDENTIAL"),
        audit=AuditLog(chain, ends, SystemClock()),
        keep_certificate=certificate_keeper(lambda: _client("s3"), settings.artifact_bucket),
        stop_run=run_stopper(lambda: _client("stepfunctions"), settings.run_state_machine_arn),
        forget_schedule=lambda name: forget_schedule(_client("scheduler"), settings.schedule_group, name),
    )


def _door(table: str, signals: AccessSignals, *kinds: str) -> PlatformServiceTable:
    return PlatformServiceTable(_client("dynamodb"), table, "lifecycle", frozenset(kinds), signals)


def _seconds_left(context: Any) -> Callable[[], float]:
    return lambda: float(context.get_remaining_time_in_millis()) / 1000


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name
