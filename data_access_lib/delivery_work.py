"""Deliveries are made: of an event, for each endpoint that is to be sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from governance.events.envelope import body_of
from governance.webhooks.filters import wants
from governance.webhooks.messages import Dispatch
from platform_kit.clock import milliseconds, parse_rfc3339
from platform_kit.ids import id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data_access_lib.repositories.deliveries import Deliveries
    from governance.events import PlatformEvent

ACTIVE: Final = "active"


def deliveries_of(
    deliveries: Deliveries, event: PlatformEvent, endpoints: Iterable[Mapping[str, Any]]
) -> list[Dispatch]:
    """Make what is to be delivered of an event, once; the first attempts, which may be queued again.

    An endpoint that is not active is sent what is for it alone, and nothing else.
    """
    return [
        begin(deliveries, event, str(endpoint["webhookId"]))
        for endpoint in endpoints
        if (endpoint["status"] == ACTIVE or event.only_to)
        and wants(str(endpoint["webhookId"]), endpoint["events"], event)
    ]


def begin(deliveries: Deliveries, event: PlatformEvent, webhook_id: str) -> Dispatch:
    """Make the delivery of an event to an endpoint, unless there is one; its first attempt."""
    moment = milliseconds(parse_rfc3339(event.time))
    delivery_id = id_of("dlv", moment, f"{event.event_id}\n{webhook_id}")
    deliveries.create(
        {
            "deliveryId": delivery_id,
            "webhookId": webhook_id,
            "eventId": event.event_id,
            "type": event.type,
            "body": body_of(event).decode(),
            "createdAt": event.time,
        }
    )
    return Dispatch(event.tenant_id, webhook_id, delivery_id)
