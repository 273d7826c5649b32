"""A bucket grants what it holds, whatever the order, the clock and the numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rates import MOST_BURST, MOST_PER_SECOND, NANOSECONDS, Limit, available, is_rate, take, wait

SECOND = NANOSECONDS
NOW = 1_800_000_000 * SECOND
LIMITS = st.builds(Limit, st.floats(0.01, 5_000), st.integers(1, 500))
STEPS = st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 20)), min_size=1, max_size=60)


@pytest.mark.parametrize(
    "rate",
    [0, -1, -0.0, -1e308, math.nan, math.inf, -math.inf, MOST_PER_SECOND + 1, 1e999, True, "10", None, [1]],
    ids=repr,
)
def test_what_is_no_rate_makes_no_limit(rate: object) -> None:
    assert not is_rate(rate)
    with pytest.raises(ValueError, match="rate"):
        Limit(rate, 1)  # type: ignore[arg-type]  # what is under test
    with pytest.raises(ValueError, match="rate"):
        Limit.per_second_of(rate)  # type: ignore[arg-type]  # what is under test


@pytest.mark.parametrize("burst", [0, -1, MOST_BURST + 1, 10**30, 1.0, True, None, "1"], ids=repr)
def test_what_is_no_burst_makes_no_limit(burst: object) -> None:
    with pytest.raises(ValueError, match="burst"):
        Limit(1, burst)  # type: ignore[arg-type]  # what is under test


@pytest.mark.parametrize(("rate", "burst"), [(0.1, 1), (0.5, 1), (0.6, 2), (10, 20), (200, 400)])
def test_a_rate_alone_has_a_burst_of_two_seconds(rate: float, burst: int) -> None:
    assert Limit.per_second_of(rate) == Limit(rate, burst)


def test_an_untouched_bucket_is_full() -> None:
    assert available(None, Limit(10, 20), NOW) == 20
    assert available(0, Limit(10, 20), NOW) == 20
    assert available(NOW, Limit(10, 20), NOW) == 20


def test_tokens_are_taken_one_by_one_and_come_back_in_time() -> None:
    limit, full_at = Limit(10, 2), None
    for _ in range(2):
        full_at = take(full_at, limit, NOW)
    assert full_at == NOW + SECOND // 5
    assert take(full_at, limit, NOW) is None
    assert wait(full_at, limit, NOW) == SECOND // 10
    assert take(full_at, limit, NOW + SECOND // 10 - 1) is None
    assert take(full_at, limit, NOW + SECOND // 10) is not None


@pytest.mark.parametrize("tokens", [0, -1, 21, 10**30])
def test_no_bucket_grants_nothing_or_more_than_it_holds(tokens: int) -> None:
    assert take(None, Limit(10, 20), NOW, tokens) is None


@given(LIMITS, STEPS)
def test_no_span_of_time_sees_more_than_burst_and_rate(limit: Limit, steps: list[tuple[int, int]]) -> None:
    full_at, now, taken = None, NOW, list[tuple[int, int]]()
    for pause, tokens in steps:
        now += pause
        after = take(full_at, limit, now, tokens)
        if after is not None:
            full_at = after
            taken.append((now, tokens))
    for start in range(len(taken)):
        total = 0
        for moment, tokens in taken[start:]:
            total += tokens
            span = (moment - taken[start][0]) / SECOND
            assert total <= limit.burst + limit.per_second * span + 1e-6


@given(LIMITS, STEPS)
def test_a_clock_that_goes_back_grants_nothing_extra(limit: Limit, steps: list[tuple[int, int]]) -> None:
    """Whoever's clock is behind sees a bucket at most as full as the others do."""
    full_at, now, latest, total = None, NOW, NOW, 0
    for number, (jump, tokens) in enumerate(steps):
        now += jump if number % 2 else -jump
        latest = max(latest, now)
        after = take(full_at, limit, now, tokens)
        if after is not None:
            full_at, total = after, total + tokens
    earliest = min(NOW - sum(jump for jump, _ in steps), NOW)
    assert total <= limit.burst + limit.per_second * (latest - earliest) / SECOND + 1e-6


@given(LIMITS, st.integers(0, 10 * SECOND), st.integers(1, 30))
def test_what_is_said_to_be_available_is_granted_and_no_more(limit: Limit, ahead: int, tokens: int) -> None:
    held = available(NOW + ahead, limit, NOW)
    assert 0 <= held <= limit.burst
    assert (take(NOW + ahead, limit, NOW, tokens) is not None) == (tokens <= held)


@given(LIMITS, st.integers(0, 100 * SECOND), st.integers(1, 30))
def test_after_the_wait_the_tokens_are_there_and_not_before(limit: Limit, ahead: int, tokens: int) -> None:
    wanted = min(tokens, limit.burst)
    pause = wait(NOW + ahead, limit, NOW, tokens)
    assert available(NOW + ahead, limit, NOW + pause) >= wanted
    assert pause == 0 or available(NOW + ahead, limit, NOW + pause - 1) < wanted


@given(LIMITS, st.lists(st.integers(1, 5), max_size=20))
def test_a_batch_takes_what_its_tokens_take_one_by_one(limit: Limit, batches: list[int]) -> None:
    one = several = None
    for tokens in batches:
        after = take(several, limit, NOW, tokens)
        if after is None:
            break
        several = after
        for _ in range(tokens):
            one = take(one, limit, NOW)
    assert one == several


@pytest.mark.parametrize(
    ("mine", "other", "tighter"),
    [
        (Limit(10, 20), Limit(10, 20), False),
        (Limit(9, 20), Limit(10, 20), True),
        (Limit(10, 19), Limit(10, 20), True),
        (Limit(50, 100), Limit(10, 20), False),
        (Limit(50, 5), Limit(10, 20), True),
    ],
)
def test_a_limit_within_another_is_the_one_that_can_bind(mine: Limit, other: Limit, tighter: bool) -> None:  # noqa: FBT001 - a table's column
    assert mine.within(other) == tighter


@given(LIMITS, LIMITS, STEPS)
def test_a_limit_that_is_not_within_another_never_refuses_what_that_one_grants(
    tenant: Limit, agent: Limit, steps: list[tuple[int, int]]
) -> None:
    """So it needs no bucket of its own."""
    if agent.within(tenant):
        return
    first = second = None
    now = NOW
    for pause, _ in steps:
        now += pause
        after = take(first, tenant, now)
        if after is not None:
            first, second = after, take(second, agent, now)
            assert second is not None
