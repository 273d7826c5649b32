"""The buckets as they are stored: what a draw takes, and that it takes all or nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed, StoreUnavailable, TransactionConflict
from data_access_lib.repositories.rates import FULL_AT, Draw, RateBuckets
from data_access_lib.tenant import TenantId
from governance.rates import NANOSECONDS, Limit, available, take
from tests.stores import Stores, failure, make_stores, raising

NOW = 1_800_000_000 * NANOSECONDS
TEN = Limit(10, 20)
STEP = TEN.interval


@pytest.fixture
def buckets(stores: Stores) -> RateBuckets:
    return RateBuckets(stores.table(stores.ops))


def full_at(stores: Stores, subject: str = "tenant", tenant: str = "acme") -> int | None:
    item = stores.table(stores.ops, tenant).get(keys.rate_key(TenantId(tenant), subject), consistent=True)
    return None if item is None else int(item[FULL_AT])


def test_a_first_draw_makes_the_bucket(buckets: RateBuckets, stores: Stores) -> None:
    buckets.draw([Draw("tenant", TEN, 3)], NOW)
    assert full_at(stores) == NOW + 3 * STEP == take(None, TEN, NOW, 3)


def test_a_draw_that_knows_the_bucket_adds_to_it(buckets: RateBuckets, stores: Stores) -> None:
    buckets.draw([Draw("tenant", TEN, 3)], NOW)
    buckets.draw([Draw("tenant", TEN, 17, NOW + 3 * STEP)], NOW)
    assert full_at(stores) == NOW + 20 * STEP


@pytest.mark.parametrize("believed", [None, 0, NOW, NOW + 1, NOW + 10**12])
def test_more_than_the_bucket_holds_is_refused_whatever_is_believed(
    buckets: RateBuckets, stores: Stores, believed: int | None
) -> None:
    buckets.draw([Draw("tenant", TEN, 18)], NOW)
    with pytest.raises(ConditionFailed) as refused:
        buckets.draw([Draw("tenant", TEN, 3, believed)], NOW)
    assert refused.value.item is not None
    assert refused.value.item[FULL_AT] == full_at(stores) == NOW + 18 * STEP


def test_a_draw_that_believes_the_bucket_full_when_it_is_not_takes_nothing(
    buckets: RateBuckets, stores: Stores
) -> None:
    """Else it would set the bucket back to what it believed, and give the taken tokens again."""
    buckets.draw([Draw("tenant", TEN, 10)], NOW)
    with pytest.raises(ConditionFailed):
        buckets.draw([Draw("tenant", TEN, 1)], NOW)
    assert full_at(stores) == NOW + 10 * STEP


def test_a_draw_that_believes_the_bucket_used_when_it_is_full_takes_nothing(
    buckets: RateBuckets, stores: Stores
) -> None:
    """Else idle time would be saved up beyond a burst."""
    buckets.draw([Draw("tenant", TEN, 1)], NOW)
    later = NOW + 3600 * NANOSECONDS
    with pytest.raises(ConditionFailed):
        buckets.draw([Draw("tenant", TEN, 1, later + STEP)], later)
    assert full_at(stores) == NOW + STEP


def test_several_draws_take_all_or_nothing_in_one_call(buckets: RateBuckets, stores: Stores) -> None:
    one = Limit(1, 1)
    draws = [Draw("tenant", TEN, 2), Draw("agent:echo", one, 1)]
    stores.client.calls.clear()
    buckets.draw(draws, NOW)
    assert stores.client.operations == ["transact_write_items"]
    with pytest.raises(ConditionFailed) as refused:
        buckets.draw([Draw("tenant", TEN, 2, NOW + 2 * STEP), Draw("agent:echo", one, 1, NOW + one.interval)], NOW)
    assert (refused.value.index, (refused.value.item or {})[FULL_AT]) == (1, NOW + one.interval)
    assert full_at(stores) == NOW + 2 * STEP


def test_one_draw_is_one_plain_update(buckets: RateBuckets, stores: Stores) -> None:
    buckets.draw([Draw("tenant", TEN, 2)], NOW)
    assert stores.client.operations == ["update_item"]


@pytest.mark.parametrize(
    "subject", ["tenant", "agent:tenant", "credential:tenant", "TENANT#globex#RATE", "../globex", "", "\ud800"]
)
def test_a_subject_is_a_bucket_of_its_own_in_its_own_tenant(buckets: RateBuckets, stores: Stores, subject: str) -> None:
    buckets.draw([Draw(subject, TEN, 2)], NOW)
    [key] = [call[1]["Key"]["pk"]["S"] for call in stores.client.calls]
    assert key.startswith("TENANT#acme#RATE#")
    assert len(key) == len("TENANT#acme#RATE#") + 32
    others = {
        keys.rate_key(TenantId("acme"), other).pk for other in ("tenant", "agent:x", "agent:tenant") if other != subject
    }
    assert key not in others


def test_two_tenants_share_no_bucket(buckets: RateBuckets, stores: Stores) -> None:
    RateBuckets(stores.table(stores.ops, "globex")).draw([Draw("tenant", TEN, 20)], NOW)
    buckets.draw([Draw("tenant", TEN, 20)], NOW)
    assert full_at(stores) == full_at(stores, tenant="globex")


def test_a_bucket_goes_when_it_has_long_been_full(buckets: RateBuckets, stores: Stores) -> None:
    slow = Limit(0.01, 1)
    buckets.draw([Draw("tenant", slow, 1)], NOW)
    item = stores.table(stores.ops).get(keys.rate_key(TenantId("acme"), "tenant")) or {}
    assert item["ttl"] * NANOSECONDS >= item[FULL_AT] + 3000 * NANOSECONDS


def test_a_store_that_fails_is_not_taken_for_a_grant(buckets: RateBuckets, stores: Stores) -> None:
    stores.client.answers["update_item"] = raising(failure("InternalServerError"))
    with pytest.raises(StoreUnavailable):
        buckets.draw([Draw("tenant", TEN, 1)], NOW)


def test_contention_over_several_is_tried_again_and_then_told(buckets: RateBuckets, stores: Stores) -> None:
    busy = failure("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}] * 2)
    draws = [Draw("tenant", TEN, 1), Draw("agent:x", TEN, 1)]
    stores.client.answers["transact_write_items"] = raising(busy, times=1)
    buckets.draw(draws, NOW)
    stores.client.answers["transact_write_items"] = raising(busy)
    with pytest.raises(TransactionConflict):
        buckets.draw(draws, NOW)


@pytest.mark.proof
@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, NANOSECONDS), st.integers(1, 6), st.booleans()), min_size=1, max_size=12))
def test_the_store_grants_exactly_what_the_pure_function_grants(
    aws: dict[str, Any], steps: list[tuple[int, int, bool]]
) -> None:
    stores = make_stores(aws["dynamodb"], aws["s3"])
    buckets, limit = RateBuckets(stores.table(stores.ops)), Limit(5, 6)
    model: int | None = None
    now = NOW
    for pause, tokens, knows in steps:
        now += pause
        granted = take(model, limit, now, tokens)
        try:
            buckets.draw([Draw("tenant", limit, tokens, model if knows else None)], now)
        except ConditionFailed:
            assert granted is None or not knows  # a wrong belief takes nothing; a right one only where there is nothing
        else:
            assert granted is not None
            model = granted
        assert full_at(stores) == model
        assert available(model, limit, now) >= 0


def test_threads_never_take_more_than_there_is(stores: Stores) -> None:
    buckets = RateBuckets(stores.table(stores.ops))

    def draw(_: int) -> bool:
        believed: int | None = None
        for _attempt in range(200):
            try:
                buckets.draw([Draw("tenant", TEN, 1, believed)], NOW)
            except ConditionFailed as failed:
                believed = int((failed.item or {})[FULL_AT])
                if available(believed, TEN, NOW) == 0:
                    return False
            else:
                return True
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(draw, range(60))) == TEN.burst
