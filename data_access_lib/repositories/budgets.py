"""Budgets: what a tenant may still spend this month, in pico-dollars, and how many runs it has going.

Both are reserved before a run and settled after it, in the transactions that start and end the run.

A month's limit is split over four items, so that a tenant's runs do not queue for one. A month's item is made by its
first reservation. `remaining + reserved + spent` is always the limit's share, and `running` at most the shard's part of
the runs a tenant may have at a time. A run counts in the month in which it began: while runs go on across the turn of a
month, those of the new month are counted from nought beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.conditions import Change, Condition, IfAbsent, Increment, attr
from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock
from platform_kit.errors import BudgetExhausted, TooManyRuns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "budget"
_RETRY_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Reservation:
    """Part of a month's budget held for a run. Keep it with the run: a run may end in another month."""

    month: str
    shard: int
    pico: int


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A month in pico-dollars, and the runs of it that are going, over all shards."""

    month: str
    remaining: int
    reserved: int
    spent: int
    running: int = 0


class Budgets:
    """Budgets in the ops table.

    `limit` is the tenant's limit of the month, in pico-dollars; `runs` how many it may have going at a time.
    """

    def __init__(self, table: TenantScopedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._clock = clock or SystemClock()

    def open(self, limit: int) -> None:
        """Make the present month's items, or bring those there are to `limit`: what was spent or reserved stays so.

        It may be repeated. A lowered limit can leave less than nothing, which refuses reservations until it is settled.
        """
        month = self._month()
        for shard in range(keys.SHARDS):
            self._set_share(keys.budget_key(self._tenant, shard, month), _share(limit, shard))

    def close(self) -> None:
        """Remove the present month's items: the compensation of a provisioning that failed."""
        for shard in range(keys.SHARDS):
            self._table.delete(keys.budget_key(self._tenant, shard, self._month()))

    def reserve(
        self, transaction: TenantTransaction, run_id: str, pico: int, limit: int, runs: int, *, attempt: int = 0
    ) -> Reservation:
        """Add a reservation to a transaction; the piece fails (label `budget`) when its shard has too little left.

        That is: too little money, or no place for another run.

        Then try the next `attempt`, as `attempts` counts them: each asks another shard.
        """
        shard = (keys.shard_of(run_id) + attempt) % keys.SHARDS
        reservation = Reservation(self._month(), shard, pico)
        change = self._taking(pico, _share(limit, shard))
        transaction.update(
            self._table.name,
            keys.budget_key(self._tenant, shard, reservation.month),
            set_=change.set_,
            condition=_enough(pico, _share(limit, shard)) & _has_place(_share(runs, shard)),
            label=LABEL,
        )
        return reservation

    def attempts(self, run_id: str, pico: int, limit: int, runs: int) -> Iterator[int]:
        """The attempts worth making: every shard, then one with a place after gathering there what all have left.

        TooManyRuns when every shard has been tried and none has a place.
        """
        yield from range(keys.SHARDS)
        gathered = self.gather(run_id, pico, limit, runs)
        if gathered is not None:
            yield gathered

    def extend(self, transaction: TenantTransaction, reservation: Reservation, pico: int) -> int:
        """Add `pico` more for a run to a transaction; the piece fails (label `budget`) when its shard has too little.

        The run's record has to hold the larger reservation then, since that is what will be settled.
        """
        return transaction.update(
            self._table.name,
            keys.budget_key(self._tenant, reservation.shard, reservation.month),
            add={"remaining": -pico, "reserved": pico},
            condition=attr("remaining").ge(pico),
            label=LABEL,
        )

    def settle(self, transaction: TenantTransaction, reservation: Reservation, cost: int) -> int:
        """Add the end of a reservation to a transaction: `cost` pico-dollars are spent, rest and place are free."""
        return transaction.update(
            self._table.name,
            keys.budget_key(self._tenant, reservation.shard, reservation.month),
            add={
                "remaining": reservation.pico - cost,
                "reserved": -reservation.pico,
                "spent": cost,
                "running": -1,
            },
            label="settlement",
        )

    def status(self, limit: int, *, month: str | None = None) -> BudgetStatus:
        """What remains, is reserved and is spent in a month (the present one unless given)."""
        when = month or self._month()
        shards = self._shards(when, limit)
        parts = ("remaining", "reserved", "spent", "running")
        return BudgetStatus(when, *(sum(shard[part] for shard in shards) for part in parts))

    def gather(self, run_id: str, pico: int, limit: int, runs: int) -> int | None:
        """Move what all shards have left into the run's first shard with a place; the attempt that asks it.

        None when all together is not enough, or when they moved meanwhile; TooManyRuns when none has a place.
        """
        month = self._month()
        shards = self._shards(month, limit)
        attempt = _first_with_place(shards, keys.shard_of(run_id), runs)
        home = (keys.shard_of(run_id) + attempt) % keys.SHARDS
        left = [shard["remaining"] for shard in shards]
        if sum(max(amount, 0) for amount in left) < pico:
            return None
        transaction = self._table.transaction()
        for shard, amount in enumerate(left):
            moved = sum(max(other, 0) for other in left) - max(amount, 0) if shard == home else -max(amount, 0)
            self._move(transaction, keys.budget_key(self._tenant, shard, month), amount, moved, _share(limit, shard))
        try:
            transaction.commit()
        except (ConditionFailed, TransactionConflict):
            return None
        return attempt

    def exhausted(self, what: str = "The budget") -> BudgetExhausted:
        """The error to raise when no attempt succeeded; it says how long the month still is, in seconds."""
        now = self._clock.now().astimezone(UTC)
        following = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
        return BudgetExhausted(
            f"{what} of this month is used up. Raise it, or wait for the next month.",
            retry_after=int((following - now).total_seconds()) + 1,
        )

    def _set_share(self, key: keys.Key, share: int) -> None:
        item = self._table.get(key, consistent=True)
        if item is None:
            self._table.update(key, set_=self._opened(share) | {"remaining": IfAbsent(share)})
            return
        more = share - int(item["limit"])
        unchanged = attr("limit").eq(item["limit"])
        self._table.update(key, set_={"limit": share}, add={"remaining": more}, condition=unchanged)

    def _move(self, transaction: TenantTransaction, key: keys.Key, seen: int, by: int, share: int) -> None:
        unchanged = attr("remaining").eq(seen)
        transaction.update(
            self._table.name,
            key,
            set_=self._opened(share) | {"remaining": seen + by},
            condition=unchanged | attr("pk").absent() if seen == share else unchanged,
            label=LABEL,
        )

    def _taking(self, pico: int, share: int) -> Change:
        taken = {"remaining": Increment(-pico, start=share), "reserved": Increment(pico), "running": Increment(1)}
        return Change(set_=self._opened(share) | taken)

    def _opened(self, share: int) -> dict[str, object]:
        expiry = TERMS["BUDGET"].expiry(self._clock.now())
        return {"limit": IfAbsent(share), "reserved": IfAbsent(0), "spent": IfAbsent(0), "ttl": IfAbsent(expiry)}

    def _shards(self, month: str, limit: int) -> list[dict[str, int]]:
        places = [keys.budget_key(self._tenant, shard, month) for shard in range(keys.SHARDS)]
        found = self._table.batch_get(places, consistent=True)
        return [
            {"remaining": _share(limit, shard), "reserved": 0, "spent": 0, "running": 0, **found.get(place, {})}
            for shard, place in enumerate(places)
        ]

    def _month(self) -> str:
        return self._clock.now().astimezone(UTC).strftime("%Y-%m")


def _share(limit: int, shard: int) -> int:
    """A shard's part of a limit; the parts make the whole."""
    return limit // keys.SHARDS + (1 if shard < limit % keys.SHARDS else 0)


def _enough(pico: int, share: int) -> Condition:
    enough = attr("remaining").ge(pico)
    return enough | attr("pk").absent() if pico <= share else enough


def _has_place(part: int) -> Condition:
    below = attr("running").lt(part)
    return below | attr("running").absent() if part > 0 else below


def _first_with_place(shards: Sequence[Mapping[str, int]], home: int, runs: int) -> int:
    """The attempt, counted from the run's home, that asks a shard with a place; TooManyRuns when there is none."""
    for attempt in range(keys.SHARDS):
        shard = (home + attempt) % keys.SHARDS
        if shards[shard]["running"] < _share(runs, shard):
            return attempt
    raise TooManyRuns(
        f"{runs} runs are going, as many as the tenant's tier includes. Wait until one has ended.",
        retry_after=_RETRY_SECONDS,
    )
