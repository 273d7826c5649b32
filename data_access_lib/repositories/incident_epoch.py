"""A number that moves with every opening of a grave incident of the platform's, in the same write (ADR 0081).

A query cannot be a condition of a transaction. Whoever has looked through the incidents demands that this is as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.conditions import attr

if TYPE_CHECKING:
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "incident epoch"
"""The label of the piece that says that no grave incident was opened since."""


class IncidentEpoch:
    """The number, in the ops table; 0 while there was none."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def now(self) -> int:
        """The number as it is now."""
        item = self._table.get(keys.incident_epoch_key(), consistent=True)
        return 0 if item is None else int(item["number"])

    def move_in(self, transaction: TenantTransaction) -> None:
        """Move it along with an opening."""
        transaction.update(self._table.name, keys.incident_epoch_key(), add={"number": 1})

    def same_in(self, transaction: TenantTransaction, number: int) -> None:
        """Demand that it did not move; the piece (label `incident epoch`) fails when it did."""
        still = attr("number").eq(number) if number else attr("pk").absent()
        transaction.check(self._table.name, keys.incident_epoch_key(), still, label=LABEL)
