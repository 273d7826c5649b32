"""Composition root of the function `checkpoints`: its routes, and `{"step": "checkpoint"}` by schedule."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3

from data_access_lib.admin import PlatformBucket, PlatformServiceTable
from data_access_lib.audit_archive import AuditArchive
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.platform_incidents import report, table_of
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import PLATFORM, TenantId
from lambdas.checkpoints.models import Step
from lambdas.checkpoints.notary import Notary, Seal
from lambdas.checkpoints.routes import ROUTES
from lambdas.checkpoints.service import Checkpoints, Owner, PlatformChain
from lambdas.checkpoints.settings import CheckpointsSettings
from lambdas.checkpoints.signing import public_key, seal_of
from platform_kit.api import lambda_handler
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from data_access_lib.signals import AccessSignals

_PRINCIPAL: Final = "svc:checkpoints"
_LONGEST_SECONDS: Final = 29.0
_CLOSED: Final = frozenset({"provisioning", "failed", "deleted"})


@cache
def build() -> Checkpoints:
    """The service of this process."""
    settings = CheckpointsSettings.from_environment()
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    tenants = Tenants(_door(settings.control_table, signals, "TENANT"))
    residence = by_record(tenants, settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)
    kms = partial(_client, "kms")
    seal, clock = seal_of(kms, settings.audit_key_arn), SystemClock()

    def notary(who: Owner) -> Notary:
        if isinstance(who, PlatformChain):
            return _platforms(settings, signals, seal, clock)
        client = sessions.dynamodb(who.tenant_id)
        ledger, ops = (
            TenantScopedTable(client, name, who, signals) for name in (settings.ledger_table, settings.ops_table)
        )
        bucket = TenantScopedBucket(sessions.s3(who.tenant_id), settings.audit_bucket, who, signals)
        return Notary(who.tenant_id, AuditLog(ledger, ops, clock), AuditArchive(bucket), seal, clock)

    return Checkpoints(
        notary,
        lambda: _open(tenants, settings.aws_region),
        lambda tenant_id: tenants.find(tenant_id) is not None,
        lambda: [public_key(kms, settings.audit_key_arn)],
        lambda: SecurityEvents(_door(settings.ops_table, signals, "SECURITY")),
        lambda fact: report(table_of(_client("dynamodb"), settings.ops_table, signals), fact),
        CursorCodec(CursorSecrets(partial(_client, "secretsmanager"), settings.cursor_secret_arn)),
        clock,
    )


def _platforms(settings: CheckpointsSettings, signals: "AccessSignals", seal: Seal, clock: Clock) -> Notary:
    """The platform's own papers, by the function's own role. What is entered here is entered by the function."""
    names = (settings.ledger_table, settings.ops_table)
    ledger, ops = (_door(name, signals, "AUDIT", "AUDITHEAD", "AUDITDETAIL") for name in names)  # one transaction
    bucket = PlatformBucket(_client("s3"), settings.audit_bucket, "checkpoints", signals)
    return Notary(PLATFORM, AuditLog(ledger, ops, clock), AuditArchive(bucket), seal, clock)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve a route, or carry out the schedule's step."""
    if "step" not in event:
        return _serve(event, context)
    Step.model_validate(dict(event))
    return {"attested": build().attest_all(_PRINCIPAL, _seconds_left(context))}


def _open(tenants: Tenants, region: str) -> Iterator[TenantId]:
    """Every tenant that may have a chain here."""
    after: str | None = None
    while True:
        page = tenants.list(limit=100, after=after)
        here = (one for one in page.items if one.get("residency") == region and one.get("status") not in _CLOSED)
        yield from (TenantId(one["tenantId"]) for one in here)
        if page.next_id is None:
            return
        after = page.next_id


def _door(table: str, signals: "AccessSignals", *kinds: str) -> PlatformServiceTable:
    return PlatformServiceTable(_client("dynamodb"), table, "checkpoints", frozenset(kinds), signals)


def _seconds_left(context: Any) -> Callable[[], float]:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return lambda: remaining() / 1000 if remaining else _LONGEST_SECONDS


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name


_serve = lambda_handler(ROUTES, build, used=count_use)
