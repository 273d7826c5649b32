"""A tenant's API keys as its admins see them. What opens the door is the credential each secret has; see `credentials`.

A key has one present secret and, while a rotation overlaps, earlier ones: `secrets`, present first, each
`{digest, prefix, createdAt, expiresAt}` with times in epoch seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "api_key"
_DOCUMENTS: Final = ("secrets",)
_PAGE: Final = 100
_KEPT_SECONDS: Final = int(TERMS["APIKEY"].span.total_seconds())  # a key is listed for so long after its end


class ApiKeys:
    """API keys in the control table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new key (`keyId` names it) to a transaction, as version 1; what will be there."""
        first = {**record, "etag": 1}
        item = {**_stored(first), **keys.api_key_key(self._tenant, record["keyId"])._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)
        return first

    def change_in(self, transaction: TenantTransaction, key_id: str, etag: int, fields: Mapping[str, object]) -> None:
        """Add a change of a key to a transaction; it fails (label `api_key`) when the version is not `etag`."""
        change = {**_stored(fields), "etag": etag + 1}
        key = keys.api_key_key(self._tenant, key_id)
        transaction.update(self._table.name, key, set_=change, condition=attr("etag").eq(etag), label=LABEL)

    def find(self, key_id: str) -> Item | None:
        """A key's record; None when there is none."""
        item = self._table.get(keys.api_key_key(self._tenant, key_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, key_id: str) -> Item:
        """A key's record; NotFound when there is none."""
        return required(self.find(key_id), "API key")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Keys, newest first, below the key id `after`."""
        partition = keys.api_keys_partition(self._tenant)
        page = newest_of_partition(self._table, partition, limit=limit, after=after)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def count_live(self, at: int) -> int:
        """How many keys are active and not past their end `at` this time; counts to a hundred at most."""
        live = attr("status").eq("active") & attr("expiresAt").gt(at)
        partition = keys.api_keys_partition(self._tenant)
        page = self._table.query(partition, filter=live, limit=_PAGE, newest_first=True, consistent=True)
        return len(page.items)


def _stored(fields: Mapping[str, Any]) -> Item:
    """Fields as they are stored: with a TTL wherever the key's end is among them."""
    item = pack(fields, _DOCUMENTS)
    return {**item, "ttl": int(item["expiresAt"]) + _KEPT_SECONDS} if "expiresAt" in item else item
