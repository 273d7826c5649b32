"""Tools that operators have registered; `governance.toolbox.custom` says what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "tool"
_DOCUMENTS: Final = ("inputSchema", "outputSchema", "target", "pack")


class ToolRecords:
    """Reads. {name, description, inputSchema, outputSchema?, risk, …, target, pack?, updatedBy, updatedAt, etag}."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, name: str) -> Item | None:
        """A tool as it is now; None when there is none."""
        item = self._reader.get(keys.tool_key(name), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, name: str) -> Item:
        """A tool as it is now; NotFound when there is none."""
        return required(self.find(name), "tool")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Tools by name."""
        page = self._reader.query(keys.tools_partition(), limit=limit, after=after)
        items = [unpack(item, _DOCUMENTS) for item in page.items]
        return IdPage(items, page.last_key["sk"] if page.last_key else None)


class Tools(ToolRecords):
    """Reads and writes, for operators."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def put_in(self, transaction: TenantTransaction, record: Mapping[str, Any], *, etag: int | None) -> Item:
        """Add a tool to a transaction: a new one, or in place of the one of version `etag`; what will be there.

        The piece fails (label `tool`) when there is one already, or when it is of another version.
        """
        full = {**record, "etag": (etag or 0) + 1}
        item = pack({**full, **keys.tool_key(record["name"])._asdict()}, _DOCUMENTS)
        unchanged = attr("pk").absent() if etag is None else attr("etag").eq(etag)
        transaction.put(self._table.name, item, condition=unchanged, label=LABEL)
        return full

    def remove_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a tool's removal to a transaction; the piece fails (label `tool`) when it is not as it was read.

        Its time is compared too: versions begin anew with whoever takes the name of one that was removed.
        """
        unchanged = attr("etag").eq(record["etag"]) & attr("updatedAt").eq(record["updatedAt"])
        transaction.delete(self._table.name, keys.tool_key(record["name"]), condition=unchanged, label=LABEL)
