"""Composition root of the functions `bridge` (here) and `stream` (`stream_app`), which share one service."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformServiceTable
from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.break_glass import BreakGlassGrants
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.tenant import TenantContext
from lambdas.bridge.break_glass import BreakGlass, Desk
from lambdas.bridge.routes import ROUTES
from lambdas.bridge.service import BridgeService, Timeouts
from lambdas.bridge.settings import BridgeSettings, StreamSettings
from platform_kit.api import lambda_handler
from platform_kit.identity import Identity
from run_lifecycle.assembly import RunParts, assemble
from run_lifecycle.rate_limits import RateLimiter
from run_lifecycle.workflows import RunWorkflows

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_REASON: Final = "break-glass access"


@cache
def build() -> BridgeService:
    """The service of this process."""
    settings = StreamSettings.from_environment()
    return service_of(assemble(settings, longest_seconds=settings.stream_timeout_seconds), settings)


def service_of(parts: RunParts, settings: StreamSettings) -> BridgeService:
    """The service that every function of this capability starts runs with."""
    cursors = CursorCodec(CursorSecrets(lambda: parts.clients.get("secretsmanager"), settings.cursor_secret_arn))
    return BridgeService(
        open_store=parts.open_store,
        resolver=parts.resolver,
        controls=parts.controls,
        limiter=RateLimiter(parts.clock),
        conductor=parts.conductor,
        guardrails=parts.guardrails,
        audit=_audit_log(parts, settings),
        workflows=RunWorkflows(lambda: parts.clients.get("stepfunctions"), settings.run_state_machine_arn),
        cursors=cursors,
        clock=parts.clock,
        timeouts=Timeouts(settings.sync_timeout_seconds, settings.stream_timeout_seconds),
        emergency=lambda: _break_glass(parts, cursors),
    )


def _audit_log(parts: RunParts, settings: StreamSettings) -> Callable[[TenantContext], AuditLog]:
    """Opens a tenant's audit log."""

    def log(context: TenantContext) -> AuditLog:
        client = parts.sessions.dynamodb(context.tenant_id)
        ledger, ops = (
            TenantScopedTable(client, name, context, parts.signals)
            for name in (settings.ledger_table, settings.ops_table)
        )
        return AuditLog(ledger, ops, parts.clock)

    return log


def _break_glass(parts: RunParts, cursors: CursorCodec) -> BreakGlass:
    """Made when it is asked for: an invocation does not wait for what an emergency needs."""
    settings = BridgeSettings.from_environment()

    def dynamodb() -> "DynamoDBClient":
        client: DynamoDBClient = parts.clients.get("dynamodb")
        return client

    audit = OpsAdminAudit(dynamodb, settings.ops_table)

    def desk(who: Identity) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)
        ops, ledger = (
            AdminTable(dynamodb(), name, admin, audit, parts.signals)
            for name in (settings.ops_table, settings.ledger_table)
        )
        own = PlatformServiceTable(dynamodb(), settings.ops_table, "bridge", frozenset({"IDEM"}), parts.signals)
        answers = Idempotency(own, parts.clock, principal_id=who.principal_id)
        chain = AuditLog(ledger, ops, parts.clock)
        return Desk(parts.catalogue.tenants, BreakGlassGrants(ops), chain, answers)

    return BreakGlass(desk, _audit_log(parts, settings), cursors, parts.clock)


handle = lambda_handler(ROUTES, build, used=count_use)
