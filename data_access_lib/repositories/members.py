"""The people of a tenant, by record: each has a user record, and a membership that the authoriser finds by principal.

The membership repeats of the user record what decides a call (`roles`, `status`) and nothing personal; the two are
always written in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

MEMBER: Final = "member"
"""The label of a transaction's pieces that say whether somebody is a member already, or as he was read."""
ANOTHER: Final = "another"
"""The label of the piece that holds another member as he is."""
_DECIDING: Final = ("userId", "roles", "status")
_PAGE: Final = 1000


class Members:
    """Members in the control table."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._tenant = table.owner

    def find(self, user_id: str) -> Item | None:
        """A member's record; None when there is none."""
        item = self._table.get(keys.user_key(self._tenant, user_id), consistent=True)
        return None if item is None else unpack(item, ())

    def get(self, user_id: str) -> Item:
        """A member's record; NotFound when there is none."""
        return required(self.find(user_id), "member")

    def of_principal(self, principal_id: str) -> Item | None:
        """What decides a principal's calls: `{userId, roles, status}`; None for one that is no member by record."""
        item = self._table.get(keys.member_key(self._tenant, principal_id), consistent=True)
        return None if item is None else unpack(item, ())

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Members, newest first, below the user id `after`."""
        page = newest_of_partition(self._table, keys.users_partition(self._tenant), limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)

    def join(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a new member, version 1, to a transaction; it fails (label `member`) when its principal is one already.

        `record` holds `userId`, `principalId`, `roles` and `status`.
        """
        absent = attr("pk").absent()
        place = keys.member_key(self._tenant, record["principalId"])
        membership = {**{name: record[name] for name in _DECIDING}, **place._asdict()}
        transaction.put(self._table.name, membership, condition=absent, label=MEMBER)
        user = {**record, **keys.user_key(self._tenant, record["userId"])._asdict(), "etag": 1}
        transaction.put(self._table.name, user, condition=absent, label=MEMBER)

    def change(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Add a change of a member to a transaction; the record as it will be.

        It fails (label `member`) when the member is no longer as `record` says.
        """
        changed = {**record, **fields, "etag": int(record["etag"]) + 1}
        place = keys.user_key(self._tenant, record["userId"])
        same = attr("etag").eq(record["etag"])
        transaction.update(
            self._table.name, place, set_={**fields, "etag": changed["etag"]}, condition=same, label=MEMBER
        )
        transaction.update(
            self._table.name,
            keys.member_key(self._tenant, record["principalId"]),
            set_={name: changed[name] for name in _DECIDING},
            condition=attr("pk").exists(),
            label=MEMBER,
        )
        return changed

    def another(self, user_id: str, role: str) -> str | None:
        """The id of an active member with this role, besides one; None when there is no other."""
        page = self._table.query(keys.users_partition(self._tenant), filter=_holds(role), limit=_PAGE, consistent=True)
        return next((str(item["userId"]) for item in page.items if item["userId"] != user_id), None)

    def hold(self, transaction: TenantTransaction, user_id: str, role: str) -> None:
        """Demand in a transaction that a member be active with this role; it fails (label `another`) otherwise."""
        transaction.check(self._table.name, keys.user_key(self._tenant, user_id), _holds(role), label=ANOTHER)


def _holds(role: str) -> Condition:
    return attr("status").eq("active") & attr("roles").contains(role)
