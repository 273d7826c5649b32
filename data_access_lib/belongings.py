"""All that one tenant has in the tables, found without a scan: partition by partition from the roll, page by page.

A walk can be left after any page and gone on with later, from its `Place`. The ledger has no roll; its partitions are
known by name.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from data_access_lib import keys
from data_access_lib.inventory import KINDS, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from data_access_lib.codec import Item
    from data_access_lib.inventory import Table
    from data_access_lib.table import BoundedReader
    from data_access_lib.tenant import TenantId

PAGE: Final = 200
_ROLL: Final = "gsi2"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk goes on: after `sk` in `partition`, or after the whole partition when `sk` is empty."""

    table: int = 0
    shard: int = 0
    partition: str = ""
    sk: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """The place that `as_record` wrote; the beginning when there is none."""
        return cls(**stored) if stored else cls()

    def as_record(self) -> dict[str, Any]:
        """As a cursor keeps it."""
        return asdict(self)

    @property
    def percent(self) -> int:
        """How much of the walk is behind: of its tables and shards, not of its items, which nobody has counted."""
        return 100 * (self.table * keys.SHARDS + self.shard) // (len(TABLES) * keys.SHARDS)


@dataclass(frozen=True, slots=True)
class Found:
    """Some of a partition's items, and where the walk goes on after them."""

    table: Table
    items: list[Item]
    place: Place


class Belongings:
    """`tables` are the tenant's own tables by their name in the inventory; those left out are not walked.

    Of partitions that `only` is false of, nothing is read: the walk passes them with a Found that has no items.
    """

    def __init__(self, tables: Mapping[Table, BoundedReader], *, only: Callable[[str], bool] | None = None) -> None:
        self._tables = tables
        self._only = only

    def walk(self, place: Place | None = None) -> Iterator[Found]:
        """Every item from `place` on. What is written meanwhile may be found or not."""
        begin = place or Place()
        for number, name in enumerate(TABLES[begin.table :], start=begin.table):
            if name in self._tables:
                yield from self._table(name, begin if number == begin.table else Place(number))

    def partitions(self, name: Table, shard: int, after: str = "") -> Iterator[str]:
        """The partitions of a table in one part of the roll, in order."""
        table = self._tables[name]
        if name == "ledger":
            yield from (known for known in _of_ledger(table.owner) if shard == 0 and known > after)
            return
        while True:
            roll = keys.roll_partition(table.owner, shard)
            page = table.query(roll, index=_ROLL, after=after or None, limit=PAGE)
            found = list(dict.fromkeys(str(item["pk"]) for item in page.items))
            yield from found
            if page.last_key is None or not found:
                return
            after = found[-1]  # beyond all of its items at once

    def _table(self, name: Table, begin: Place) -> Iterator[Found]:
        for shard in range(begin.shard, keys.SHARDS):
            mine = begin if shard == begin.shard else Place(begin.table, shard)
            if mine.sk:
                yield from self._partition(name, mine)
            for partition in self.partitions(name, shard, mine.partition):
                yield from self._read(name, Place(begin.table, shard, partition))

    def _read(self, name: Table, place: Place) -> Iterator[Found]:
        if self._only is None or self._only(place.partition):
            yield from self._partition(name, place)
        else:
            yield Found(name, [], place)

    def _partition(self, name: Table, place: Place) -> Iterator[Found]:
        after = place.sk or None
        while True:
            page = self._tables[name].query(place.partition, after=after, limit=PAGE, consistent=True)
            more = page.last_key is not None and bool(page.items)
            after = str(page.items[-1]["sk"]) if more else None
            yield Found(name, page.items, Place(place.table, place.shard, place.partition, after or ""))
            if not more:
                return


def _of_ledger(tenant_id: TenantId) -> list[str]:
    return sorted(found for kind in KINDS if kind.table == "ledger" for found in kind.partitions(tenant_id))
