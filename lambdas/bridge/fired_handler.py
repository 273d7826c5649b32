"""Composition root of the function `scheduler`: messages of the queue `schedules`, each a schedule's time.

{"Records": […]} → {"batchItemFailures": […]}: what is to be told again. One that fails takes no other with it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from data_access_lib.client import TenantScopedTable
from data_access_lib.data_keys import Keyrings
from data_access_lib.failures import store_failures
from data_access_lib.outgoing import forget_schedule
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.members import Members
from data_access_lib.repositories.schedules import Firings, Schedules
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.bridge.fired import Busy, Desk, ScheduledRuns, Time
from lambdas.bridge.owners import Owners
from lambdas.bridge.service import BridgeService
from lambdas.bridge.settings import SchedulerSettings
from platform_kit.observability import count, logger
from run_lifecycle.assembly import RunParts, assemble

_PRINCIPAL: Final = "svc:scheduler"


@dataclass(frozen=True)
class QueueAndScheduler:
    """The queue that times are told in, and EventBridge Scheduler, which tells them."""

    sqs: Any
    scheduler: Any
    queue_url: str
    group: str

    def remove(self, schedule_id: str) -> None:
        """Tell no time of a schedule that is gone."""
        forget_schedule(self.scheduler, self.group, schedule_id)

    def later(self, time: Time, seconds: int) -> None:
        """Tell a time once more, in so many seconds (at most 900)."""
        body = json.dumps(time.model_dump(by_alias=True))
        with store_failures():
            self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body, DelaySeconds=seconds)


@cache
def build() -> ScheduledRuns:
    """The service of this process."""
    from lambdas.bridge.handler import service_of

    settings = SchedulerSettings.from_environment()
    parts = assemble(settings, longest_seconds=settings.stream_timeout_seconds)
    bridge: BridgeService = service_of(parts, settings)
    clockwork = QueueAndScheduler(
        parts.clients.get("sqs"), parts.clients.get("scheduler"), settings.schedule_queue_url, settings.schedule_group
    )
    tenants = parts.catalogue.tenants
    return ScheduledRuns(bridge, tenants.find, _desks(parts, settings), clockwork, parts.clock)


def _desks(parts: RunParts, settings: SchedulerSettings) -> Any:
    keyrings = Keyrings(parts.sessions, settings.control_table, parts.signals)

    def desk(tenant_id: TenantId) -> Desk:
        context = TenantContext(tenant_id, _PRINCIPAL)
        client, content = parts.sessions.dynamodb(tenant_id), keyrings.content(context)
        control, ops = (
            TenantScopedTable(client, name, context, parts.signals, content=content)
            for name in (settings.control_table, settings.ops_table)
        )
        return Desk(Schedules(control), Firings(ops, parts.clock), Owners(Members(control), ApiKeys(control)))

    return desk


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Look at each time; those that are to come again are named."""
    failed = [str(record["messageId"]) for record in event["Records"] if not _done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _done(record: Mapping[str, Any]) -> bool:
    try:
        build().fire(Time.model_validate_json(record["body"]))
    except Busy:
        return False
    except Exception:  # noqa: BLE001 - one time that fails takes no other with it
        logger().exception("a schedule's time could not be seen to", message_id=record.get("messageId"))
        count("ScheduleFailed")
        return False
    return True
