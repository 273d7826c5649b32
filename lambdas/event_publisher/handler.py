"""Composition root of the function `event_publisher`: it follows the streams of the tables `runs`, `control` and `ops`.

{"Records": […]} → {"batchItemFailures": […]}: where the stream is to begin again, at most one place
{"source": "ambit.dead-letters", "detail": {"lost": {streamArn, …}}} → {"records": n}: those of a batch that failed,
                   which are still in the stream; when its dead letter is done again
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import boto3

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.client import TenantScopedTable
from data_access_lib.content import UNOPENED
from data_access_lib.lost_batches import LostBatch, lost_batch, records_of
from data_access_lib.outgoing import DispatchQueue, EventBus
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import TenantEvents
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from governance.dead_letters import SOURCE
from lambdas.event_publisher.service import EventPublisher, TenantDesk
from lambdas.event_publisher.settings import EventPublisherSettings
from platform_kit.clock import SystemClock

_PRINCIPAL = "svc:event_publisher"


@cache
def build() -> EventPublisher:
    """The service of this process."""
    settings, clock = EventPublisherSettings.from_environment(), SystemClock()
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    catalogue = PlatformCatalogue(_client("dynamodb"), settings.control_table, signals)
    residence = by_record(catalogue.tenants, settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)

    def desk(tenant_id: TenantId) -> TenantDesk:
        who = TenantContext(tenant_id, _PRINCIPAL)
        control, runs, ops = (
            TenantScopedTable(sessions.dynamodb(tenant_id), name, who, signals, content=UNOPENED)
            for name in (settings.control_table, settings.runs_table, settings.ops_table)
        )
        return TenantDesk(
            events=TenantEvents(runs),
            webhooks=Webhooks(control),
            deliveries=Deliveries(runs),
            runs=Runs(runs, clock),
            incidents=IncidentRecords(ops),
            budgets=Budgets(ops, clock),
            instances=Instances(control),
        )

    bus = EventBus(partial(_client, "events"), settings.event_bus)
    queue = DispatchQueue(partial(_client, "sqs"), settings.dispatch_queue_url, clock)
    return EventPublisher(desk, lambda: catalogue, bus, queue, clock)


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Tell what a batch of a stream tells of, or one that is read again because its dead letter is done again."""
    if event.get("source") == SOURCE:
        return {"records": _tell_lost(lost_batch(event["detail"]["lost"]))}
    place = build().take(list(event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": place}] if place else []}


def _tell_lost(batch: LostBatch) -> int:
    """What is told already is not told again. RuntimeError when some of it still cannot be told."""
    records = list(records_of(_client("dynamodbstreams"), batch))
    if place := build().take(records):
        raise RuntimeError(f"what happened from {place} on could not be told")
    return len(records)


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name
