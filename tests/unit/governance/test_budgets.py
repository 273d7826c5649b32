from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.budgets import SHARDS, Reservation, month_of, settle, shard_allowance, shard_order
from platform_kit.ids import new_id

MONEY = st.integers(0, 10**18)


@given(MONEY)
def test_the_shards_of_a_budget_add_up_to_it_exactly(budget: int) -> None:
    parts = [shard_allowance(budget, shard) for shard in range(SHARDS)]
    assert sum(parts) == budget
    assert max(parts) - min(parts) <= 1


@given(MONEY, MONEY)
def test_reserving_and_settling_leaves_exactly_the_cost_missing(amount: int, cost: int) -> None:
    result = settle(Reservation(amount, 0, "2026-11"), cost)
    remaining_after = -amount + result.remaining
    assert remaining_after == -cost
    assert result.spent == cost
    assert amount + result.reserved == 0


def test_a_run_tries_every_shard_once() -> None:
    assert sorted(shard_order(new_id("run"))) == list(range(SHARDS))


def test_runs_are_spread_over_the_shards() -> None:
    firsts = [shard_order(f"run_{number}")[0] for number in range(400)]
    assert all(firsts.count(shard) > 50 for shard in range(SHARDS))


def test_the_month_is_that_of_the_start() -> None:
    assert month_of(datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)) == "2026-01"


def test_a_negative_cost_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        settle(Reservation(5, 0, "2026-11"), -1)
