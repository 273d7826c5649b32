"""A tenant's policies: overrides that narrow what its agents may do. Versions never change; a change makes another one.

A policy binds one agent, or all of the tenant's, and of each there is one at most: its binding, which repeats the
version in force, so that whoever decides calls reads it and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "policy"
"""The label of the pieces of a transaction that say that a policy is as it was read."""
BINDING: Final = "policy_binding"
"""The label of the piece that says that nothing binds the agent yet."""
_DOCUMENTS: Final = ("override", "shadow")
_OF_VERSION: Final = ("policyId", "version", *_DOCUMENTS)


class Policies:
    """Policies in the control table. A record has `policyId`, `version`, `agent` (absent: all), `override`, `name`.

    `shadow`, where a version has one, is the override that is asked beside its own and decides nothing.
    """

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._tenant = table.owner

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new policy and its version 1 to a transaction; it fails (label `policy_binding`) when another binds."""
        made = {**record, "version": 1}
        policy_id, absent = str(record["policyId"]), attr("pk").absent()
        place = {**self._key(policy_id)._asdict(), **keys.policy_index(self._tenant, policy_id)._asdict()}
        transaction.put(self._table.name, {**_head(made), **place}, condition=absent, label=LABEL)
        self._put_version(transaction, made)
        binding = keys.policy_binding_key(self._tenant, made.get("agent"))
        transaction.put(self._table.name, {**_bound(made), **binding._asdict()}, condition=absent, label=BINDING)
        return made

    def change_in(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Add the version after `record`'s to a transaction; it fails (label `policy`) when there is a newer one."""
        made = {**record, "shadow": None, **fields, "version": int(record["version"]) + 1}
        policy_id, same = str(record["policyId"]), attr("version").eq(record["version"])
        transaction.update(self._table.name, self._key(policy_id), set_=_head(made), condition=same, label=LABEL)
        self._put_version(transaction, made)
        binding = keys.policy_binding_key(self._tenant, made.get("agent"))
        bound = attr("policyId").eq(policy_id) & same
        ended = ("shadow",) if made["shadow"] is None else ()
        transaction.update(self._table.name, binding, set_=_bound(made), remove=ended, condition=bound, label=LABEL)
        return {name: value for name, value in made.items() if value is not None}

    def find(self, policy_id: str, number: int | None = None) -> Item | None:
        """A policy with a version's override, the newest when no number is given; None when it has no such version."""
        head = self._table.get(self._key(policy_id), consistent=True)
        if head is None:
            return None
        wanted = int(head["version"]) if number is None else number
        version = self._table.get(keys.policy_version_key(self._tenant, policy_id, wanted), consistent=True)
        return None if version is None else unpack({**head, **version}, _DOCUMENTS)

    def get(self, policy_id: str, number: int | None = None) -> Item:
        """As `find`; NotFound when there is none."""
        return required(self.find(policy_id, number), "policy")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Policies, newest first, below the policy id `after`; without their overrides."""
        partition = keys.policies_partition(self._tenant)
        page = newest_of_partition(self._table, partition, limit=limit, after=after, index="gsi1")
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)

    def in_force(self, agent: str) -> Sequence[Item]:
        """`{policyId, version, override, shadow?}` of what binds an agent: for all agents, then its own. One read."""
        places = [keys.policy_binding_key(self._tenant, bound) for bound in (None, agent)]
        found = self._table.batch_get(places, consistent=True)
        return [unpack(item, _DOCUMENTS) for item in found.values()]

    def for_all(self) -> Item | None:
        """What binds every agent of the tenant's, as `in_force` shows it; None when nothing does."""
        found = self._table.get(keys.policy_binding_key(self._tenant, None), consistent=True)
        return None if found is None else unpack(found, _DOCUMENTS)

    def _put_version(self, transaction: TenantTransaction, made: Mapping[str, Any]) -> None:
        place = keys.policy_version_key(self._tenant, str(made["policyId"]), int(made["version"]))
        version = {name: made[name] for name in (*_OF_VERSION, "updatedBy", "updatedAt") if name in made}
        item = {**pack(version, _DOCUMENTS), **place._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)

    def _key(self, policy_id: str) -> keys.Key:
        return keys.policy_key(self._tenant, policy_id)


def _head(made: Mapping[str, Any]) -> Item:
    """A policy without its overrides, which are its versions'."""
    return pack({name: value for name, value in made.items() if name not in _DOCUMENTS}, ())


def _bound(made: Mapping[str, Any]) -> Item:
    return pack({name: made.get(name) for name in _OF_VERSION}, _DOCUMENTS)
