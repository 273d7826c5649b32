"""Composition root of the `dead_letters` function. It knows no tenant's data: letters name what they are about."""

from functools import cache, partial
from typing import Any

import boto3

from data_access_lib.admin import AdminAccess, AdminContext, AdminTable, OpsAdminAudit, PlatformServiceTable
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.dead_letters import DeadLetterMoves
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from lambdas.dead_letters.again import Again
from lambdas.dead_letters.queues import DeadLetterBox
from lambdas.dead_letters.routes import ROUTES
from lambdas.dead_letters.service import DeadLetterService, Desk
from lambdas.dead_letters.settings import DeadLettersSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity


@cache
def build() -> DeadLetterService:
    """The service of this process."""
    settings, clock = DeadLettersSettings.from_environment(), SystemClock()
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    audit = OpsAdminAudit(partial(_client, "dynamodb"), settings.ops_table)
    box = DeadLetterBox(partial(_client, "sqs"), settings.stage, settings.dead_letter_queues, settings.retried_queues)

    def desk(who: Identity, reason: str) -> Desk:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), reason)
        ops, ledger = (
            AdminTable(_client("dynamodb"), table, admin, audit, signals)
            for table in (settings.ops_table, settings.ledger_table)
        )

        def note(operation: str, queue: str) -> None:
            audit.record(AdminAccess(admin.principal_id, admin.reason, operation, "dead-letters", queue))

        return Desk(note, AuditLog(ledger, ops, clock))

    def moves() -> DeadLetterMoves:
        kinds = frozenset({"DEADLETTER"})
        table = PlatformServiceTable(_client("dynamodb"), settings.ops_table, "dead_letters", kinds, signals)
        return DeadLetterMoves(table, clock)

    return DeadLetterService(box, Again(_client, box, settings.stage), moves, desk, clock)


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name


handle = lambda_handler(ROUTES, build)
