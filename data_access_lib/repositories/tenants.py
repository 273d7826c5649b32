"""Tenant records: who the customers are, their tier and state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_access_lib import keys
from data_access_lib.conditions import all_equal, attr
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import required, unpack
from data_access_lib.tenant import RESERVED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.tenant import TenantId
    from data_access_lib.transaction import TenantTransaction


class TenantRecords:
    """Reads."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, tenant_id: TenantId, *, consistent: bool = False) -> Item | None:
        """A tenant's record (also that of `tenant.PLATFORM`); None when there is none."""
        item = self._reader.get(keys.tenant_key(tenant_id), consistent=consistent)
        return None if item is None else unpack(item, ())

    def get(self, tenant_id: TenantId, *, consistent: bool = False) -> Item:
        """A tenant's record; NotFound when there is none."""
        return required(self.find(tenant_id, consistent=consistent), "tenant")

    def list(
        self, *, limit: int = 50, after: str | None = None, status: str | None = None, tier: str | None = None
    ) -> IdPage:
        """Tenants by id, in alphabetical order, without the reserved `platform`; filtered pages may be short."""
        only = all_equal({"status": status, "tier": tier})
        page = self._reader.query(keys.tenants_partition(), limit=limit, after=after, filter=only)
        shown = [unpack(item, ()) for item in page.items if item["sk"] != RESERVED]
        return IdPage(shown, page.last_key["sk"] if page.last_key else None)


class Tenants(TenantRecords):
    """Reads and writes, for operators."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def create(self, record: Mapping[str, Any]) -> Item:
        """Write a new tenant's record (`tenantId` names it), as version 1; ConditionFailed when the id is taken."""
        key = keys.tenant_key(record["tenantId"])
        return unpack(self._table.versioned_put({**record, **key._asdict()}), ())

    def reserve(self, transaction: TenantTransaction, record: Mapping[str, Any], abandoned_before: str) -> None:
        """Add a new tenant's record, version 1, to a transaction; it fails (label `tenant`) when the id is taken.

        An id is free again when its provisioning failed, or has stood still since `abandoned_before` (RFC 3339).
        """
        stuck = attr("status").eq("provisioning") & attr("updatedAt").lt(abandoned_before)
        free = attr("pk").absent() | attr("status").eq("failed") | stuck
        item = {**record, **keys.tenant_key(record["tenantId"])._asdict(), "etag": 1}
        transaction.put(self._table.name, item, condition=free, label="tenant")

    def update(
        self, tenant_id: TenantId, etag: int, fields: Mapping[str, object], *, remove: Sequence[str] = ()
    ) -> Item:
        """Change a record of version `etag`; the new one. NotFound, StaleVersion."""
        key = keys.tenant_key(tenant_id)
        return unpack(self._table.versioned_update(key, etag, set_=fields, remove=remove), ())

    def delete(self, tenant_id: TenantId) -> None:
        """Remove a record: the compensation of a provisioning that failed."""
        self._table.delete(keys.tenant_key(tenant_id))
