"""Shared budgets: what some of a tenant's agents, or all of them, may use together in a month.

A pool's definition is a record of the tenant's; its month is an item of counters, each of which holds what was used and
what is set aside. All of it is committed before anything is used, in the transaction that lets it begin, on the
condition that the limit is kept; what was not used is given back, but for calls. All calls of a pool meet in one item.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from data_access_lib import keys
from data_access_lib.conditions import Condition, IfAbsent, attr
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "pool"
"""The label of the piece of a transaction that fails when a pool has too little left."""
MOST: Final = 20
"""How many pools a tenant may have: a transaction has a piece for each that covers an agent."""
_DOCUMENTS: Final = ("agents", "limits")
_COUNTED: Final = ("pico", "tokens", "calls", "seconds")


@dataclass(frozen=True, slots=True)
class PoolShare:
    """A pool as a run is bound by it, from its start on. A limit of None is none; `pico` is in pico-dollars."""

    budget_id: str
    pico: int | None = None
    tokens: int | None = None
    calls: int | None = None
    seconds: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """For the run's record."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_dict` wrote, or a definition's `{budgetId, limits}`."""
        if "budgetId" in kept:
            return cls(str(kept["budgetId"]), **{name: int(value) for name, value in kept["limits"].items()})
        numbers = {name: int(kept[name]) for name in _COUNTED if name in kept}
        return cls(str(kept["budget_id"]), **numbers)


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of each: pico-dollars, tokens, calls, seconds. Negative where something is given back."""

    pico: int = 0
    tokens: int = 0
    calls: int = 0
    seconds: int = 0


class PoolDefinitions:
    """The pools of a tenant in the control table: `{budgetId, name, agents, limits, version}`; no `agents`: all."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._tenant = table.owner

    def list(self) -> list[Item]:
        """All of them, oldest first."""
        page = self._table.query(keys.pools_partition(self._tenant), limit=MOST, consistent=True)
        return [unpack(item, _DOCUMENTS) for item in page.items]

    def get(self, budget_id: str) -> Item:
        """One of them; NotFound when there is none."""
        found = self._table.get(self._key(budget_id), consistent=True)
        return unpack(required(found, "budget"), _DOCUMENTS)

    def create_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a new one, version 1, to a transaction."""
        made = {**record, "version": 1}
        item = {**pack(made, _DOCUMENTS), **self._key(str(record["budgetId"]))._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)
        return made

    def change_in(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Add a change to a transaction; it fails (label `pool`) when the record has changed since it was read."""
        made = {**record, **fields, "version": int(record["version"]) + 1}
        item = {**pack(made, _DOCUMENTS), **self._key(str(record["budgetId"]))._asdict()}
        transaction.put(self._table.name, item, condition=attr("version").eq(record["version"]), label=LABEL)
        return made

    def remove_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add its removal to a transaction; runs that are going stay bound by it."""
        same = attr("version").eq(record["version"])
        transaction.delete(self._table.name, self._key(str(record["budgetId"])), condition=same, label=LABEL)

    def _key(self, budget_id: str) -> keys.Key:
        return keys.pool_key(self._tenant, budget_id)


class Pools:
    """The months of a tenant's pools in the ops table."""

    def __init__(self, table: BoundedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._tenant = table.owner
        self._clock = clock or SystemClock()

    def commit_in(
        self, transaction: TenantTransaction, shares: Iterable[PoolShare], month: str, amount: Amount
    ) -> None:
        """Set `amount` aside in every pool; the piece fails (label `pool`) where the limit would be exceeded."""
        for share in shares:
            self._add(transaction, share, month, amount, condition=_room(share, amount))

    def settle_in(
        self, transaction: TenantTransaction, shares: Iterable[PoolShare], month: str, amount: Amount
    ) -> None:
        """Put right what was set aside: never refused, since it has been used."""
        for share in shares:
            self._add(transaction, share, month, amount)

    def status(self, budget_id: str, month: str) -> Amount:
        """What is used and set aside in a month."""
        item = self._table.get(keys.pool_month_key(self._tenant, budget_id, month), consistent=True) or {}
        return Amount(*(int(item.get(name) or 0) for name in _COUNTED))

    def _add(
        self,
        transaction: TenantTransaction,
        share: PoolShare,
        month: str,
        amount: Amount,
        condition: Condition | None = None,
    ) -> None:
        key = keys.pool_month_key(self._tenant, share.budget_id, month)
        added = {name: by for name, by in asdict(amount).items() if by}
        if not added:
            return
        expiry = {"ttl": IfAbsent(TERMS["POOLMONTH"].expiry(self._clock.now()))}
        transaction.update(self._table.name, key, set_=expiry, add=added, condition=condition, label=LABEL)


def _room(share: PoolShare, amount: Amount) -> Condition | None:
    """That there is room for what is added of each; what nothing is added of is not asked about."""
    found: Condition | None = None
    for name, by in asdict(amount).items():
        limit = getattr(share, name)
        if limit is None or not by:
            continue
        kept = attr(name).le(limit - by)
        room = kept | attr(name).absent() if by <= limit else kept
        found = room if found is None else found & room
    return found
