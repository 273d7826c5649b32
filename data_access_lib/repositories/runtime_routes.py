"""In which region agents run, and how the regions' runtimes answer; `governance.runtime_regions` says what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.records import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.repositories.locks import Lease, Locks
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "runtime_route"


class RuntimeRouteRecords:
    """Reads. {active, held, token, switchedAt, failovers, reason, by}; while nobody ever switched there is none."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self) -> Item | None:
        """The route as it is now."""
        item = self._reader.get(keys.runtime_route_key(), consistent=True)
        return None if item is None else unpack(item, ())


class RuntimeRoutes(RuntimeRouteRecords):
    """Reads, and writes by who holds the lock."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def write_in(
        self, transaction: TenantTransaction, record: Mapping[str, Any], *, seen: int, lease: Lease, locks: Locks
    ) -> Item:
        """Add the route to a transaction, in the place of the one of token `seen` (0: there is none); what it will be.

        Its token is the lease's. The piece fails (label `runtime_route`) when another switched since it was read, and
        that of the lock when the lease is not held any more. Two conditions, so that a lock whose record was lost, and
        with it the count of its tokens, cannot take a route back.
        """
        locks.guard_in(transaction, lease)
        full = {**record, "token": lease.token}
        unchanged = attr("token").eq(seen) & attr("token").lt(lease.token) if seen else attr("pk").absent()
        item = {**full, **keys.runtime_route_key()._asdict()}
        transaction.put(self._table.name, item, condition=unchanged, label=LABEL)
        return full


class RuntimeHealthRecords:
    """Reads. {region, version, …}: a region that never failed and was never asked has no record."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, region: str) -> Item | None:
        """How a region answers, as it is known now."""
        item = self._reader.get(keys.runtime_health_key(region), consistent=True)
        return None if item is None else unpack(item, ())


class RuntimeHealth(RuntimeHealthRecords):
    """Reads and writes."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def swap(self, region: str, version: int, fields: Mapping[str, Any]) -> bool:
        """Put a region's health in the place of its `version` (0: there is none yet); False when it is another."""
        same = attr("version").eq(version) if version else attr("pk").absent()
        item = {**fields, "region": region, "version": version + 1, **keys.runtime_health_key(region)._asdict()}
        try:
            self._table.put(item, condition=same)
        except ConditionFailed:
            return False
        return True
