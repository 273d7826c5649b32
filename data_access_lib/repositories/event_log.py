"""What a tenant was told, by id: an event is written here before it is told, and marked when it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import all_equal, attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS
from governance.events import PlatformEvent
from platform_kit.clock import parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable

_DOCUMENTS: Final = ("data",)
_MARK: Final = "event_mark"


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it is in the log; `told` when it has been told already."""

    event: PlatformEvent
    told: bool


class TenantEvents:
    """Events in the runs table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def put(self, event: PlatformEvent) -> Logged:
        """Write an event down, unless it is there already; as it is there."""
        try:
            self._table.put(self._item(event), condition=attr("pk").absent())
        except ConditionFailed:
            return _logged(self._tenant, self.get(event.event_id))
        return Logged(event, told=False)

    def put_once(self, mark: str, event: PlatformEvent) -> Logged:
        """Write an event down unless one was with this mark; the one that was."""
        place, fresh = keys.event_mark_key(self._tenant, mark), attr("pk").absent()
        transaction = self._table.transaction()
        ttl = TERMS["EVENTMARK"].expiry(parse_rfc3339(event.time))
        item = {**place._asdict(), "eventId": event.event_id, "ttl": ttl}
        transaction.put(self._table.name, item, condition=fresh, label=_MARK)
        transaction.put(self._table.name, self._item(event), condition=fresh)
        try:
            transaction.commit(attempts=3)
        except ConditionFailed:
            marked = required(self._table.get(place, consistent=True), "event")
            return _logged(self._tenant, self.get(str(marked["eventId"])))
        return Logged(event, told=False)

    def mark_told(self, event_id: str, at: str) -> None:
        """Write down that an event has been told."""
        self._table.update(
            keys.event_log_key(self._tenant, event_id), set_={"toldAt": at}, condition=attr("pk").exists()
        )

    def get(self, event_id: str) -> Item:
        """An event's record; NotFound when there is none."""
        found = self._table.get(keys.event_log_key(self._tenant, event_id), consistent=True)
        return unpack(required(found, "event"), _DOCUMENTS)

    def list(self, *, limit: int = 50, after: str | None = None, kind: str | None = None) -> IdPage:
        """Events, newest first, below the event id `after`; with a type a page may be short and not the last."""
        page = self._table.query(
            keys.event_log_partition(self._tenant),
            before=after,
            newest_first=True,
            limit=limit,
            filter=all_equal({"type": kind}),
        )
        following = page.last_key["sk"] if page.last_key else None
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], following)

    def _item(self, event: PlatformEvent) -> Item:
        record = {
            "eventId": event.event_id,
            "type": event.type,
            "time": event.time,
            "data": dict(event.data),
            "onlyTo": event.only_to or None,
            "alsoTo": event.also_to or None,
        }
        key = keys.event_log_key(self._tenant, event.event_id)
        ttl = TERMS["EVENTLOG"].expiry(parse_rfc3339(event.time))
        return {**pack(record, _DOCUMENTS), **key._asdict(), "ttl": ttl}


def event_of(tenant_id: str, record: Mapping[str, Any]) -> PlatformEvent:
    """The event of a record."""
    told = (str(record["eventId"]), str(record["type"]), str(tenant_id), str(record["time"]), record["data"])
    return PlatformEvent(*told, only_to=str(record.get("onlyTo") or ""), also_to=str(record.get("alsoTo") or ""))


def _logged(tenant_id: str, record: Item) -> Logged:
    return Logged(event_of(tenant_id, record), told="toldAt" in record)
