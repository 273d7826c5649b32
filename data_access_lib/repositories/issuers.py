"""Issuers whose tokens are trusted, each bound to one tenant or to the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_access_lib import keys
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable


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

    def list(self, *, limit: int = 100) -> list[Item]:
        """The issuers, in no order that means anything."""
        page = self._reader.query(keys.issuers_partition(), limit=limit)
        return [unpack(item, ()) for item in page.items]


class Issuers(IssuerRecords):
    """Reads and writes, for operators."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def put(self, record: Mapping[str, Any]) -> None:
        """Trust an issuer (`iss` names it), or replace what is said of it."""
        self._table.put({**record, **keys.issuer_key(record["iss"])._asdict()})

    def delete(self, iss: str) -> None:
        """Trust it no longer."""
        self._table.delete(keys.issuer_key(iss))
