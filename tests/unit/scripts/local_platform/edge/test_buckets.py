from __future__ import annotations

import pytest

from scripts.local_platform.edge.buckets import KeyRefused, Limit, TokenBuckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_of_no_plan_is_refused() -> None:
    with pytest.raises(KeyRefused, match="INVALID_API_KEY"):
        TokenBuckets(lambda _: None).take("unknown")


def test_a_spent_bucket_refills_at_the_plans_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(lambda _: Limit(rate=2, burst=1), clock)
    buckets.take("key")
    with pytest.raises(KeyRefused, match="THROTTLED"):
        buckets.take("key")
    clock.now = 0.5
    buckets.take("key")


def test_waiting_long_fills_no_further_than_the_burst() -> None:
    clock = Clock()
    buckets = TokenBuckets(lambda _: Limit(rate=10, burst=1), clock)
    buckets.take("key")
    clock.now = 100.0
    buckets.take("key")
    with pytest.raises(KeyRefused):
        buckets.take("key")


def test_keys_do_not_share_a_bucket() -> None:
    buckets = TokenBuckets(lambda _: Limit(rate=0, burst=1), Clock())
    buckets.take("one")
    buckets.take("two")
