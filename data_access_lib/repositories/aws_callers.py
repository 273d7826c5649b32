"""A tenant's AWS roles that may call. What opens the door is the credential of the role's ARN; see `credentials`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "aws_caller"
_PAGE: Final = 100


class AwsCallers:
    """AWS callers in the control table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new caller (`callerId` names it) to a transaction; what will be there."""
        item = {**pack(record, ()), **keys.aws_caller_key(self._tenant, record["callerId"])._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)
        return dict(record)

    def delete_in(self, transaction: TenantTransaction, caller_id: str) -> None:
        """Add the removal of a caller to a transaction; it fails (label `aws_caller`) when there is none."""
        key = keys.aws_caller_key(self._tenant, caller_id)
        transaction.delete(self._table.name, key, condition=attr("pk").exists(), label=LABEL)

    def find(self, caller_id: str) -> Item | None:
        """A caller's record; None when there is none."""
        item = self._table.get(keys.aws_caller_key(self._tenant, caller_id), consistent=True)
        return None if item is None else unpack(item, ())

    def get(self, caller_id: str) -> Item:
        """A caller's record; NotFound when there is none."""
        return required(self.find(caller_id), "AWS caller")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Callers, newest first, below the caller id `after`."""
        partition = keys.aws_callers_partition(self._tenant)
        page = newest_of_partition(self._table, partition, limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)

    def count(self) -> int:
        """How many there are; counts to a hundred at most."""
        partition = keys.aws_callers_partition(self._tenant)
        return len(self._table.query(partition, limit=_PAGE, consistent=True).items)
