"""Capability flags, which are the platform's; `governance.flags` says what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "flag"


class FlagRecords:
    """Reads. {name, description, enabled, rules, updatedBy, updatedAt, etag}."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, name: str) -> Item | None:
        """A flag as it is now; None when there is none."""
        item = self._reader.get(keys.flag_key(name), consistent=True)
        return None if item is None else unpack(item, ())

    def get(self, name: str) -> Item:
        """A flag as it is now; NotFound when there is none."""
        return required(self.find(name), "flag")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Flags by name."""
        page = self._reader.query(keys.flags_partition(), limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.last_key["sk"] if page.last_key else None)


class Flags(FlagRecords):
    """Reads and writes, for operators."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def put_in(self, transaction: TenantTransaction, record: Mapping[str, Any], *, etag: int | None) -> Item:
        """Add a flag to a transaction: a new one, or in place of the one of version `etag`; what will be there.

        The piece fails (label `flag`) when there is one already, or when it is of another version.
        """
        full = {**record, "etag": (etag or 0) + 1}
        item = {**full, **keys.flag_key(record["name"])._asdict()}
        unchanged = attr("pk").absent() if etag is None else attr("etag").eq(etag)
        transaction.put(self._table.name, item, condition=unchanged, label=LABEL)
        return full
