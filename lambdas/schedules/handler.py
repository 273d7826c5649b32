"""Composition root of the `schedules` function."""

from functools import cache, partial
from typing import Any

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.data_keys import Keyrings
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.members import Members
from data_access_lib.repositories.schedules import Firings, Schedules
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.schedules.clockwork import Clockwork
from lambdas.schedules.routes import ROUTES
from lambdas.schedules.service import Desk, ScheduleService
from lambdas.schedules.settings import SchedulesSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity


@cache
def build() -> ScheduleService:
    """The service of this process."""
    settings, clock = SchedulesSettings.from_environment(), SystemClock()
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def desk(who: Identity) -> Desk:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client, content = sessions.dynamodb(context.tenant_id), keyrings.content(context)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals, content=content)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        log, answers = AuditLog(ledger, ops, clock), Idempotency(ops, clock)
        return Desk(Schedules(control), Firings(ops, clock), Members(control), log, answers)

    clockwork = Clockwork(
        partial(_client, "scheduler"),
        partial(_client, "sqs"),
        settings.schedule_group,
        settings.schedule_queue_arn,
        settings.schedule_queue_url,
        settings.schedule_role_arn,
        settings.schedule_letters_arn,
    )
    cursors = CursorCodec(CursorSecrets(partial(_client, "secretsmanager"), settings.cursor_secret_arn))
    return ScheduleService(desk, clockwork, cursors, clock)


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name


handle = lambda_handler(ROUTES, build, used=count_use)
