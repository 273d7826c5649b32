from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.budgets import Budgets, BudgetStatus, Reservation
from platform_kit.errors import TooManyRuns
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores, failure, make_stores, raising

LIMIT = 10**18 + 3  # pico-dollars, beyond 53 bits and not divisible by four
RUN = "run_" + "0" * 32
HOME = keys.shard_of(RUN)
SHARE = LIMIT // 4
RUNS = 4_000


@pytest.fixture
def budgets(stores: Stores, clock: HandClock) -> Budgets:
    return Budgets(stores.table(stores.ops), clock)


def reserve(
    budgets: Budgets, stores: Stores, pico: int, limit: int = LIMIT, attempt: int = 0, runs: int = RUNS
) -> Reservation:
    transaction = stores.table(stores.ops).transaction()
    reservation = budgets.reserve(transaction, RUN, pico, limit, runs, attempt=attempt)
    transaction.commit()
    return reservation


def settle(budgets: Budgets, stores: Stores, reservation: Reservation, cost: int) -> None:
    transaction = stores.table(stores.ops).transaction()
    assert budgets.settle(transaction, reservation, cost) == 0
    transaction.commit()


def test_an_untouched_month_has_its_whole_limit(budgets: Budgets) -> None:
    assert budgets.status(LIMIT) == BudgetStatus("2026-03", LIMIT, 0, 0)
    assert budgets.status(LIMIT, month="2026-04") == BudgetStatus("2026-04", LIMIT, 0, 0)


def test_the_first_reservation_makes_the_months_item(budgets: Budgets, stores: Stores) -> None:
    assert reserve(budgets, stores, 1000) == Reservation("2026-03", HOME, 1000)
    share = SHARE + (1 if HOME < 3 else 0)
    assert stores.table(stores.ops).get(
        keys.budget_key(stores.table(stores.ops).tenant.tenant_id, HOME, "2026-03")
    ) == {
        "pk": f"TENANT#acme#BUDGET#{HOME}",
        "sk": "2026-03",
        "limit": share,
        "remaining": share - 1000,
        "reserved": 1000,
        "spent": 0,
        "running": 1,
        "ttl": 1772600767 + 400 * 86400,
    }
    assert budgets.status(LIMIT) == BudgetStatus("2026-03", LIMIT - 1000, 1000, 0, running=1)


def test_a_settled_reservation_spends_the_cost_and_frees_the_rest(budgets: Budgets, stores: Stores) -> None:
    reservation = reserve(budgets, stores, 1000)
    settle(budgets, stores, reservation, 400)
    assert budgets.status(LIMIT) == BudgetStatus("2026-03", LIMIT - 400, 0, 400)
    settle(budgets, stores, reserve(budgets, stores, 100), 900)
    assert budgets.status(LIMIT) == BudgetStatus("2026-03", LIMIT - 1300, 0, 1300)


def test_a_shard_gives_what_it_has_and_no_more(budgets: Budgets, stores: Stores) -> None:
    share = 25
    reserve(budgets, stores, share, limit=100)
    with pytest.raises(ConditionFailed) as caught:
        reserve(budgets, stores, 1, limit=100)
    assert caught.value.label == "budget"
    with pytest.raises(ConditionFailed):
        reserve(budgets, stores, share + 1, limit=100, attempt=1)
    assert reserve(budgets, stores, share, limit=100, attempt=1).shard == (HOME + 1) % 4
    assert budgets.status(100) == BudgetStatus("2026-03", 50, 50, 0, running=2)


def test_a_remaining_amount_equal_to_the_estimate_is_enough(budgets: Budgets, stores: Stores) -> None:
    reserve(budgets, stores, 10, limit=100)
    reserve(budgets, stores, 15, limit=100)
    assert budgets.status(100).remaining == 75


def take(budgets: Budgets, stores: Stores, pico: int, limit: int) -> bool:
    """What a caller does: try each attempt until one succeeds."""
    for attempt in budgets.attempts(RUN, pico, limit, RUNS):
        try:
            reserve(budgets, stores, pico, limit, attempt)
        except ConditionFailed as failed:
            if failed.label != "budget":
                raise
        else:
            return True
    return False


def test_attempts_go_round_the_shards_and_then_gather_what_is_left(budgets: Budgets, stores: Stores) -> None:
    assert take(budgets, stores, 70, 100)
    assert budgets.status(100) == BudgetStatus("2026-03", 30, 70, 0, running=1)
    assert take(budgets, stores, 30, 100)
    assert not take(budgets, stores, 1, 100)
    assert budgets.status(100) == BudgetStatus("2026-03", 0, 100, 0, running=2)


def test_what_all_shards_together_do_not_have_is_not_gathered(budgets: Budgets, stores: Stores) -> None:
    assert list(budgets.attempts(RUN, 101, 100, RUNS)) == [0, 1, 2, 3]
    assert budgets.gather(RUN, 101, 100, RUNS) is None
    assert stores.client.operations == ["batch_get_item"] * 2
    assert list(budgets.attempts(RUN, 100, 100, RUNS)) == [0, 1, 2, 3, 0]


def test_gathering_counts_no_debt_of_another_shard_as_room(budgets: Budgets, stores: Stores) -> None:
    settle(budgets, stores, reserve(budgets, stores, 5, 100, attempt=1), 45)
    assert budgets.status(100).remaining == 55
    assert budgets.gather(RUN, 75, 100, RUNS) == 0
    assert budgets.gather(RUN, 76, 100, RUNS) is None
    assert reserve(budgets, stores, 75, 100).shard == HOME
    assert budgets.status(100) == BudgetStatus("2026-03", -20, 75, 45, running=1)


def test_a_gathering_in_debt_at_home_pays_it_from_the_others(budgets: Budgets, stores: Stores) -> None:
    settle(budgets, stores, reserve(budgets, stores, 5, 100), 45)
    assert budgets.gather(RUN, 10, 100, RUNS) == 0
    assert budgets.status(100).remaining == 55
    table = stores.table(stores.ops)
    assert [
        (table.get(keys.budget_key(table.tenant.tenant_id, shard, "2026-03")) or {})["remaining"] for shard in range(4)
    ] == [55 if shard == HOME else 0 for shard in range(4)]


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_gathering_that_others_overtake_is_given_up(budgets: Budgets, stores: Stores, code: str) -> None:
    error = failure("TransactionCanceledException", CancellationReasons=[{"Code": code}] * 4)
    stores.client.answers["transact_write_items"] = raising(error)
    assert budgets.gather(RUN, 70, 100, RUNS) is None


def test_a_gathering_sees_when_a_shard_moved_meanwhile(budgets: Budgets, stores: Stores) -> None:
    reserve(budgets, stores, 5, 100, attempt=1)

    def one_more(_request: dict[str, Any]) -> Any:
        from tests.stores import PASS

        stores.client.answers.clear()
        reserve(budgets, stores, 5, 100, attempt=1)
        return PASS

    stores.client.answers["transact_write_items"] = one_more
    assert budgets.gather(RUN, 70, 100, RUNS) is None
    assert budgets.status(100) == BudgetStatus("2026-03", 90, 10, 0, running=2)


def test_a_run_is_settled_in_the_month_it_was_reserved_in(budgets: Budgets, stores: Stores, clock: HandClock) -> None:
    reservation = reserve(budgets, stores, 1000)
    clock.advance(days=40)
    settle(budgets, stores, reservation, 300)
    assert budgets.status(LIMIT, month="2026-03") == BudgetStatus("2026-03", LIMIT - 300, 0, 300)
    assert budgets.status(LIMIT) == BudgetStatus("2026-04", LIMIT, 0, 0)


def test_months_are_in_utc(budgets: Budgets, clock: HandClock) -> None:
    from datetime import timezone

    clock.moment = datetime(2026, 4, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert budgets.status(1).month == "2026-03"


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), 2),
        (datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), 3601),
        (datetime(2026, 2, 1, tzinfo=UTC), 28 * 86400 + 1),
    ],
)
def test_an_exhausted_budget_says_when_the_next_month_begins(
    budgets: Budgets, clock: HandClock, now: datetime, seconds: int
) -> None:
    clock.moment = now
    error = budgets.exhausted()
    assert (error.status, error.code, error.retry_after) == (429, "BUDGET_EXHAUSTED", seconds)
    assert error.detail == "The budget of this month is used up. Raise it, or wait for the next month."


def test_the_state_is_read_consistently(budgets: Budgets, stores: Stores) -> None:
    budgets.status(1)
    assert stores.client.calls[0][1]["RequestItems"][stores.ops]["ConsistentRead"] is True


def test_the_machines_clock_is_the_default(stores: Stores) -> None:
    assert Budgets(stores.table(stores.ops)).status(1).month >= "2026-01"


@pytest.mark.proof
@settings(deadline=None, max_examples=12)
@given(
    limit=st.integers(0, 200),
    steps=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80), st.booleans()), max_size=15),
)
def test_money_is_neither_made_nor_lost_and_no_reservation_exceeds_the_limit(
    aws: dict[str, Any], limit: int, steps: list[tuple[int, int, bool]]
) -> None:
    stores = make_stores(aws["dynamodb"], aws["s3"])
    budgets = Budgets(stores.table(stores.ops), HandClock())
    reserved = spent = running = 0
    for pico, cost, finished in steps:
        run_id = new_id("run")
        before = budgets.status(limit)
        for attempt in budgets.attempts(run_id, pico, limit, RUNS):
            transaction = stores.table(stores.ops).transaction()
            reservation = budgets.reserve(transaction, run_id, pico, limit, RUNS, attempt=attempt)
            try:
                transaction.commit()
            except ConditionFailed:
                continue
            reserved, running = reserved + pico, running + 1
            if finished:
                settle(budgets, stores, reservation, min(cost, pico))
                reserved, spent, running = reserved - pico, spent + min(cost, pico), running - 1
            break
        else:
            assert pico > before.remaining
    assert budgets.status(limit) == BudgetStatus("2026-03", limit - reserved - spent, reserved, spent, running)
    assert reserved + spent <= limit


def shards(stores: Stores, month: str = "2026-03") -> list[dict[str, Any] | None]:
    table = stores.table(stores.ops)
    return [table.get(keys.budget_key(table.tenant.tenant_id, shard, month)) for shard in range(4)]


def test_an_opened_month_has_its_items_before_the_first_run(budgets: Budgets, stores: Stores) -> None:
    budgets.open(102)
    found = [item or {} for item in shards(stores)]
    assert [(item["limit"], item["remaining"], item["reserved"], item["spent"]) for item in found] == [
        (26, 26, 0, 0),
        (26, 26, 0, 0),
        (25, 25, 0, 0),
        (25, 25, 0, 0),
    ]
    assert found[0]["ttl"] == 1772600767 + 400 * 86400
    budgets.open(102)
    assert [item or {} for item in shards(stores)] == found


def test_a_new_limit_leaves_what_was_spent_and_reserved(budgets: Budgets, stores: Stores) -> None:
    budgets.open(100)
    settle(budgets, stores, reserve(budgets, stores, 10, 100), 4)
    reserve(budgets, stores, 6, 100)
    budgets.open(200)
    assert budgets.status(200) == BudgetStatus("2026-03", 190, 6, 4, running=1)
    budgets.open(8)
    assert budgets.status(8) == BudgetStatus("2026-03", -2, 6, 4, running=1)
    with pytest.raises(ConditionFailed):
        reserve(budgets, stores, 1, 8)


def test_a_closed_month_has_no_items(budgets: Budgets, stores: Stores) -> None:
    budgets.open(100)
    budgets.close()
    budgets.close()
    assert shards(stores) == [None] * 4


def test_two_new_limits_at_once_are_not_added_up(budgets: Budgets, stores: Stores) -> None:
    budgets.open(100)

    def another_was_faster(_request: dict[str, Any]) -> Any:
        from tests.stores import PASS

        stores.client.answers.clear()
        budgets.open(400)
        return PASS

    stores.client.answers["update_item"] = another_was_faster
    with pytest.raises(ConditionFailed):
        budgets.open(200)
    assert budgets.status(400).remaining == 400
    assert stores.client.calls[-5][1].get("ConsistentRead", True) is True


# How many runs go on at a time


def begin(budgets: Budgets, stores: Stores, runs: int, pico: int = 1, limit: int = 1000) -> Reservation | None:
    """A run's start as its caller does it; None when it is refused for money."""
    run_id = new_id("run")
    for attempt in budgets.attempts(run_id, pico, limit, runs):
        transaction = stores.table(stores.ops).transaction()
        reservation = budgets.reserve(transaction, run_id, pico, limit, runs, attempt=attempt)
        try:
            transaction.commit()
        except ConditionFailed:
            continue
        return reservation
    return None


@pytest.mark.parametrize("runs", [1, 2, 3, 5, 8])
def test_as_many_runs_go_on_as_are_allowed_and_not_one_more(budgets: Budgets, stores: Stores, runs: int) -> None:
    held = [begin(budgets, stores, runs) for _ in range(runs)]
    with pytest.raises(TooManyRuns, match=f"{runs} runs are going") as refused:
        begin(budgets, stores, runs)
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "TOO_MANY_RUNS", 5)
    assert budgets.status(1000).running == runs
    assert held[0] is not None
    settle(budgets, stores, held[0], 1)
    assert begin(budgets, stores, runs) is not None
    assert budgets.status(1000).running == runs


def test_a_refused_run_reserves_no_money(budgets: Budgets, stores: Stores) -> None:
    begin(budgets, stores, 1, pico=10)
    with pytest.raises(TooManyRuns):
        begin(budgets, stores, 1, pico=10)
    assert budgets.status(1000) == BudgetStatus("2026-03", 990, 10, 0, running=1)


def test_without_money_it_is_the_money_that_is_told(budgets: Budgets, stores: Stores) -> None:
    begin(budgets, stores, 8, pico=900)
    assert begin(budgets, stores, 8, pico=200) is None


def test_the_money_is_gathered_where_there_is_a_place(budgets: Budgets, stores: Stores) -> None:
    """The run's own shard is full of runs, and no other has the money for it by itself."""
    run = "run_" + "0" * 32
    reserve(budgets, stores, 1, limit=100, runs=4)
    assert budgets.gather(run, 60, 100, 4) == 1
    assert reserve(budgets, stores, 60, limit=100, attempt=1, runs=4).shard == (HOME + 1) % 4
    assert budgets.status(100) == BudgetStatus("2026-03", 39, 61, 0, running=2)


def test_items_from_before_runs_were_counted_are_taken_as_empty(budgets: Budgets, stores: Stores) -> None:
    budgets.open(1000)
    table = stores.table(stores.ops)
    for shard in range(4):
        table.update(keys.budget_key(table.tenant.tenant_id, shard, "2026-03"), remove=("running",))
    assert budgets.status(1000).running == 0
    assert [begin(budgets, stores, 2) is not None for _ in range(2)] == [True, True]
    with pytest.raises(TooManyRuns):
        begin(budgets, stores, 2)


def test_a_lowered_cap_lets_go_on_what_goes_on(budgets: Budgets, stores: Stores) -> None:
    held = [begin(budgets, stores, 8) for _ in range(8)]
    with pytest.raises(TooManyRuns):
        begin(budgets, stores, 4)
    for reservation in held[:5]:
        assert reservation is not None
        settle(budgets, stores, reservation, 0)
    assert budgets.status(1000).running == 3
    assert begin(budgets, stores, 4) is not None


def test_a_run_that_ends_in_another_month_frees_the_place_it_took(
    budgets: Budgets, stores: Stores, clock: HandClock
) -> None:
    reservation = begin(budgets, stores, 4)
    assert reservation is not None
    clock.advance(days=40)
    assert begin(budgets, stores, 4) is not None
    settle(budgets, stores, reservation, 0)
    assert budgets.status(1000, month="2026-03").running == 0
    assert budgets.status(1000).running == 1
