"""Where a tenant's data is kept: in the region that its record names, or nowhere (ADR 0042).

`TenantSessions` asks before it takes credentials for a tenant, and without credentials nothing of the tenant's can be
written: not an item, not an object, not a presigned URL, not a key. So a new way to write needs no check of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_access_lib.errors import ResidencyViolation

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_access_lib.repositories.tenants import TenantRecords
    from data_access_lib.tenant import TenantId

    Residence = Callable[[TenantId], None]


def by_record(tenants: TenantRecords, region: str) -> Residence:
    """Asks the tenant's record: for who acts in tenants that no authoriser compared, workflows and operators.

    ResidencyViolation unless the record is there and names this region: what is missing or malformed names none.
    """

    def check(tenant_id: TenantId) -> None:
        record = tenants.find(tenant_id, consistent=True)
        if record is None or record.get("residency") != region:
            raise ResidencyViolation

    return check


def by_authoriser(_tenant_id: TenantId) -> None:
    """The authoriser compared the region: for functions that act in their caller's own tenant and no other.

    A contract test names them.
    """
