"""Locks of the platform, each with a fencing token: a number that rises with every holder (ADR 0096).

A lock alone protects nothing: whoever holds it may pause, lose it and wake up believing that it is still theirs. So
whatever a lock guards is written in one transaction with `guard_in`, which demands that the token is the last that was
given and its time is not over. Kleppmann, "How to do distributed locking" (2016), has the argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, LeaseLost, LockHeld
from data_access_lib.repositories.records import unpack
from platform_kit.clock import Clock, SystemClock, milliseconds

if TYPE_CHECKING:
    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "lock"


class Lease(NamedTuple):
    """Who holds which lock, by which token, until when (epoch milliseconds)."""

    name: str
    holder: str
    token: int
    until: int


class LockRecords:
    """Reads. {name, holder, token, until}; a lock that was never taken has no record."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, name: str) -> Item | None:
        """A lock as it is now."""
        item = self._reader.get(keys.lock_key(name), consistent=True)
        return None if item is None else unpack(item, ())


class Locks(LockRecords):
    """Takes, keeps and gives back. The record is never removed: with it the count of tokens would begin anew."""

    def __init__(self, table: BoundedTable, clock: Clock | None = None) -> None:
        super().__init__(table)
        self._table = table
        self._clock = clock or SystemClock()

    def acquire(self, name: str, holder: str, *, seconds: float) -> Lease:
        """Take a lock for some seconds, with a token above every one before; LockHeld while another has it."""
        found, now = self.find(name) or {}, self._now()
        token = int(found.get("token") or 0)
        if int(found.get("until") or 0) > now:
            raise LockHeld
        lease = Lease(name, holder, token + 1, now + _ms(seconds))
        last = attr("token").eq(token) & attr("until").le(now) if token else attr("pk").absent()
        try:
            self._table.put({**lease._asdict(), **keys.lock_key(name)._asdict()}, condition=last)
        except ConditionFailed:
            raise LockHeld from None
        return lease

    def renew(self, lease: Lease, *, seconds: float) -> Lease:
        """Keep a lock that is still held, from now on for some seconds, by the same token; LeaseLost otherwise."""
        until = self._now() + _ms(seconds)
        self._set(lease, until)
        return lease._replace(until=until)

    def release(self, lease: Lease) -> None:
        """Give a lock back; nothing when it was lost: it is another's by now, or anybody's."""
        try:
            self._set(lease, 0)
        except LeaseLost:
            return

    def guard_in(self, transaction: TenantTransaction, lease: Lease) -> None:
        """Let a transaction happen only while the lease holds; the piece fails (label `lock`) otherwise."""
        transaction.check(self._table.name, keys.lock_key(lease.name), self._holds(lease), label=LABEL)

    def _set(self, lease: Lease, until: int) -> None:
        try:
            self._table.update(keys.lock_key(lease.name), set_={"until": until}, condition=self._holds(lease))
        except ConditionFailed:
            raise LeaseLost from None

    def _holds(self, lease: Lease) -> Condition:
        return attr("token").eq(lease.token) & attr("until").gt(self._now())

    def _now(self) -> int:
        return milliseconds(self._clock.now())


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
