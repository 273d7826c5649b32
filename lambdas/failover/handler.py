"""Composition root of the function `failover`: its routes, and `{"step": "failover"}` by schedule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformServiceTable
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.locks import Locks
from data_access_lib.repositories.runtime_routes import RuntimeHealth, RuntimeRoutes
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.table import BoundedTable
from governance.runtime_regions import Regions, Thresholds
from lambdas.failover.models import Step
from lambdas.failover.probe import Probe
from lambdas.failover.routes import ROUTES
from lambdas.failover.service import Failover
from lambdas.failover.settings import FailoverSettings
from lambdas.failover.switching import Desk
from lambdas.failover.watch import Watch
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from run_lifecycle.runtime import elsewhere

_REASON: Final = "where agents run"
_KINDS: Final = frozenset({"LOCK", "RUNTIMEROUTE", "RUNTIMEHEALTH", "AUDIT", "AUDITHEAD", "AUDITDETAIL"})
_LONGEST_SECONDS: Final = 0.0
_PROBE_SECONDS: Final = 3


@dataclass(frozen=True)
class Parts:
    """What operators ask, and what the schedule does."""

    service: Failover
    watch: Watch


@cache
def build() -> Parts:
    """The services of this process."""
    settings, clock = FailoverSettings.from_environment(), SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)
    regions = Regions(settings.aws_region, settings.standby_region)
    limits = Thresholds(settings.runtime_failing_seconds * 1000, settings.runtime_stable_seconds * 1000)

    def desk_of(ops: BoundedTable, ledger: BoundedTable) -> Desk:
        return Desk(RuntimeRoutes(ops), RuntimeHealth(ops), Locks(ops, clock), AuditLog(ledger, ops, clock))

    def operators(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)
        names = (settings.ops_table, settings.ledger_table)
        return desk_of(*(AdminTable(_dynamodb(), name, admin, audit, signals) for name in names))

    def own() -> Desk:
        names = (settings.ops_table, settings.ledger_table)
        return desk_of(*(PlatformServiceTable(_dynamodb(), name, "failover", _KINDS, signals) for name in names))

    def answers(who: Identity) -> Idempotency:
        table = PlatformServiceTable(_dynamodb(), settings.ops_table, "failover", frozenset({"IDEM"}), signals)
        return Idempotency(table, clock, principal_id=who.principal_id)

    probe = Probe(partial(_runtime, settings), settings.probe_runtime)
    return Parts(Failover(operators, answers, regions, limits, clock), Watch(own, probe, regions, limits, clock))


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve a route, or carry out the schedule's step."""
    if "step" not in event:
        return _serve(event, context)
    Step.model_validate(dict(event))
    return {"switched": build().watch.look(_seconds_left(context))}


def _seconds_left(context: Any) -> Callable[[], float]:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return lambda: remaining() / 1000 if remaining else _LONGEST_SECONDS


@cache
def _runtime(settings: FailoverSettings, region: str) -> Any:
    from botocore.config import Config

    config = Config(connect_timeout=_PROBE_SECONDS, read_timeout=_PROBE_SECONDS, retries={"total_max_attempts": 1})
    return boto3.client("bedrock-agentcore", config=config, **elsewhere(settings, region))  # type: ignore[call-overload]  # by name


@cache
def _dynamodb() -> Any:
    return boto3.client("dynamodb", config=client_config("dynamodb"))


_serve = lambda_handler(ROUTES, lambda: build().service)
