"""Schedules of runs, and what became of each of their times.

    schedule = {scheduleId, name, agent, input, context?, metadata?, expression, timeZone, jitterMinutes, overlap,
                catchUp, status, stoppedBecause?, principalId, vouched, createdAt, updatedAt, pausedAt?, last?,
                turnOf?, turnUntil? (ms), etag}
    firing = {scheduleId, at, state: claimed | done, until (ms), claim, result?, runId?, detail?}

What an agent is sent is content, and sealed. A firing is claimed before anything is begun for it, and decided in its
schedule's turn, of which there is one: two times cannot both find that no run of an earlier one goes on.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, milliseconds
from platform_kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "schedule"
LEASE: Final = timedelta(minutes=2)
"""Longer than it takes to begin a run."""
_DOCUMENTS: Final = ("context", "metadata", "vouched", "last")
_MOST: Final = 1000


class Schedules:
    """Schedules in the control table; `etag` counts what people change, and no result of a firing."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._tenant = table.owner

    def find(self, schedule_id: str) -> Item | None:
        """One of them as it is now; None when there is none."""
        item = self._table.get(keys.schedule_key(self._tenant, schedule_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, schedule_id: str) -> Item:
        """One of them; NotFound when there is none."""
        return required(self.find(schedule_id), "schedule")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Schedules, newest first."""
        page = newest_of_partition(self._table, keys.schedules_partition(self._tenant), limit=limit, after=after)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def count(self) -> int:
        """How many the tenant has."""
        return len(self._table.query(keys.schedules_partition(self._tenant), limit=_MOST, consistent=True).items)

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new one (`scheduleId` names it), version 1, to a transaction."""
        made = {**record, "etag": 1}
        item = {**pack(made, _DOCUMENTS), **keys.schedule_key(self._tenant, str(record["scheduleId"]))._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)
        return made

    def change_in(
        self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add a change to a transaction; None takes a field away.

        It fails (label `schedule`) when the schedule is no longer as `record` says.
        """
        changed = {**record, **fields, "etag": int(record["etag"]) + 1}
        transaction.update(
            self._table.name,
            keys.schedule_key(self._tenant, str(record["scheduleId"])),
            set_=pack({**fields, "etag": changed["etag"]}, _DOCUMENTS),
            remove=[name for name, value in fields.items() if value is None],
            condition=attr("etag").eq(record["etag"]),
            label=LABEL,
        )
        return {name: value for name, value in changed.items() if value is not None}

    def remove_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add its removal to a transaction; it fails (label `schedule`) when it changed meanwhile."""
        key = keys.schedule_key(self._tenant, str(record["scheduleId"]))
        transaction.delete(self._table.name, key, condition=attr("etag").eq(record["etag"]), label=LABEL)

    def finish(self, record: Mapping[str, Any]) -> None:
        """Its last time has come; nothing happens when it changed meanwhile or is not active."""
        key = keys.schedule_key(self._tenant, str(record["scheduleId"]))
        as_read = attr("etag").eq(record["etag"]) & attr("status").eq("active")
        try:
            self._table.update(key, set_={"status": "finished"}, condition=as_read)
        except ConditionFailed:
            return

    def note(self, schedule_id: str, fields: Mapping[str, Any]) -> None:
        """Write down what a firing found; nothing happens when the schedule is gone by now."""
        key = keys.schedule_key(self._tenant, schedule_id)
        try:
            self._table.update(key, set_=pack(fields, _DOCUMENTS), condition=attr("pk").exists())
        except ConditionFailed:
            return

    def take_turn(self, schedule_id: str, at: str, now_ms: int) -> bool:
        """Decide about one of its times while nobody does about another; False when somebody does, or it is gone."""
        free = attr("turnOf").absent() | attr("turnOf").eq(at) | attr("turnUntil").lt(now_ms)
        turn = {"turnOf": at, "turnUntil": now_ms + LEASE // timedelta(milliseconds=1)}
        key = keys.schedule_key(self._tenant, schedule_id)
        try:
            self._table.update(key, set_=turn, condition=attr("pk").exists() & free)
        except ConditionFailed:
            return False
        return True

    def leave_turn(self, schedule_id: str, at: str) -> None:
        """The next, please. Nothing happens when the turn is another time's by now."""
        key = keys.schedule_key(self._tenant, schedule_id)
        with contextlib.suppress(ConditionFailed):
            self._table.update(key, remove=["turnOf", "turnUntil"], condition=attr("turnOf").eq(at))


class Claim(StrEnum):
    """Whose a firing is."""

    MINE = "mine"
    OTHERS = "others"  # somebody begins it now, or died at it less than two minutes ago
    DONE = "done"


class Firings:
    """Firings in the ops table, for 90 days, by the time for which they are."""

    def __init__(self, table: BoundedTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._tenant = table.owner
        self._mine: dict[keys.Key, str] = {}  # the name of the last claim that was had here: others have others

    def claim(self, schedule_id: str, at: str) -> Claim:
        """Begin what is to happen at a time, unless it is done or somebody else is at it."""
        now = self._clock.now()
        key = keys.firing_key(self._tenant, schedule_id, at)
        claimed: dict[str, Any] = {
            **key._asdict(),
            "scheduleId": schedule_id,
            "at": at,
            "state": "claimed",
            "until": milliseconds(now + LEASE),
            "claim": new_id("req"),
            "ttl": TERMS["FIRING"].expiry(now),
        }
        free = attr("pk").absent() | (attr("state").eq("claimed") & attr("until").lt(milliseconds(now)))
        try:
            self._table.put(claimed, condition=free)
        except ConditionFailed:
            held = self._table.get(key, consistent=True)
            return Claim.DONE if held is not None and held["state"] == "done" else Claim.OTHERS
        self._mine[key] = claimed["claim"]
        return Claim.MINE

    def finish(self, schedule_id: str, at: str, result: Mapping[str, Any]) -> None:
        """Say what became of a claimed firing. Nothing happens when somebody else has it by now: they say it."""
        key = keys.firing_key(self._tenant, schedule_id, at)
        with contextlib.suppress(ConditionFailed):
            self._table.update(key, set_={**pack(result, ()), "state": "done"}, condition=self._is_mine(key))

    def release(self, schedule_id: str, at: str) -> None:
        """Give a claim up: it is tried again. A claim that somebody else has by now stays theirs."""
        key = keys.firing_key(self._tenant, schedule_id, at)
        with contextlib.suppress(ConditionFailed):
            self._table.delete(key, condition=self._is_mine(key))

    def list(self, schedule_id: str, *, limit: int = 20) -> list[Item]:
        """The latest firings, newest first."""
        partition = keys.firings_partition(self._tenant, schedule_id)
        return [unpack(item, ()) for item in self._table.query(partition, limit=limit, newest_first=True).items]

    def _is_mine(self, key: keys.Key) -> Condition:
        return attr("state").eq("claimed") & attr("claim").eq(self._mine.get(key, ""))
