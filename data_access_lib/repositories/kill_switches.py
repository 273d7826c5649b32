"""Kill switches: the platform's, set by operators, and each tenant's own, in partitions of their owner's.

`governance.kill_switches` says what they stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "kill_switch"


class KillSwitchRecords:
    """Reads. {switchId, scope, target, reason, createdBy, createdAt}; one that is there is active."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def get(self, switch_id: str) -> Item:
        """A switch; NotFound when there is none."""
        item = self._reader.get(keys.kill_switch_key(self._reader.owner, switch_id), consistent=True)
        return required(None if item is None else unpack(item, ()), "kill switch")

    def list(self, *, limit: int = 50, after: str | None = None, consistent: bool = False) -> IdPage:
        """Switches, newest first."""
        partition = keys.kill_switches_partition(self._reader.owner)
        page = newest_of_partition(self._reader, partition, limit=limit, after=after, consistent=consistent)
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)


class KillSwitches(KillSwitchRecords):
    """Reads and writes, for operators and for a tenant's administrators: each those of their own."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a switch (`switchId` names it) to a transaction."""
        item = {**record, **keys.kill_switch_key(self._table.owner, record["switchId"])._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)

    def remove_in(self, transaction: TenantTransaction, switch_id: str) -> None:
        """Add a switch's removal to a transaction; the piece fails (label `kill_switch`) when it is gone already."""
        key = keys.kill_switch_key(self._table.owner, switch_id)
        transaction.delete(self._table.name, key, condition=attr("pk").exists(), label=LABEL)
