import pytest

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.holds import BAR, LABEL, Holds
from governance.holds import Held, Hold, HoldState, held, reset
from platform_kit.ids import new_id
from tests.stores import Stores

PAUSED = held(Hold(), Held(HoldState.PAUSED, "usr:1:ada", "r", 1))
RUNS = [new_id("run") for _ in range(40)]


@pytest.fixture
def holds(stores: Stores) -> Holds:
    return Holds(stores.table(stores.ops))


def may_start(stores: Stores, agent: str, run_id: str) -> bool:
    table = stores.table(stores.ops)
    transaction = table.transaction()
    Holds(table).check_in(transaction, agent, run_id)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        return (failure.label, (failure.item or {})["state"]) != (BAR, "paused")
    return True


def test_an_agent_that_nobody_holds_is_held_by_nothing(holds: Holds, stores: Stores) -> None:
    assert holds.get("a") == Hold()
    assert may_start(stores, "a", RUNS[0])


def test_no_run_of_a_held_agent_starts_whichever_shard_it_is_in(holds: Holds, stores: Stores) -> None:
    assert {keys.shard_of(run) for run in RUNS} == set(range(keys.SHARDS))
    holds.write("a", Hold(), PAUSED)
    assert holds.get("a") == PAUSED
    assert not any(may_start(stores, "a", run) for run in RUNS)
    assert all(may_start(stores, "b", run) for run in RUNS)


def test_a_reset_lets_every_shard_go(holds: Holds, stores: Stores) -> None:
    holds.write("a", Hold(), PAUSED)
    holds.write("a", PAUSED, reset(PAUSED, "ada", "r", 2))
    assert all(may_start(stores, "a", run) for run in RUNS)


def test_counting_bars_nothing(holds: Holds, stores: Stores) -> None:
    holds.write("a", Hold(), Hold(halts=(1,), version=1))
    assert may_start(stores, "a", RUNS[0])
    assert holds.get("a").halts == (1,)


def test_whoever_saw_another_hold_changes_nothing(holds: Holds, stores: Stores) -> None:
    holds.write("a", Hold(), PAUSED)
    for seen in (Hold(), Hold(version=7)):
        with pytest.raises(ConditionFailed) as failed:
            holds.write("a", seen, Hold(version=8))
        assert failed.value.label == LABEL
    assert not may_start(stores, "a", RUNS[0])
