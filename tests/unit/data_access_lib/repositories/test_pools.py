from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pools import LABEL, Amount, PoolDefinitions, Pools, PoolShare
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores

BUDGET = "bud_" + "0" * 32
OTHER = "bud_" + "1" * 32
MONTH = "2026-03"


@pytest.fixture
def pools(stores: Stores, clock: HandClock) -> Pools:
    return Pools(stores.table(stores.ops), clock)


def take(stores: Stores, pools: Pools, amount: Amount, *shares: PoolShare) -> None:
    transaction = stores.table(stores.ops).transaction()
    pools.commit_in(transaction, shares, MONTH, amount)
    transaction.commit()


def give_back(stores: Stores, pools: Pools, amount: Amount, *shares: PoolShare) -> None:
    transaction = stores.table(stores.ops).transaction()
    pools.settle_in(transaction, shares, MONTH, amount)
    transaction.commit()


def test_what_is_set_aside_counts_until_it_is_given_back(stores: Stores, pools: Pools) -> None:
    share = PoolShare(BUDGET, pico=10)
    take(stores, pools, Amount(pico=10, tokens=3, calls=1), share)
    give_back(stores, pools, Amount(pico=-4), share)
    assert pools.status(BUDGET, MONTH) == Amount(6, 3, 1)
    assert pools.status(BUDGET, "2026-04") == Amount()


@pytest.mark.parametrize("share", [PoolShare(BUDGET, pico=9), PoolShare(BUDGET, tokens=2), PoolShare(BUDGET, calls=0)])
def test_more_than_any_limit_is_refused_and_nothing_is_taken(stores: Stores, pools: Pools, share: PoolShare) -> None:
    with pytest.raises(ConditionFailed) as refused:
        take(stores, pools, Amount(pico=10, tokens=3, calls=1), share)
    assert refused.value.label == LABEL
    assert pools.status(BUDGET, MONTH) == Amount()


def test_one_budget_that_is_used_up_refuses_for_all(stores: Stores, pools: Pools) -> None:
    with pytest.raises(ConditionFailed):
        take(stores, pools, Amount(calls=1), PoolShare(BUDGET, calls=5), PoolShare(OTHER, calls=0))
    assert pools.status(BUDGET, MONTH) == Amount()


def test_what_was_used_is_never_refused(stores: Stores, pools: Pools) -> None:
    give_back(stores, pools, Amount(pico=50), PoolShare(BUDGET, pico=10))
    assert pools.status(BUDGET, MONTH).pico == 50


@pytest.mark.proof
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 40), st.lists(st.integers(1, 20), max_size=8))
def test_no_order_of_calls_commits_more_than_the_limit(stores: Stores, limit: int, wanted: list[int]) -> None:
    pools, taken = Pools(stores.table(stores.ops), HandClock()), 0
    share = PoolShare(new_id("bud"), pico=limit)
    for pico in wanted:
        try:
            take(stores, pools, Amount(pico=pico), share)
            taken += pico
        except ConditionFailed:
            assert taken + pico > limit
    assert pools.status(share.budget_id, MONTH).pico == taken <= limit


def test_a_share_comes_back_from_a_runs_record_as_it_was() -> None:
    for share in (PoolShare(BUDGET), PoolShare(BUDGET, pico=0, tokens=1, calls=2)):
        assert PoolShare.of(share.as_dict()) == share


def test_a_definition_is_kept_and_changed_once(stores: Stores) -> None:
    table = stores.table(stores.control)
    definitions = PoolDefinitions(table)
    record: dict[str, Any] = {"budgetId": BUDGET, "name": "p", "agents": ["a"], "limits": {"calls": 5}}
    transaction = table.transaction()
    made = definitions.create_in(transaction, record)
    transaction.commit()
    assert definitions.list() == [definitions.get(BUDGET)] == [made]
    for name in ("first", "late"):
        transaction = table.transaction()
        definitions.change_in(transaction, made, {"name": name})
        if name == "late":
            with pytest.raises(ConditionFailed):
                transaction.commit()
        else:
            transaction.commit()
    assert definitions.get(BUDGET)["name"] == "first"


def test_a_definition_that_is_removed_is_not_there(stores: Stores) -> None:
    table = stores.table(stores.control)
    definitions = PoolDefinitions(table)
    transaction = table.transaction()
    made = definitions.create_in(transaction, {"budgetId": BUDGET, "name": "p", "limits": {}})
    transaction.commit()
    transaction = table.transaction()
    definitions.remove_in(transaction, made)
    transaction.commit()
    with pytest.raises(NotFound):
        definitions.get(BUDGET)
