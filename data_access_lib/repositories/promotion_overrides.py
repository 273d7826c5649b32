"""Break-glass promotions: what one administrator asks for past closed gates, and another confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "break-glass promotion"
MOST: Final = 100
_DOCUMENTS: Final = ("closed",)


class PromotionOverrides:
    """{requestId, versionId, agent, contentHash, digest, place, closed, reason, status, requestedBy, expiresAt, …}."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def of(self, version_id: str) -> Sequence[Item]:
        """The last hundred that were asked for a version, newest first."""
        partition = keys.promotion_overrides_partition(version_id)
        page = self._table.query(partition, limit=MOST, newest_first=True, consistent=True)
        return [unpack(item, _DOCUMENTS) for item in page.items]

    def get(self, version_id: str, request_id: str) -> Item:
        """One of them; NotFound."""
        item = self._table.get(keys.promotion_override_key(version_id, request_id), consistent=True)
        return required(None if item is None else unpack(item, _DOCUMENTS), "break-glass request")

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a new one to a transaction."""
        key = keys.promotion_override_key(str(record["versionId"]), str(record["requestId"]))
        item = pack({**record, **key._asdict()}, _DOCUMENTS)
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)

    def confirm_in(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        """Add its confirmation to a transaction; the piece fails unless it is open still: it is used once."""
        transaction.update(
            self._table.name,
            keys.promotion_override_key(str(record["versionId"]), str(record["requestId"])),
            set_=pack(fields, _DOCUMENTS),
            condition=attr("status").eq("open"),
            label=LABEL,
        )
