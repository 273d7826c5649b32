"""Security events of the platform, by day: what somebody has to look at, and what operators did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_access_lib import keys
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import unpack
from data_access_lib.tenant import PLATFORM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction


class SecurityEvents:
    """Security events in the ops table: {eventId, type, severity, principalId, operation, resource, at, …}."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def record(self, event: Mapping[str, Any], day: date) -> None:
        """Write an event down (`eventId` names it) under its day (UTC)."""
        self._table.put(_item(event, day))

    def record_in(self, transaction: TenantTransaction, event: Mapping[str, Any], day: date) -> None:
        """Add an event to a transaction, so that what it tells of does not happen without it."""
        transaction.put(self._table.name, _item(event, day))

    def list(self, day: date, *, limit: int = 50, after: str | None = None) -> IdPage:
        """One day's events, newest first."""
        partition = keys.security_partition(PLATFORM, day)
        page = newest_of_partition(self._table, partition, limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)


def _item(event: Mapping[str, Any], day: date) -> dict[str, Any]:
    return {**event, **keys.security_event_key(PLATFORM, day, event["eventId"])._asdict()}
