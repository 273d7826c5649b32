"""Composition root of the `webhooks` function."""

from functools import cache, partial
from typing import Any

import boto3

from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.data_keys import Keyrings
from data_access_lib.outgoing import DispatchQueue
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import TenantEvents
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.webhook_gates import WebhookGates
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from governance.webhooks.sending import Sender
from lambdas.webhooks.desk import Desk
from lambdas.webhooks.routes import ROUTES, WebhooksApi
from lambdas.webhooks.sent import SentService
from lambdas.webhooks.service import WebhookService
from lambdas.webhooks.settings import WebhooksSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from platform_kit.outbound import Outbound


@cache
def build() -> WebhooksApi:
    """The services of this process."""
    settings, clock = WebhooksSettings.from_environment(), SystemClock()
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def desk(who: Identity) -> Desk:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        content, client = keyrings.content(context), sessions.dynamodb(context.tenant_id)
        control, runs, ops, ledger = (
            TenantScopedTable(client, name, context, signals, content=content)
            for name in (settings.control_table, settings.runs_table, settings.ops_table, settings.ledger_table)
        )
        return Desk(
            *(Webhooks(control), Deliveries(runs), TenantEvents(runs), WebhookGates(ops)),
            *(AuditLog(ledger, ops, clock), Idempotency(ops, clock)),
        )

    queue = DispatchQueue(partial(_client, "sqs"), settings.dispatch_queue_url, clock)
    cursors = CursorCodec(CursorSecrets(partial(_client, "secretsmanager"), settings.cursor_secret_arn))
    sender = Sender(Outbound(frozenset(settings.webhook_allow)), clock.now)
    return WebhooksApi(WebhookService(desk, sender, clock), SentService(desk, queue, cursors, clock))


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name


handle = lambda_handler(ROUTES, build)
