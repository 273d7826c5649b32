"""Composition root of the function `webhook_dispatcher`: it takes messages of the queue of deliveries.

{"Records": […]} → {"batchItemFailures": […]}: the messages that are to be handed out again
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, Final

import boto3

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import TenantScopedTable
from data_access_lib.data_keys import Keyrings
from data_access_lib.outgoing import DispatchQueue
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.repositories.webhook_gates import WebhookGates
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from governance.webhooks.sending import Sender
from lambdas.webhook_dispatcher.models import Received
from lambdas.webhook_dispatcher.service import Dispatcher, TenantDesk
from lambdas.webhook_dispatcher.settings import WebhookDispatcherSettings
from platform_kit.clock import SystemClock
from platform_kit.observability import count, logger
from platform_kit.outbound import Outbound

_PRINCIPAL: Final = "svc:webhook_dispatcher"
_AT_ONCE: Final = 10
"""As many as a batch has: one that waits for an endpoint's answer holds no other up."""


@cache
def build() -> Dispatcher:
    """The service of this process."""
    settings, clock = WebhookDispatcherSettings.from_environment(), SystemClock()
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    tenants = TenantRecords(
        PlatformServiceTable(
            *(_client("dynamodb"), settings.control_table, "webhook_dispatcher", frozenset({"TENANT"}), signals)
        )
    )
    residence = by_record(tenants, settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def desk(tenant_id: TenantId) -> TenantDesk:
        who = TenantContext(tenant_id, _PRINCIPAL)
        content, client = keyrings.content(who), sessions.dynamodb(tenant_id)
        control, runs, ops, ledger = (
            TenantScopedTable(client, name, who, signals, content=content)
            for name in (settings.control_table, settings.runs_table, settings.ops_table, settings.ledger_table)
        )
        return TenantDesk(Webhooks(control), Deliveries(runs), WebhookGates(ops), AuditLog(ledger, ops, clock))

    def status(tenant_id: TenantId) -> str | None:
        record = tenants.find(tenant_id)
        return None if record is None else str(record.get("status"))

    queue = DispatchQueue(partial(_client, "sqs"), settings.dispatch_queue_url, clock)
    return Dispatcher(desk, status, Sender(Outbound(frozenset(settings.webhook_allow)), clock.now), queue, clock)


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Make the attempts of a batch, all at once."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        left = [message for message in threads.map(_take, event["Records"]) if message]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in left]}


def _take(record: Mapping[str, Any]) -> str | None:
    """The message's id when it is to be handed out again; after five times it lies with what could not be done."""
    try:
        build().take(Received.read(record))
    except Exception:  # noqa: BLE001 - whatever it was, the others of the batch are done
        logger().exception("a delivery could not be attempted")
        count("WebhookDispatchFailed")
        return str(record["messageId"])
    return None


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name
