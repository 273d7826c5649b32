"""Issuers whose tokens are trusted, each bound to one tenant or to the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "issuer"
"""What a transaction calls the piece that writes an issuer."""


class IssuerRecords:
    """Reads."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, iss: str) -> Item | None:
        """The issuer with exactly this `iss`; None when it is not trusted."""
        item = self._reader.get(keys.issuer_key(iss))
        # The key is a digest: the record itself has the last word.
        return unpack(item, ()) if item is not None and item.get("iss") == iss else None

    def get(self, iss: str) -> Item:
        """The issuer with exactly this `iss`; NotFound when it is not trusted."""
        return required(self.find(iss), "issuer")

    def by_id(self, issuer_id: str) -> Item:
        """The issuer of this id, as it is now; NotFound when there is none."""
        item = self._reader.get(keys.issuer_id_key(issuer_id), consistent=True)
        return required(None if item is None else unpack(item, ()), "issuer")

    def list(self, *, limit: int = 100, after: str | None = None) -> IdPage:
        """The issuers by id, an order that means nothing."""
        page = self._reader.query(keys.issuers_partition(), limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.last_key["sk"] if page.last_key else None)


class Issuers(IssuerRecords):
    """Reads and writes, for operators."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new issuer (`iss` names it), version 1; the transaction fails (label `issuer`) when there is one."""
        return self._put(transaction, {**record, "etag": 1}, attr("pk").absent())

    def change_in(self, transaction: TenantTransaction, record: Mapping[str, Any], etag: int) -> Item:
        """Put a record in place of its version `etag`; the transaction fails (label `issuer`) when that has gone.

        A record from before there were versions is version 0.
        """
        known = attr("etag").eq(etag) if etag else attr("pk").exists() & attr("etag").absent()
        return self._put(transaction, {**record, "etag": etag + 1}, known)

    def delete(self, iss: str) -> None:
        """Trust an issuer no longer and forget it: its tenant is gone."""
        self._table.delete(keys.issuer_key(iss))

    def _put(self, transaction: TenantTransaction, record: Item, condition: Condition) -> Item:
        item = {**record, **keys.issuer_key(record["iss"])._asdict()}
        transaction.put(self._table.name, item, condition=condition, label=LABEL)
        return record
