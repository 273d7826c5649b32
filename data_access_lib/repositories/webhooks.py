"""A tenant's webhook endpoints. Their secrets are sealed with the tenant's key (`content`), and shown by nobody.

`secrets` are `{secret, createdAt, expiresAt?}`, the present one first, times in epoch seconds. What the platform finds
out about an endpoint (that it fails, since when) does not move its version: people change it beside that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import IfAbsent, attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "webhook"
MOST: Final = 20
"""How many endpoints a tenant may have: all of them are read for each of its events."""
_DOCUMENTS: Final = ("secrets", "events")
_OUTLINE: Final[tuple[str, ...]] = ("webhookId", "status", "events", "failingSince", "disabledAt", "disabledReason")
_ACTIVE: Final = "active"


class Webhooks:
    """Endpoints in the control table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new endpoint (`webhookId` names it) to a transaction, as version 1; what will be there."""
        first = {**record, "etag": 1}
        item = {**pack(first, _DOCUMENTS), **self._key(record["webhookId"])._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)
        return first

    def change_in(
        self,
        transaction: TenantTransaction,
        record: Mapping[str, Any],
        fields: Mapping[str, Any],
        *,
        remove: Sequence[str] = (),
    ) -> Item:
        """Add a change to a transaction; it fails (label `webhook`) when the endpoint is not of the version read."""
        etag = int(record["etag"])
        change = {**pack(fields, _DOCUMENTS), "etag": etag + 1}
        key, same = self._key(str(record["webhookId"])), attr("etag").eq(etag)
        transaction.update(self._table.name, key, set_=change, remove=remove, condition=same, label=LABEL)
        kept = {name: value for name, value in record.items() if name not in remove}
        return {**kept, **fields, "etag": etag + 1}

    def delete_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add an endpoint's removal to a transaction; it fails (label `webhook`) when it changed meanwhile."""
        key, same = self._key(str(record["webhookId"])), attr("etag").eq(int(record["etag"]))
        transaction.delete(self._table.name, key, condition=same, label=LABEL)

    def find(self, webhook_id: str) -> Item | None:
        """An endpoint; None when there is none."""
        item = self._table.get(self._key(webhook_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, webhook_id: str) -> Item:
        """An endpoint; NotFound when there is none."""
        return required(self.find(webhook_id), "webhook")

    def all(self) -> list[Item]:
        """Every endpoint, oldest first."""
        page = self._table.query(keys.webhooks_partition(self._tenant), limit=MOST, consistent=True)
        return [unpack(item, _DOCUMENTS) for item in page.items]

    def outline(self, webhook_id: str) -> Item | None:
        """What stands plain of an endpoint: for who has no business with its secrets. None when there is none."""
        item = self._table.get(self._key(webhook_id), consistent=True, projection=_OUTLINE)
        return None if item is None else unpack(item, ("events",))

    def outlines(self) -> list[Item]:
        """What stands plain of every endpoint, oldest first. The table must leave content unopened."""
        page = self._table.query(keys.webhooks_partition(self._tenant), limit=MOST, consistent=True)
        plain = [{name: item[name] for name in _OUTLINE if name in item} for item in page.items]
        return [unpack(item, ("events",)) for item in plain]

    def note_failure(self, webhook_id: str, at: str) -> str | None:
        """Write down that an active endpoint failed; since when it has failed ever. None when it is not active."""
        try:
            changed = self._table.update(
                self._key(webhook_id),
                set_={"failingSince": IfAbsent(at)},
                condition=attr("status").eq(_ACTIVE),
                return_new=True,
            )
        except ConditionFailed:
            return None
        return str((changed or {})["failingSince"])

    def note_success(self, webhook_id: str) -> None:
        """Write down that an endpoint takes messages again."""
        try:
            self._table.update(self._key(webhook_id), remove=("failingSince",), condition=attr("failingSince").exists())
        except ConditionFailed:
            return

    def _key(self, webhook_id: str) -> keys.Key:
        return keys.webhook_key(self._tenant, webhook_id)
