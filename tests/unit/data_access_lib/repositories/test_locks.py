from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import integers, sampled_from

from data_access_lib import keys
from data_access_lib.admin import PlatformServiceTable
from data_access_lib.errors import ConditionFailed, LeaseLost, LockHeld
from data_access_lib.repositories.locks import LABEL, Lease, Locks
from platform_kit.errors import NotFound
from tests.stores import HandClock, Stores

NAME = "runtime-region"
KINDS = frozenset({"LOCK", "RUNTIMEROUTE"})


def door(stores: Stores) -> PlatformServiceTable:
    client: Any = stores.client
    return PlatformServiceTable(client, stores.ops, "failover", KINDS, stores.signals)


def write(table: PlatformServiceTable, locks: Locks, lease: Lease) -> None:
    """What the lock guards: says who wrote last."""
    transaction = table.transaction()
    locks.guard_in(transaction, lease)
    transaction.put(table.name, {**keys.runtime_route_key()._asdict(), "token": lease.token})
    transaction.commit()


def written(table: PlatformServiceTable) -> int:
    return int((table.get(keys.runtime_route_key(), consistent=True) or {}).get("token", 0))


@pytest.fixture
def table(stores: Stores) -> PlatformServiceTable:
    table = door(stores)
    for key in (keys.lock_key(NAME), keys.runtime_route_key()):
        table.delete(key)
    return table


@pytest.fixture
def locks(table: PlatformServiceTable, clock: HandClock) -> Locks:
    return Locks(table, clock)


def test_one_holds_a_lock_at_a_time_and_every_holder_has_a_higher_token(locks: Locks, clock: HandClock) -> None:
    first = locks.acquire(NAME, "a", seconds=10)
    with pytest.raises(LockHeld):
        locks.acquire(NAME, "b", seconds=10)
    clock.advance(seconds=10)
    second = locks.acquire(NAME, "b", seconds=10)

    assert (first.token, second.token) == (1, 2)
    assert locks.find(NAME) == {"name": NAME, "holder": "b", "token": 2, "until": second.until}


def test_a_lock_given_back_is_free_at_once(locks: Locks) -> None:
    locks.release(locks.acquire(NAME, "a", seconds=60))

    assert locks.acquire(NAME, "b", seconds=1).token == 2


def test_a_lock_is_kept_by_renewing_it(locks: Locks, clock: HandClock) -> None:
    lease = locks.acquire(NAME, "a", seconds=10)
    clock.advance(seconds=9)
    kept = locks.renew(lease, seconds=10)
    clock.advance(seconds=9)
    with pytest.raises(LockHeld):
        locks.acquire(NAME, "b", seconds=1)

    assert (kept.token, kept.until - lease.until) == (lease.token, 9_000)


@pytest.mark.parametrize("taken", [False, True], ids=["nobody took it", "another took it"])
def test_a_holder_that_wakes_late_is_refused(
    table: PlatformServiceTable, locks: Locks, clock: HandClock, *, taken: bool
) -> None:
    late = locks.acquire(NAME, "paused", seconds=10)
    clock.advance(seconds=11)
    newest = locks.acquire(NAME, "awake", seconds=10) if taken else None
    if newest:
        write(table, locks, newest)

    with pytest.raises(ConditionFailed) as refused:
        write(table, locks, late)
    with pytest.raises(LeaseLost):
        locks.renew(late, seconds=10)
    locks.release(late)

    assert refused.value.label == LABEL
    assert written(table) == (newest.token if newest else 0)
    assert (locks.find(NAME) or {})["holder"] == ("awake" if taken else "paused")


def test_a_late_release_does_not_free_anothers_lock(locks: Locks, clock: HandClock) -> None:
    late = locks.acquire(NAME, "paused", seconds=1)
    clock.advance(seconds=2)
    locks.acquire(NAME, "awake", seconds=60)
    locks.release(late)

    with pytest.raises(LockHeld):
        locks.acquire(NAME, "third", seconds=1)


def test_what_was_read_may_be_out_of_date_when_it_is_taken(locks: Locks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two read that it is free; the second to write is refused by the condition, not by what it read."""
    before = locks.find(NAME)
    locks.acquire(NAME, "quicker", seconds=60)
    monkeypatch.setattr(locks, "find", lambda _name: before)

    with pytest.raises(LockHeld):
        locks.acquire(NAME, "slower", seconds=60)


@pytest.mark.parametrize("name", ["", "A", "a#b", "x" * 65, "-a"])
def test_a_name_that_no_lock_can_have_is_not_found(locks: Locks, name: str) -> None:
    with pytest.raises(NotFound):
        locks.find(name)


class Holders(RuleBasedStateMachine):
    """Some holders that pause and wake as they like, on one clock, against the simplest model of a fenced lock.

    What is checked is linearisability: every acquisition, renewal and guarded write must be answered as if they all
    happened one after another at one place, which the model is.
    """

    leases = Bundle("leases")
    store: Stores

    @initialize()
    def begin(self) -> None:
        self.table = door(self.store)
        for key in (keys.lock_key(NAME), keys.runtime_route_key()):
            self.table.delete(key)
        self.clock = HandClock()
        self.locks = Locks(self.table, self.clock)
        self.token, self.until, self.wrote = 0, self.clock.moment, 0

    def _holds(self, lease: Lease) -> bool:
        return lease.token == self.token and self.until > self.clock.moment

    @rule(target=leases, holder=sampled_from("abc"), seconds=sampled_from([1, 5, 30]))
    def acquire(self, holder: str, seconds: int) -> Any:
        if self.until > self.clock.moment:
            with pytest.raises(LockHeld):
                self.locks.acquire(NAME, holder, seconds=seconds)
            return Lease(NAME, holder, -1, 0)
        lease = self.locks.acquire(NAME, holder, seconds=seconds)
        assert lease.token > self.token
        self.token, self.until = lease.token, self.clock.moment + timedelta(seconds=seconds)
        return lease

    @rule(lease=leases, seconds=sampled_from([1, 5, 30]))
    def renew(self, lease: Lease, seconds: int) -> None:
        if not self._holds(lease):
            with pytest.raises(LeaseLost):
                self.locks.renew(lease, seconds=seconds)
            return
        self.locks.renew(lease, seconds=seconds)
        self.until = self.clock.moment + timedelta(seconds=seconds)

    @rule(lease=leases)
    def release(self, lease: Lease) -> None:
        self.locks.release(lease)
        if self._holds(lease):
            self.until = self.clock.moment

    @rule(lease=leases)
    def write_what_is_guarded(self, lease: Lease) -> None:
        if not self._holds(lease):
            with pytest.raises(ConditionFailed):
                write(self.table, self.locks, lease)
            return
        write(self.table, self.locks, lease)
        assert lease.token >= self.wrote
        self.wrote = lease.token

    @rule(span=integers(1, 40_000))
    def pause(self, span: int) -> None:
        self.clock.advance(milliseconds=span)

    @invariant()
    def what_is_written_is_the_last_that_was_allowed(self) -> None:
        assert written(self.table) == self.wrote


@pytest.mark.proof
def test_no_history_of_holders_breaks_the_lock(stores: Stores) -> None:
    class Here(Holders):
        store = stores

    run_state_machine_as_test(Here, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))
