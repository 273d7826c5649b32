"""Invites into a tenant: open until accepted, withdrawn or out of time. Of a token only the hash is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

INVITE: Final = "invite"
"""The label of a transaction's piece that says whether the invite is as it was read."""
OPEN: Final = "open"


class Invites:
    """Invites in the control table; they expire from it (`ttl`) some time after they are of no use."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._tenant = table.owner

    def create(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a new invite (`inviteId` names it, `ttl` in epoch seconds) to a transaction."""
        place = keys.invite_key(self._tenant, record["inviteId"])
        item = {**record, **place._asdict(), "status": OPEN}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=INVITE)

    def find(self, invite_id: str) -> Item | None:
        """An invite's record; None when there is none."""
        item = self._table.get(keys.invite_key(self._tenant, invite_id), consistent=True)
        return None if item is None else unpack(item, ())

    def get(self, invite_id: str) -> Item:
        """An invite's record; NotFound when there is none."""
        return required(self.find(invite_id), "invite")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Invites, newest first, below the invite id `after`."""
        page = newest_of_partition(self._table, keys.invites_partition(self._tenant), limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)

    def settle(
        self, transaction: TenantTransaction, invite_id: str, fields: Mapping[str, Any], *, at: str | None = None
    ) -> None:
        """Add the end of an open invite to a transaction; `fields` holds its new `status`.

        It fails (label `invite`) when the invite is not open, or, with `at` (RFC 3339), when it has expired by then.
        """
        condition = attr("status").eq(OPEN)
        if at is not None:
            condition = condition & attr("expiresAt").gt(at)
        place = keys.invite_key(self._tenant, invite_id)
        transaction.update(self._table.name, place, set_=fields, condition=condition, label=INVITE)
