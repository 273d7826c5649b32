"""Approvals of promotions: what is asked for, frozen, and who said what. `governance.promotion_votes` has the rules."""

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

LABEL: Final = "promotion approval"
MOST: Final = 100
_DOCUMENTS: Final = ("votes",)


class PromotionApprovals:
    """{approvalId, versionId, contentHash, place, digest, quorum, status, votes, requestedBy, expiresAt, etag, …}."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def of(self, version_id: str) -> Sequence[Item]:
        """The last hundred that were asked for a version, newest first."""
        partition = keys.promotion_approvals_partition(version_id)
        page = self._table.query(partition, limit=MOST, newest_first=True, consistent=True)
        return [unpack(item, _DOCUMENTS) for item in page.items]

    def get(self, version_id: str, approval_id: str) -> Item:
        """One of them; NotFound."""
        item = self._table.get(keys.promotion_approval_key(version_id, approval_id), consistent=True)
        return required(None if item is None else unpack(item, _DOCUMENTS), "approval")

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a new one to a transaction."""
        key = keys.promotion_approval_key(str(record["versionId"]), str(record["approvalId"]))
        item = pack({**record, "etag": 1, **key._asdict()}, _DOCUMENTS)
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)

    def use_in(
        self, transaction: TenantTransaction, version_id: str, approval_id: str, fields: Mapping[str, str]
    ) -> None:
        """Add its use to a transaction; the piece fails unless it is approved still: it is used once."""
        transaction.update(
            self._table.name,
            keys.promotion_approval_key(version_id, approval_id),
            set_={**fields, "status": "consumed"},
            condition=attr("status").eq("approved"),
            label=LABEL,
        )

    def change_in(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        """Add a change to a transaction; the piece fails when it is not as it was read."""
        transaction.update(
            self._table.name,
            keys.promotion_approval_key(str(record["versionId"]), str(record["approvalId"])),
            set_=pack({**fields, "etag": int(record["etag"]) + 1}, _DOCUMENTS),
            condition=attr("etag").eq(record["etag"]),
            label=LABEL,
        )
