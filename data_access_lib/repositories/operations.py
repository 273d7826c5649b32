"""Long operations of the platform's operators: accepted, polled, done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

_DOCUMENTS: Final = ("result", "error", "input", "cursor")
_OPEN: Final = ("queued", "running")


class Operations:
    """{operationId, kind, status: queued|running|succeeded|failed, progress (0 to 100), …}."""

    def __init__(self, table: BoundedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()

    def create(self, record: Mapping[str, Any]) -> Item:
        """Write a new operation (`operationId` names it), queued unless it says otherwise."""
        now = rfc3339(self._clock.now())
        full = {"status": "queued", "progress": 0, "createdAt": now, "updatedAt": now, **record}
        key = keys.operation_key(record["operationId"])
        self._table.put({**pack(full, _DOCUMENTS), **key._asdict()}, condition=attr("pk").absent())
        return full

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new operation to a transaction; what will be there."""
        now = rfc3339(self._clock.now())
        full = {"status": "queued", "progress": 0, "createdAt": now, "updatedAt": now, **record}
        item = {**pack(full, _DOCUMENTS), **keys.operation_key(record["operationId"])._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label="operation")
        return full

    def find(self, operation_id: str) -> Item | None:
        """An operation; None when there is none."""
        item = self._table.get(keys.operation_key(operation_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, operation_id: str) -> Item:
        """An operation; NotFound when there is none."""
        return required(self.find(operation_id), "operation")

    def advance(self, operation_id: str, progress: int, fields: Mapping[str, object] | None = None) -> Item:
        """Say how far it is, 0 to 100; Conflict when it has ended."""
        return self._change(operation_id, {**(fields or {}), "status": "running", "progress": progress})

    def succeed(self, operation_id: str, result: object) -> Item:
        """End it well; Conflict when it has ended already."""
        return self._change(operation_id, {"status": "succeeded", "progress": 100, "result": result})

    def fail(self, operation_id: str, error: Mapping[str, object]) -> Item:
        """End it badly, `error` being {code, message}; Conflict when it has ended already."""
        return self._change(operation_id, {"status": "failed", "error": error})

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Operations, newest first."""
        page = newest_of_partition(self._table, keys.operations_partition(), limit=limit, after=after)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def _change(self, operation_id: str, fields: Mapping[str, object]) -> Item:
        try:
            changed = self._table.update(
                keys.operation_key(operation_id),
                set_=pack({**fields, "updatedAt": rfc3339(self._clock.now())}, _DOCUMENTS),
                condition=attr("status").is_in(_OPEN),
                return_new=True,
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise NotFound("There is no such operation.") from None
            raise Conflict("The operation has ended.") from None
        return unpack(changed or {}, _DOCUMENTS)
