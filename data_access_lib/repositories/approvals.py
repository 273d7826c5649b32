"""Approvals: what is held for people to decide, listed by state and time, used once.

An approval is two items: itself, which every decision moves on by one version (`etag`), and its frozen arguments, which
nothing ever changes. What a run has asked for stands in one item of its own, so that the same call asked twice, at the
same time too, is one approval.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage, merge
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS
from governance.approvals import Status
from governance.approvals.words import LIVE
from platform_kit.clock import Clock, SystemClock, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "approval"
"""The label of the pieces of a transaction that say that an approval is as it was read."""
ASKED: Final = "approvals_asked"
"""The label of the piece that says that the run has asked for nothing else meanwhile."""
RETENTION: Final = TERMS["APPROVAL"].span
_DOCUMENTS: Final = ("votes", "requiredRoles")
_FROZEN: Final = ("arguments",)
_LIST: Final = ("asked",)
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run has asked for: `{approvalId, tool}` by digest; `version` is 0 when it has asked for nothing."""

    version: int = 0
    by_digest: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Approvals:
    """Approvals in the runs table. Fields are named as in docs/approvals.md; `expiresAt` is in epoch milliseconds."""

    def __init__(self, table: BoundedTable, clock: Clock | None = None, *, retention: timedelta = RETENTION) -> None:
        self._table = table
        self._tenant = table.owner
        self._clock = clock or SystemClock()
        self._retention = retention

    def create_in(
        self, transaction: TenantTransaction, record: Mapping[str, Any], arguments: Mapping[str, Any]
    ) -> Item:
        """Add a new approval, pending, as version 1, with its frozen arguments; what will be there."""
        made = {**record, "status": Status.PENDING.value, "votes": [], "etag": 1}
        approval_id, absent, ttl = str(record["approvalId"]), attr("pk").absent(), {"ttl": self._expiry()}
        place = {**self._key(approval_id)._asdict(), **self._index(Status.PENDING, approval_id)}
        transaction.put(self._table.name, {**pack(made, _DOCUMENTS), **place, **ttl}, condition=absent, label=LABEL)
        frozen = keys.approval_arguments_key(self._tenant, approval_id)._asdict()
        item = {**pack({"approvalId": approval_id, "arguments": arguments}, _FROZEN), **frozen, **ttl}
        transaction.put(self._table.name, item, condition=absent, label=LABEL)
        return made

    def change_in(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Add a change to a transaction; it fails (label `approval`) when the approval is not as `record` any more."""
        return self._change_in(transaction, record, fields, attr("etag").eq(record["etag"]))

    def consume_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add the one use of what was granted; it fails (label `approval`) unless it is granted and in time."""
        usable = (
            attr("status").eq(Status.APPROVED.value)
            & attr("digest").eq(record["digest"])
            & attr("expiresAt").gt(self._now())
        )
        fields = {"status": Status.CONSUMED.value, "consumedAt": self._now()}
        return self._change_in(transaction, record, fields, usable & attr("etag").eq(record["etag"]))

    def expire(self, record: Mapping[str, Any]) -> bool:
        """Write down that an approval's time is over; False when it is not, or somebody else did."""
        late = attr("status").is_in([state.value for state in LIVE]) & attr("expiresAt").le(self._now())
        return self._end(record, Status.EXPIRED, late)

    def void(self, record: Mapping[str, Any]) -> bool:
        """Write down that what was asked for cannot happen any more; False when it is not as `record` any more."""
        return self._end(record, Status.VOID, attr("status").is_in([state.value for state in LIVE]))

    def find(self, approval_id: str) -> Item | None:
        """An approval without its arguments; None when there is none."""
        item = self._table.get(self._key(approval_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, approval_id: str) -> Item:
        """As `find`; NotFound when there is none."""
        return required(self.find(approval_id), "approval")

    def get_many(self, approval_ids: Iterable[str]) -> list[Item]:
        """Several approvals; those that are gone are left out."""
        found = self._table.batch_get([self._key(approval_id) for approval_id in approval_ids], consistent=True)
        return [unpack(item, _DOCUMENTS) for item in found.values()]

    def arguments(self, approval_id: str) -> dict[str, Any]:
        """The frozen arguments; NotFound when there is no such approval."""
        place = keys.approval_arguments_key(self._tenant, approval_id)
        item = required(self._table.get(place, consistent=True), "approval")
        return dict(unpack(item, _FROZEN)["arguments"])

    def list(self, *, limit: int = 50, after: str | None = None, status: str | None = None) -> IdPage:
        """Approvals, newest first, below the id `after`; with `status` those that stand so at this moment."""
        pages = [
            self._table.query(
                keys.approvals_partition(self._tenant, state.value),
                index="gsi1",
                before=after,
                newest_first=True,
                limit=limit,
                filter=only,
            )
            for state, only in self._states(status)
        ]
        page = merge(pages, limit)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def overdue(self) -> Iterator[Item]:
        """Those whose time is over and of which nobody has written that down."""
        late = attr("expiresAt").le(self._now())
        for state in sorted(LIVE):
            start, partition = None, keys.approvals_partition(self._tenant, state.value)
            while True:
                page = self._table.query(partition, index="gsi1", filter=late, limit=_PAGE, start=start)
                yield from (unpack(item, _DOCUMENTS) for item in page.items)
                start = page.last_key
                if start is None:
                    break

    def asked(self, run_id: str) -> Asked:
        """What a run has asked for."""
        item = self._table.get(keys.asked_key(self._tenant, run_id), consistent=True)
        return Asked() if item is None else Asked(int(item["version"]), unpack(item, _LIST)["asked"])

    def note_in(
        self, transaction: TenantTransaction, run_id: str, asked: Asked, by_digest: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Add what a run has asked for to a transaction; it fails (label `approvals_asked`) when `asked` is old."""
        same = attr("version").eq(asked.version) if asked.version else attr("pk").absent()
        record = pack({"asked": by_digest, "version": asked.version + 1, "runId": run_id}, _LIST)
        item = {**record, **keys.asked_key(self._tenant, run_id)._asdict(), "ttl": self._expiry()}
        transaction.put(self._table.name, item, condition=same, label=ASKED)

    def _states(self, wanted: str | None) -> Iterator[tuple[Status, Condition | None]]:
        """The partitions in which approvals of a state are, and which of each: time is written down late."""
        now = self._now()
        for state in Status:
            if wanted is None or (state.value == wanted and state not in LIVE):
                yield state, None
            elif state.value == wanted:
                yield state, attr("expiresAt").gt(now)
            elif wanted == Status.EXPIRED and state in LIVE:
                yield state, attr("expiresAt").le(now)

    def _change_in(
        self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any], only: Condition
    ) -> Item:
        changed = {**fields, "etag": int(record["etag"]) + 1}
        approval_id = str(record["approvalId"])
        moved = self._index(fields["status"], approval_id) if "status" in fields else {}
        stored = {**pack(changed, _DOCUMENTS), **moved}
        transaction.update(self._table.name, self._key(approval_id), set_=stored, condition=only, label=LABEL)
        return {**record, **changed}

    def _end(self, record: Mapping[str, Any], status: Status, only: Condition) -> bool:
        approval_id = str(record["approvalId"])
        fields = {"status": status.value, "etag": int(record["etag"]) + 1, **self._index(status, approval_id)}
        same = only & attr("etag").eq(record["etag"])
        try:
            self._table.update(self._key(approval_id), set_=fields, condition=same)
        except ConditionFailed:
            return False
        return True

    def _key(self, approval_id: str) -> keys.Key:
        return keys.approval_key(self._tenant, approval_id)

    def _index(self, status: str, approval_id: str) -> dict[str, str]:
        return keys.approval_index(self._tenant, str(status), approval_id)._asdict()

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    def _expiry(self) -> int:
        return int((self._clock.now() + self._retention).timestamp())
