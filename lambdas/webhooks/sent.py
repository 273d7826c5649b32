"""What was sent to endpoints, and what happened: read, tested, begun again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.delivery_work import begin
from data_access_lib.once import once
from data_access_lib.outgoing import DispatchQueue
from data_access_lib.repositories.deliveries import PENDING
from data_access_lib.repositories.event_log import event_of
from data_access_lib.tenant import TenantId
from governance.events import PlatformEvent, cloud_event
from governance.events.facts import of_test
from governance.webhooks.gate import MOST_OPEN_MS
from governance.webhooks.messages import Dispatch
from lambdas.webhooks.desk import Desk, OpenDesk
from lambdas.webhooks.models import (
    BegunReply,
    DeliveryPage,
    DeliveryReply,
    RedeliveredReply,
    RedeliverWebhook,
    TenantEventPage,
)
from lambdas.webhooks.views import delivery_of
from platform_kit.clock import Clock, milliseconds, parse_rfc3339
from platform_kit.errors import Conflict, FieldError, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import id_at, new_id
from platform_kit.observability import count

_EVENTS: Final = "GET /v1/events"
_PAGE: Final = 100
_FAILED: Final = "failed"
_OVERDUE_MS: Final = 2 * MOST_OPEN_MS
"""Longer than a message waits for an endpoint that is spared, with its jitter."""


@dataclass(frozen=True)
class SentService:
    """`desk` opens the caller's tenant; `queue` takes attempts to be made."""

    desk: OpenDesk
    queue: DispatchQueue
    cursors: CursorCodec
    clock: Clock

    def deliveries(
        self, who: Identity, webhook_id: str, *, limit: int, cursor: str | None, status: str | None
    ) -> DeliveryPage:
        """What was sent to an endpoint, newest first; NotFound when there is no such endpoint."""
        desk, tenant, route = self.desk(who), TenantId(who.tenant()), f"GET /v1/webhooks/{webhook_id}/deliveries"
        desk.webhooks.get(webhook_id)
        after = self.cursors.decode(tenant, route, cursor)["after"] if cursor else None
        page = desk.deliveries.list(webhook_id, limit=limit, after=after, status=status)
        following = self.cursors.encode(tenant, route, {"after": page.next_id}) if page.next_id else None
        items = [DeliveryReply.model_validate(delivery_of(record)) for record in page.items]
        return DeliveryPage(items=items, next_cursor=following)

    def test(self, who: Identity, webhook_id: str, *, key: str | None, body: bytes) -> tuple[BegunReply, bool]:
        """Send a test message to an endpoint, as everything is sent to it; True beside the answer to a repeat.

        The delivery log shows what comes of it. Conflict for one that is not active: it has not said that it wants any.
        """
        desk, route = self.desk(who), f"POST /v1/webhooks/{webhook_id}/test"
        made = once(desk.answers, route, key, body, lambda: self._test(desk, who, webhook_id))
        return BegunReply.model_validate(made.response), made.replayed

    def _test(self, desk: Desk, who: Identity, webhook_id: str) -> dict[str, Any]:
        _active(desk, webhook_id)
        event = of_test(who.tenant(), webhook_id, self.clock.now(), new_id("evt"))
        dispatch = begin(desk.deliveries, event, webhook_id)
        self.queue.send([dispatch])
        count("WebhookTested")
        begun = BegunReply(delivery_id=dispatch.delivery_id, event_id=event.event_id, round=1)
        return begun.model_dump(mode="json", by_alias=True)

    def redeliver(self, who: Identity, webhook_id: str, delivery_id: str) -> BegunReply:
        """Begin a delivery that has ended once more, under the same id and with the same bytes. Conflict otherwise."""
        desk = self.desk(who)
        _active(desk, webhook_id)
        begun = self._again(desk, who, desk.deliveries.get(webhook_id, delivery_id))
        if begun is None:
            raise Conflict("The delivery goes on: it is tried again by itself. Look at its nextAttemptAt.")
        return begun

    def redeliver_all(self, who: Identity, webhook_id: str, wanted: RedeliverWebhook) -> RedeliveredReply:
        """Begin what has failed since a moment once more, newest first, as much of it as is asked for."""
        desk = self.desk(who)
        _active(desk, webhook_id)
        least, begun = id_at("dlv", _moment(wanted.since)), list[BegunReply]()
        for record in _failed(desk, webhook_id, least):
            if len(begun) == wanted.limit:
                return RedeliveredReply(items=begun, more=True)
            begun += [one for one in (self._again(desk, who, record),) if one]
        return RedeliveredReply(items=begun, more=False)

    def events(self, who: Identity, *, limit: int, cursor: str | None, kind: str | None) -> TenantEventPage:
        """The tenant's log of events, newest first."""
        desk, tenant = self.desk(who), TenantId(who.tenant())
        after = self.cursors.decode(tenant, _EVENTS, cursor)["after"] if cursor else None
        page = desk.events.list(limit=limit, after=after, kind=kind)
        following = self.cursors.encode(tenant, _EVENTS, {"after": page.next_id}) if page.next_id else None
        events: list[PlatformEvent] = [event_of(str(tenant), record) for record in page.items]
        return TenantEventPage(items=[cloud_event(event) for event in events], next_cursor=following)

    def _again(self, desk: Desk, who: Identity, record: dict[str, Any]) -> BegunReply | None:
        """None of one that has not ended, or that somebody else began at this moment.

        One whose attempt is long overdue is queued anew: whoever began it died before it was in the queue. Should it
        be there all the same, two messages are one attempt.
        """
        now = milliseconds(self.clock.now())
        if record["status"] != PENDING:
            begun = desk.deliveries.begin_again(record, now)
        else:
            begun = record if now - _due(record) > _OVERDUE_MS else None
        if begun is None:
            return None
        names = (str(begun["webhookId"]), str(begun["deliveryId"]))
        self.queue.send([Dispatch(who.tenant(), *names, round=int(begun["round"]), attempt=int(begun["attempt"]))])
        count("WebhookRedelivered")
        return BegunReply(delivery_id=names[1], event_id=str(begun["eventId"]), round=int(begun["round"]))


def _failed(desk: Desk, webhook_id: str, least: str) -> Iterator[dict[str, Any]]:
    """What has failed, newest first, of events from a moment on: ids begin with it."""
    after: str | None = None
    while True:
        page = desk.deliveries.list(webhook_id, limit=_PAGE, after=after, status=_FAILED)
        for record in page.items:
            if str(record["deliveryId"]) < least:
                return
            yield record
        after = page.next_id
        if after is None or after < least:
            return


def _due(record: Mapping[str, Any]) -> int:
    """When the next attempt of a delivery was to be made, in epoch milliseconds."""
    return int(record.get("nextAt") or milliseconds(parse_rfc3339(str(record["createdAt"]))))


def _active(desk: Desk, webhook_id: str) -> None:
    status = desk.webhooks.get(webhook_id)["status"]
    if status != "active":
        raise Conflict(f"The endpoint is {status}. Make it active first: PATCH it with status active.")


def _moment(text: str) -> datetime:
    try:
        return parse_rfc3339(text).astimezone(UTC)
    except (ValueError, OverflowError):
        bad = FieldError("/since", "not a time such as 2026-11-22T10:15:30Z")
        raise Unprocessable("There is no such time.", errors=(bad,)) from None
