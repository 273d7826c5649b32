"""From events of runs to entries of their tenants' audit chains: in batches, in order, each exactly once.

A record that is no event is set aside for a person. A tenant whose entries cannot be written now is tried again, from
its first record on; the stream holds the others' back no further than that, since what is entered is known.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.codec import Item
from data_access_lib.content import Content
from data_access_lib.errors import ContentErased, ContentUnreadable, InvalidIdentifier, KeyUnavailable
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.audit_sequence import AuditSequence, EventAct
from data_access_lib.repositories.events import EventLog
from data_access_lib.tenant import TenantId
from governance.audit.run_events import act_of, is_act
from lambdas.sequencer.models import StreamedEvent, Unreadable, number_of, read
from platform_kit.observability import count, logger

_GONE: Final = "deleted"
_PAGE: Final = 200
Record = Mapping[str, Any]


@dataclass(frozen=True)
class TenantDesk:
    """One tenant: its chain, its runs' events, and what opens them. All with credentials for this tenant alone."""

    chain: AuditSequence
    events: EventLog
    content: Content


@dataclass(frozen=True)
class Sequencer:
    """`status` is a tenant's (None: there is no such tenant); `set_aside` keeps a place and a reason for a person."""

    desk: Callable[[TenantId], TenantDesk]
    status: Callable[[TenantId], str | None]
    set_aside: Callable[[str, str], None]

    def enter(self, records: Iterable[Record]) -> list[str]:
        """Enter what the records tell; the places in the stream from where to try again, one a tenant that failed."""
        failed: list[str] = []
        for tenant_id, events in self._by_tenant(records).items():
            try:
                self._enter(tenant_id, events)
            except Exception:  # noqa: BLE001 - whatever it was, the others' entries are written
                logger().exception("acts of runs could not be entered", tenant_id=tenant_id)
                count("SequencingFailed")
                failed.append(events[0].number)
        return failed

    def catch_up(self, tenant_id: TenantId, run_id: str) -> int:
        """Enter what of a run's events is not entered; how many were."""
        desk = self.desk(tenant_id)
        return desk.chain.enter([act for event in _all_of(desk.events, run_id) if (act := _act(event))])

    def _by_tenant(self, records: Iterable[Record]) -> dict[TenantId, list[StreamedEvent]]:
        found: dict[TenantId, list[StreamedEvent]] = {}
        for record in records:
            try:
                event = read(record)
            except Unreadable as unreadable:
                self._set_aside(unreadable.place, "unreadable")
            else:
                found.setdefault(event.tenant_id, []).append(event)
        return found

    def _enter(self, tenant_id: TenantId, events: list[StreamedEvent]) -> None:
        if self.status(tenant_id) in {None, _GONE}:
            return  # what came from a tenant that is no more has no chain to go to
        desk = self.desk(tenant_id)
        acts = [act for event in events if (act := self._act(event, desk.content))]
        entered = desk.chain.enter(acts)
        count("AuditSequenced", entered)

    def _act(self, event: StreamedEvent, content: Content) -> EventAct | None:
        try:
            if not is_act(event.item["stream"], event.item["event"]):
                return None
            keys.audit_event_key(event.tenant_id, str(event.item["runId"]), int(event.item["seq"]))
            return _act({**event.item, "payload": _payload(event.item, content)})
        except (InvalidIdentifier, LookupError, TypeError, ValueError):  # one that has no place would stop its tenant's
            self._set_aside(f"{event.item['pk']} {event.item['sk']}", "malformed")
            return None

    def _set_aside(self, place: str, reason: str) -> None:
        count("UnsequencedRecord", reason=reason)
        self.set_aside(place, reason)


def again_from(records: Iterable[Record], failed: Iterable[str]) -> str | None:
    """The first of the failed places, in the stream's order: what Lambda is told to begin at again."""
    places = set(failed)
    return next((number for record in records if (number := _number(record)) in places), None)


def _number(record: Record) -> str:
    try:
        return number_of(record)
    except (LookupError, TypeError):
        return ""


def _payload(item: Item, content: Content) -> Any:
    """The payload opened; None when it cannot be: the key is gone or refused, and the act stands all the same."""
    try:
        return json.loads(content.take_out(item)["payload"])
    except (ContentErased, ContentUnreadable, KeyUnavailable):
        count("UnreadableEvent")
        return None


def _act(event: Mapping[str, Any]) -> EventAct | None:
    act = act_of(event)
    if act is None:
        return None
    draft = AuditDraft(act.action, act.target, act.decision, act.detail)
    return EventAct(str(event["runId"]), int(event["seq"]), draft)


def _all_of(events: EventLog, run_id: str) -> Iterator[Item]:
    after = 0
    while page := events.read(run_id, after=after, limit=_PAGE):
        yield from page
        after = int(page[-1]["seq"])
