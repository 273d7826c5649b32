"""What a tenant says of the models that its agents may use: one entry for each name that it has something to say of.

`targets` are the platform's models in the order in which they are tried, `ownKeys` says that the tenant's own
credential is shown to them, `disabled` that the name is not to be used (`model_gateway.targets`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.records import required, unpack
from platform_kit.errors import DependencyUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "model"
"""The label of the piece of a transaction that says that an entry is as it was read."""
MOST: Final = 100
"""Entries that a tenant may have: all of them are read at once."""


class Models:
    """Entries in the control table, by `alias`; each has an `etag`."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._tenant = table.owner

    def list(self) -> Sequence[Item]:
        """All entries, by alias. DependencyUnavailable when there are more than can be read: none is left unseen."""
        page = self._table.query(keys.models_partition(self._tenant), limit=MOST + 1)
        if page.last_key is not None or len(page.items) > MOST:
            raise DependencyUnavailable("The tenant has more models than can be read.", retry_after=30)
        return [unpack(item, ()) for item in page.items]

    def find(self, alias: str) -> Item | None:
        """One entry; None when there is none."""
        item = self._table.get(keys.model_key(self._tenant, alias), consistent=True)
        return None if item is None else unpack(item, ())

    def get(self, alias: str) -> Item:
        """One entry; NotFound when there is none."""
        return required(self.find(alias), "model")

    def put_in(self, transaction: TenantTransaction, record: Mapping[str, Any], *, etag: int | None) -> Item:
        """Add an entry to a transaction: a first one for its `alias`, or in place of that of version `etag`.

        What will be there. The piece fails (label `model`) when there is one already, or it is of another version.
        """
        full = {**record, "etag": (etag or 0) + 1}
        place = keys.model_key(self._tenant, str(record["alias"]))
        unchanged = attr("pk").absent() if etag is None else attr("etag").eq(etag)
        transaction.put(self._table.name, {**full, **place._asdict()}, condition=unchanged, label=LABEL)
        return full

    def remove_in(self, transaction: TenantTransaction, alias: str, *, etag: int) -> None:
        """Add an entry's removal to a transaction; the piece fails (label `model`) when it is of another version."""
        place = keys.model_key(self._tenant, alias)
        transaction.delete(self._table.name, place, condition=attr("etag").eq(etag), label=LABEL)
