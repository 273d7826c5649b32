"""Break-glass grants, which are the platform's: who may read what a tenant ran, why, and until when.

They outlive the tenant (400 days, like security events): they are evidence about operators. A grant is open by the
clock; that its item is still there, because DynamoDB expires items late, opens nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.tenant import TenantId
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "break_glass"
RETENTION: Final = timedelta(days=400)
_LOOKED_THROUGH: Final = 100


class BreakGlassGrants:
    """{grantId, tenantId, principalId, reason, openedAt, expiresAt}, and {endedAt, endedBy} once it was ended early."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any], expires_at: int) -> None:
        """Add a grant (`tenantId` and `grantId` name it) to a transaction; `expires_at` is its end in epoch seconds."""
        key = keys.grant_key(record["tenantId"], record["grantId"])
        item = {**record, **key._asdict(), "ttl": expires_at + int(RETENTION.total_seconds())}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)

    def end_in(self, transaction: TenantTransaction, tenant_id: TenantId, grant_id: str, by: str, at: str) -> None:
        """Add a grant's early end to a transaction; the piece fails (label `break_glass`) when it was ended before."""
        transaction.update(
            self._table.name,
            keys.grant_key(tenant_id, grant_id),
            set_={"endedAt": at, "endedBy": by},
            condition=attr("pk").exists() & attr("endedAt").absent(),
            label=LABEL,
        )

    def get(self, tenant_id: TenantId, grant_id: str) -> Item:
        """A grant, open or not; NotFound when there is none."""
        item = self._table.get(keys.grant_key(tenant_id, grant_id), consistent=True)
        return required(None if item is None else unpack(item, ()), "break-glass grant")

    def open_to(self, tenant_id: TenantId, principal_id: str, at: str) -> Item | None:
        """A principal's grant that is open at a moment (RFC 3339), or None; a record that lacks its end opens nothing.

        Looks through the latest 1 000 of the tenant's grants: with more than that inside an hour, nothing is open.
        """
        mine = attr("principalId").eq(principal_id)
        is_open = attr("expiresAt").gt(at) & attr("openedAt").le(at) & attr("endedAt").absent()
        page = self._table.query(
            keys.grants_partition(tenant_id),
            filter=mine & is_open,
            limit=_LOOKED_THROUGH,
            newest_first=True,
            consistent=True,
        )
        return unpack(page.items[0], ()) if page.items else None

    def list(self, tenant_id: TenantId, *, limit: int = 50, after: str | None = None) -> IdPage:
        """A tenant's grants, newest first, open or not."""
        page = newest_of_partition(self._table, keys.grants_partition(tenant_id), limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)
