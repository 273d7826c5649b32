"""Incidents of an owner, a tenant or the platform: opened by what happens, worked on by people, each with a timeline.

What happens again within its hour is counted and added to the timeline, once for each source; a resolved incident is
open again then. Only what people change moves the version (`etag`), so that a busy incident can be worked on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import IfAbsent, all_equal, attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.incident_epoch import IncidentEpoch
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS
from data_access_lib.tenant import PLATFORM
from governance.incidents import CLOSE_GATES, Status
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction
    from governance.incidents import Fact

LABEL: Final = "incident"
_ATTEMPTS: Final = 5
MOST_ENTRIES: Final = 500
"""How much of a timeline is read: its sources in the order of their ids."""
_DOCUMENTS: Final = ("detail",)


@dataclass(frozen=True, slots=True)
class Reported:
    """The incident a fact belongs to; `fresh` when the fact was not known, `opened` when it opened the incident."""

    incident: Item
    fresh: bool
    opened: bool


class IncidentRecords:
    """Reads of incidents in the ops table."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, incident_id: str) -> Item | None:
        """An incident; None when there is none."""
        item = self._reader.get(keys.incident_key(self._reader.owner, incident_id), consistent=True)
        return None if item is None else unpack(item, ())

    def get(self, incident_id: str) -> Item:
        """An incident; NotFound when there is none."""
        return required(self.find(incident_id), "incident")

    def timeline(self, incident_id: str) -> list[Item]:
        """What happened, in the order it happened; no more than 500 entries."""
        partition = keys.timeline_partition(self._reader.owner, incident_id)
        page = self._reader.query(partition, limit=MOST_ENTRIES, consistent=True)
        entries = [unpack(item, _DOCUMENTS) for item in page.items]
        return sorted(entries, key=lambda entry: str(entry["at"]))

    def list(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        status: str | None = None,
        severity: str | None = None,
        kind: str | None = None,
        consistent: bool = False,
    ) -> IdPage:
        """Incidents, newest hour first, below the id `after`; with a filter a page may be short and not the last."""
        page = self._reader.query(
            keys.incidents_partition(self._reader.owner),
            before=after,
            newest_first=True,
            limit=limit,
            filter=all_equal({"status": status, "severity": severity, "kind": kind}),
            consistent=consistent,
        )
        following = page.last_key["sk"] if page.last_key else None
        return IdPage([unpack(item, ()) for item in page.items], following)


class Incidents(IncidentRecords):
    """Reads and writes. `{incidentId, kind, severity, status, about, title, openedAt, lastEventAt, count, etag, …}`."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table
        self._owner = table.owner
        self._epoch = IncidentEpoch(table)

    def report(self, fact: Fact) -> Reported:
        """Write a fact down in its incident, which it opens unless it is open. The same fact again changes nothing."""
        entry = {"type": "fact", "title": fact.title, "detail": dict(fact.detail)}
        incident_id = fact.incident_id(self._owner)
        try:
            self._table.put(self._entry(incident_id, fact.source, entry, fact.at), condition=attr("pk").absent())
        except ConditionFailed:
            return Reported(self.get(incident_id), fresh=False, opened=False)
        if self._is_watched(fact.severity):
            made = self._made(fact)
            if made is not None:
                return Reported(made, fresh=True, opened=True)
        incident = self._counted(fact)
        opened = int(incident["count"]) == 1 or incident["status"] == Status.RESOLVED
        if incident["status"] == Status.RESOLVED:
            incident = self._reopened(incident)
        return Reported(incident, fresh=True, opened=opened)

    def change_in(self, transaction: TenantTransaction, incident: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Add a change of an incident to a transaction; what will be there.

        It fails (label `incident`) when the incident is not of the version that was read.
        """
        key, etag = keys.incident_key(self._owner, str(incident["incidentId"])), int(incident["etag"])
        change = {**pack(fields, ()), "etag": etag + 1}
        transaction.update(self._table.name, key, set_=change, condition=attr("etag").eq(etag), label=LABEL)
        changed = {**incident, **fields, "etag": etag + 1}
        reopened = not {"status", "severity"}.isdisjoint(fields) and changed["status"] == Status.OPEN
        if reopened and self._is_watched(changed["severity"]):
            self._epoch.move_in(transaction)
        return changed

    def change(self, incident: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        """Change an incident; ConditionFailed when it is not of the version that was read."""
        transaction = self._table.transaction()
        self.change_in(transaction, incident, fields)
        transaction.commit(attempts=5)

    def note(self, incident_id: str, entry: Mapping[str, Any], moment: datetime) -> None:
        """Write an entry of the timeline."""
        self._table.put(self._entry(incident_id, new_id("evt"), entry, moment), condition=attr("pk").absent())

    def _entry(self, incident_id: str, source: str, entry: Mapping[str, Any], moment: datetime) -> Item:
        key = keys.timeline_key(self._owner, incident_id, source)
        told = {**entry, "source": source, "at": rfc3339(moment)}
        return {**pack(told, _DOCUMENTS), **key._asdict(), "ttl": TERMS["TIMELINE"].expiry(moment)}

    def _is_watched(self, severity: str) -> bool:
        """Whether promotions ask for such incidents: the platform's grave ones."""
        return self._owner is PLATFORM and severity in CLOSE_GATES

    def _made(self, fact: Fact) -> Item | None:
        """A new incident that promotions ask for, in one write with what tells them of it; None when it is there."""
        first, latest = self._fields(fact)
        fields, transaction = {**first, **latest}, self._table.transaction()
        key = keys.incident_key(self._owner, str(fields["incidentId"]))
        fresh = attr("pk").absent()
        transaction.update(self._table.name, key, set_=fields, add={"count": 1}, condition=fresh, label=LABEL)
        self._epoch.move_in(transaction)
        try:
            transaction.commit(attempts=_ATTEMPTS)
        except ConditionFailed:
            return None
        return unpack({**fields, "count": 1}, ())

    def _counted(self, fact: Fact) -> Item:
        """One update makes the incident or moves it: two at the same time are both counted, and one of them opens."""
        first, latest = self._fields(fact)
        changed = self._table.update(
            keys.incident_key(self._owner, fact.incident_id(self._owner)),
            set_={**{name: IfAbsent(value) for name, value in first.items()}, **latest},
            add={"count": 1},
            return_new=True,
        )
        return unpack(changed or {}, ())

    def _fields(self, fact: Fact) -> tuple[Item, Item]:
        """What an incident begins with, and what every fact of it changes."""
        first = {
            "incidentId": fact.incident_id(self._owner),
            "kind": fact.kind.value,
            "severity": fact.severity.value,
            "status": Status.OPEN.value,
            "about": fact.about,
            "openedAt": rfc3339(fact.at),
            "etag": 1,
            "firstRun": fact.source,
            "firstAt": _milliseconds(fact.at),
            "ttl": TERMS["INCIDENT"].expiry(fact.at),
        }
        latest = {
            "title": fact.title,
            "lastEventAt": rfc3339(fact.at),
            "lastRun": fact.source,
            "lastAt": _milliseconds(fact.at),
            "touched": " ".join(sorted(fact.touched)),
            **({"agent": fact.agent} if fact.agent else {}),
            **({"halt": fact.halt.value} if fact.halt else {}),
        }
        return first, latest

    def _reopened(self, incident: Item) -> Item:
        """Open again; whoever was faster has done it."""
        incident_id, opened = str(incident["incidentId"]), {"status": Status.OPEN.value}
        key, resolved = keys.incident_key(self._owner, incident_id), attr("status").eq(Status.RESOLVED.value)
        transaction = self._table.transaction()
        transaction.update(self._table.name, key, set_=opened, add={"etag": 1}, condition=resolved, label=LABEL)
        if self._is_watched(str(incident["severity"])):
            self._epoch.move_in(transaction)
        try:
            transaction.commit(attempts=_ATTEMPTS)
        except ConditionFailed:
            return self.get(incident_id)
        return {**incident, **opened, "etag": int(incident["etag"]) + 1}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
