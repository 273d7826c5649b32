from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.admin import PlatformServiceTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories import locks as lock_records
from data_access_lib.repositories import runtime_routes
from data_access_lib.repositories.locks import Lease, Locks
from data_access_lib.repositories.runtime_routes import RuntimeHealth, RuntimeRoutes
from platform_kit.errors import NotFound
from tests.stores import HandClock, Stores

EAST, WEST = "us-east-1", "us-west-2"


@pytest.fixture
def table(stores: Stores) -> PlatformServiceTable:
    client: Any = stores.client
    kinds = frozenset({"LOCK", "RUNTIMEROUTE", "RUNTIMEHEALTH"})
    table = PlatformServiceTable(client, stores.ops, "failover", kinds, stores.signals)
    for key in (keys.lock_key("runtime-region"), keys.runtime_route_key(), keys.runtime_health_key(EAST)):
        table.delete(key)
    return table


@pytest.fixture
def locks(table: PlatformServiceTable, clock: HandClock) -> Locks:
    return Locks(table, clock)


@pytest.fixture
def routes(table: PlatformServiceTable) -> RuntimeRoutes:
    return RuntimeRoutes(table)


def write(table: PlatformServiceTable, locks: Locks, lease: Lease, active: str, *, seen: int) -> None:
    transaction = table.transaction()
    RuntimeRoutes(table).write_in(transaction, {"active": active}, seen=seen, lease=lease, locks=locks)
    transaction.commit()


def test_a_route_is_written_by_who_holds_the_lock(
    table: PlatformServiceTable, locks: Locks, routes: RuntimeRoutes
) -> None:
    assert routes.find() is None
    write(table, locks, locks.acquire("runtime-region", "a", seconds=10), WEST, seen=0)

    assert routes.find() == {"active": WEST, "token": 1}


def test_who_lost_the_lock_writes_nothing(
    table: PlatformServiceTable, locks: Locks, routes: RuntimeRoutes, clock: HandClock
) -> None:
    late = locks.acquire("runtime-region", "paused", seconds=10)
    clock.advance(seconds=11)
    write(table, locks, locks.acquire("runtime-region", "awake", seconds=10), WEST, seen=0)

    with pytest.raises(ConditionFailed) as refused:
        write(table, locks, late, EAST, seen=0)

    assert refused.value.label == lock_records.LABEL
    assert routes.find() == {"active": WEST, "token": 2}


def test_what_was_switched_since_it_was_read_is_not_switched_over(
    table: PlatformServiceTable, locks: Locks, routes: RuntimeRoutes
) -> None:
    for active, seen in ((WEST, 0), (EAST, 1)):
        lease = locks.acquire("runtime-region", "a", seconds=10)
        write(table, locks, lease, active, seen=seen)
        locks.release(lease)

    with pytest.raises(ConditionFailed) as refused:
        write(table, locks, locks.acquire("runtime-region", "b", seconds=10), WEST, seen=1)

    assert refused.value.label == runtime_routes.LABEL
    assert routes.find() == {"active": EAST, "token": 2}


def test_a_lock_whose_record_was_lost_cannot_take_a_route_back(
    table: PlatformServiceTable, locks: Locks, routes: RuntimeRoutes
) -> None:
    for _ in range(3):
        lease = locks.acquire("runtime-region", "a", seconds=10)
        locks.release(lease)
    write(table, locks, locks.acquire("runtime-region", "a", seconds=10), WEST, seen=0)
    table.delete(keys.lock_key("runtime-region"))

    with pytest.raises(ConditionFailed) as refused:
        write(table, locks, locks.acquire("runtime-region", "b", seconds=10), EAST, seen=4)

    assert refused.value.label == runtime_routes.LABEL


def test_health_is_kept_by_whoever_read_it_last(table: PlatformServiceTable) -> None:
    health = RuntimeHealth(table)

    assert health.find(EAST) is None
    assert health.swap(EAST, 0, {"failures": 1})
    assert not health.swap(EAST, 0, {"failures": 9})
    assert health.swap(EAST, 1, {"failures": 2})
    assert health.find(EAST) == {"region": EAST, "version": 2, "failures": 2}


@pytest.mark.parametrize("region", ["", "us", "us-east-1#x", "US-EAST-1", "us-east-1" * 9])
def test_a_name_that_no_region_can_have_is_not_found(table: PlatformServiceTable, region: str) -> None:
    with pytest.raises(NotFound):
        RuntimeHealth(table).find(region)
