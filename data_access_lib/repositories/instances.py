"""A tenant's instances: an agent as this tenant runs it, the version it is pinned to, and its canary if it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "instance"
"""The label of the piece that says that an instance is as it was read."""
_DOCUMENTS: Final = ("canary",)


class Instances:
    """Instances in the control table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def find(self, agent: str, *, consistent: bool = False) -> Item | None:
        """The tenant's instance of an agent; None when there is none yet."""
        item = self._table.get(keys.instance_key(self._tenant, agent), consistent=consistent)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, agent: str, *, consistent: bool = False) -> Item:
        """The tenant's instance of an agent; NotFound when there is none."""
        return required(self.find(agent, consistent=consistent), "instance")

    def create_if_absent(self, record: Mapping[str, Any]) -> Item:
        """Write the instance of `agent` unless there is one; the one that is there."""
        item = {**pack(record, _DOCUMENTS), **keys.instance_key(self._tenant, record["agent"])._asdict(), "etag": 1}
        try:
            self._table.put(item, condition=attr("pk").absent())
        except ConditionFailed as failure:
            return unpack(failure.item or item, _DOCUMENTS)
        return unpack(item, _DOCUMENTS)

    def update(self, agent: str, etag: int, fields: Mapping[str, object]) -> Item:
        """Change an instance of version `etag`; the new one. NotFound, StaleVersion."""
        key = keys.instance_key(self._tenant, agent)
        return unpack(self._table.versioned_update(key, etag, set_=pack(fields, _DOCUMENTS)), _DOCUMENTS)

    def update_in(self, transaction: TenantTransaction, agent: str, etag: int, fields: Mapping[str, object]) -> None:
        """Add a change of an instance to a transaction; it fails (label `instance`) when its version is another."""
        key, change = keys.instance_key(self._tenant, agent), {**pack(fields, _DOCUMENTS), "etag": etag + 1}
        transaction.update(self._table.name, key, set_=change, condition=attr("etag").eq(etag), label=LABEL)

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Instances by agent name, in alphabetical order."""
        page = self._table.query(keys.instances_partition(self._tenant), limit=limit, after=after)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.last_key["sk"] if page.last_key else None)
