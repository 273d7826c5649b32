"""Processes that lease tokens never let through more than the limit and one lease's life allow, and rarely write."""

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access_lib.errors import ConditionFailed, StoreUnavailable, TransactionConflict
from data_access_lib.repositories.rates import FULL_AT, Draw
from data_access_lib.tenant import TenantId
from governance.rates import NANOSECONDS, Limit, take
from platform_kit.errors import DependencyUnavailable, RateLimited
from run_lifecycle.rate_limits import LEASE_SECONDS, RateLimiter, Subject, batch_of, subjects_of

START = datetime(2026, 3, 4, tzinfo=UTC)
FIFTY = Limit.per_second_of(50)
TENANT = Subject("tenant", FIFTY)


@dataclass
class Time:
    """Both clocks of one machine; `skew` is how far its time of day is off."""

    elapsed: float = 0.0
    skew: float = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed + self.skew)

    def monotonic(self) -> float:
        return 1000 + self.elapsed


@dataclass
class Store:
    """The buckets of a tenant as DynamoDB keeps them, shared by all processes."""

    tenant_id: TenantId = field(default_factory=lambda: TenantId("acme"))
    full_at: dict[str, int] = field(default_factory=dict)
    writes: int = 0
    fault: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, draws: Sequence[Draw], now: int) -> None:
        with self.lock:
            self.writes += 1
            if self.fault is not None:
                raise self.fault
            after = {}
            for index, draw in enumerate(draws):
                known = self.full_at.get(draw.subject)
                believed_full = draw.believed is None or draw.believed <= now
                is_full = known is None or known <= now
                granted = take(known, draw.limit, now, draw.tokens)
                if granted is None or believed_full != is_full:
                    raise ConditionFailed(index=index, item=None if known is None else {FULL_AT: known})
                after[draw.subject] = granted
            self.full_at |= after


def limiter(time: Time) -> RateLimiter:
    return RateLimiter(time, monotonic=time.monotonic)


def admitted(process: RateLimiter, store: Store, *subjects: Subject) -> bool:
    try:
        process.admit(store, subjects or (TENANT,))
    except RateLimited:
        return False
    return True


# How much is let through


@settings(deadline=None, max_examples=80)
@given(
    rate=st.sampled_from([0.5, 3, 10, 50, 200]),
    processes=st.integers(1, 6),
    arrivals=st.lists(st.tuples(st.floats(0, 0.6), st.integers(0, 5), st.integers(1, 40)), min_size=1, max_size=60),
)
def test_in_no_span_do_more_start_than_burst_rate_and_one_lease_allow(
    rate: float, processes: int, arrivals: list[tuple[float, int, int]]
) -> None:
    time, store, limit = Time(), Store(), Limit.per_second_of(rate)
    fleet = [limiter(time) for _ in range(processes)]
    started: list[float] = []
    for pause, process, calls in arrivals:
        time.elapsed += pause
        chosen, subject = fleet[process % processes], Subject("tenant", limit)
        started += [time.elapsed for _ in range(calls) if admitted(chosen, store, subject)]
    for first, begun in enumerate(started):
        for last in range(first, len(started)):
            allowed = limit.burst + limit.per_second * (started[last] - begun + LEASE_SECONDS)
            assert last - first + 1 <= allowed + 1e-6


def test_a_steady_caller_below_its_rate_is_never_refused() -> None:
    time, store = Time(), Store()
    fleet = [limiter(time) for _ in range(8)]
    chosen = random.Random(7)  # noqa: S311 - a seeded choice
    for _ in range(2_000):
        time.elapsed += 1 / 40
        assert admitted(chosen.choice(fleet), store)


def test_a_steady_caller_above_its_rate_gets_its_rate() -> None:
    time, store = Time(), Store()
    fleet = [limiter(time) for _ in range(4)]
    chosen = random.Random(7)  # noqa: S311 - a seeded choice
    got = 0
    for _ in range(20_000):
        time.elapsed += 1 / 1000
        got += admitted(chosen.choice(fleet), store)
    assert 0.9 * 50 * 20 <= got <= FIFTY.burst + 50 * (20 + LEASE_SECONDS)


def test_a_caller_at_twenty_times_its_rate_costs_few_writes() -> None:
    """Refusals are remembered: what a process refuses by itself costs no call at all."""
    time, store = Time(), Store()
    process = limiter(time)
    for _ in range(20_000):
        time.elapsed += 1 / 1000
        admitted(process, store)
    assert store.writes <= 20 * 25


def test_a_busy_process_writes_a_few_times_a_second() -> None:
    time, store = Time(), Store()
    process, premium = limiter(time), Subject("tenant", Limit.per_second_of(200))
    for _ in range(1_900):
        time.elapsed += 1 / 190
        assert admitted(process, store, premium)
    assert store.writes <= 10 * 8


def test_what_a_lease_leaves_unused_is_lost_after_a_second() -> None:
    time, store = Time(), Store()
    process = limiter(time)
    assert admitted(process, store)
    time.elapsed += LEASE_SECONDS - 0.001
    assert admitted(process, store)
    assert store.writes == 1
    time.elapsed += 0.001
    assert admitted(process, store)
    assert store.writes == 2


def test_a_quiet_process_leases_one_at_a_time() -> None:
    """Else many quiet processes would use up, unused, what a tenant has."""
    time, store = Time(), Store()
    process = limiter(time)
    for _ in range(4):
        time.elapsed += 5
        admitted(process, store)
    time.elapsed += 5
    before = int(time.now().timestamp() * NANOSECONDS)
    admitted(process, store)
    assert store.full_at["tenant"] - before <= FIFTY.interval + NANOSECONDS // 1000


@pytest.mark.parametrize(("rate", "batch"), [(0.1, 1), (1, 1), (10, 2), (50, 12), (200, 50), (100_000, 25_000)])
def test_a_batch_is_a_quarter_of_a_second(rate: float, batch: int) -> None:
    assert batch_of(Limit.per_second_of(rate)) == batch
    assert batch_of(Limit(rate, 1)) == 1


# What a refusal says


def test_over_the_limit_it_says_when_to_come_back() -> None:
    time, store = Time(), Store()
    slow = Subject("credential:key:1", Limit(0.1, 1))
    process = limiter(time)
    assert admitted(process, store, slow)
    with pytest.raises(RateLimited, match=r"credential's rate of 0\.1 runs") as refused:
        process.admit(store, [slow])
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "RATE_LIMITED", 10)
    time.elapsed += 9.9
    with pytest.raises(RateLimited) as refused:
        process.admit(store, [slow])
    assert refused.value.retry_after == 1
    time.elapsed += 0.2
    process.admit(store, [slow])


def test_a_refusal_waits_a_second_at_least_and_a_minute_at_most() -> None:
    time, store = Time(), Store()
    process = limiter(time)
    for limit, seconds in ((FIFTY, 1), (Limit(0.001, 1), 60)):
        subject = Subject(f"x{seconds}", limit)
        while admitted(process, store, subject):
            pass
        for _ in range(2):  # from the store, then from memory
            with pytest.raises(RateLimited) as refused:
                process.admit(store, [subject])
            assert refused.value.retry_after == seconds


# Several subjects


def test_subjects_that_lack_tokens_are_leased_with_one_call() -> None:
    time, store = Time(), Store()
    process = limiter(time)
    agent, key = Subject("agent:a", Limit(20, 40)), Subject("credential:key:1", Limit(20, 40))
    process.admit(store, [TENANT, agent, key])
    assert (store.writes, set(store.full_at)) == (1, {"tenant", "agent:a", "credential:key:1"})
    process.admit(store, [TENANT, agent, key])
    assert store.writes == 1


def test_a_run_that_one_subject_refuses_takes_nothing_of_the_others() -> None:
    time, store = Time(), Store()
    process = limiter(time)
    tight = Subject("agent:tight", Limit(0.1, 1))
    assert admitted(process, store, TENANT, tight)
    for _ in range(500):
        assert not admitted(process, store, TENANT, tight)
    assert sum(admitted(process, store, TENANT) for _ in range(500)) == FIFTY.burst - 1


def test_tenants_do_not_share_what_a_process_holds() -> None:
    time, acme, globex = Time(), Store(), Store(TenantId("globex"))
    process = limiter(time)
    while admitted(process, acme):
        pass
    assert admitted(process, globex)
    assert globex.writes == 1


def test_names_of_different_kinds_are_different_subjects() -> None:
    tight = Limit(1, 1)
    found = subjects_of(FIFTY, agent=("tenant", tight), credential=("tenant", tight))
    assert [subject.name for subject in found] == ["tenant", "agent:tenant", "credential:tenant"]


def test_a_limit_that_cannot_bind_has_no_bucket() -> None:
    assert subjects_of(FIFTY, agent=("a", FIFTY), credential=("key:1", Limit.per_second_of(900))) == [TENANT]
    assert len(subjects_of(FIFTY, agent=("a", Limit.per_second_of(5)), credential=None)) == 2


# Failures


@pytest.mark.parametrize("fault", [StoreUnavailable(), TransactionConflict(), ConditionFailed(item=None)])
def test_what_cannot_be_known_is_refused_with_503(fault: Exception) -> None:
    store = Store(fault=fault)
    process = limiter(Time())
    for _ in range(3):
        with pytest.raises(DependencyUnavailable):
            process.admit(store, [TENANT])
    store.fault = None
    process.admit(store, [TENANT])


def test_a_token_that_was_taken_for_nothing_is_given_back() -> None:
    time, store = Time(), Store()
    process = limiter(time)
    process.admit(store, [TENANT])
    held = batch_of(FIFTY) - 1
    store.fault = StoreUnavailable()
    for _ in range(30):
        with pytest.raises(DependencyUnavailable):
            process.admit(store, [TENANT, Subject("agent:a", Limit(1, 1))])
    assert sum(admitted(process, store) for _ in range(held)) == held


@pytest.mark.chaos("clock-skew")
@pytest.mark.parametrize("jump", [-3600.0, -0.5, -1e-6])
def test_a_clock_that_is_set_back_neither_grants_more_nor_stops_the_process(jump: float) -> None:
    time, store = Time(), Store()
    process = limiter(time)
    while admitted(process, store):
        pass
    time.skew = jump
    assert not admitted(process, store)
    got = 0
    for _ in range(1_000):
        time.elapsed += 0.01
        got += admitted(process, store)
    assert 450 <= got <= 50 * (10 + LEASE_SECONDS)


@pytest.mark.chaos("clock-skew")
def test_a_process_whose_clock_is_behind_gets_less_and_never_more() -> None:
    time, store = Time(), Store()
    late = Time(skew=-1.0)
    ours, theirs = limiter(time), limiter(late)
    got = 0
    for _ in range(2_000):
        time.elapsed += 0.005
        late.elapsed = time.elapsed
        got += admitted(ours, store) + admitted(theirs, store)
    assert got <= FIFTY.burst + 50 * (10 + LEASE_SECONDS)


def test_many_subjects_do_not_grow_a_process_without_end() -> None:
    time, store = Time(), Store()
    process = limiter(time)
    for number in range(5_000):
        process.admit(store, [Subject(f"agent:{number}", FIFTY)])
    assert len(process._pools) <= 4096


def test_threads_share_a_process_without_exceeding_the_limit() -> None:
    time, store = Time(), Store()
    fleet = [limiter(time) for _ in range(3)]
    with ThreadPoolExecutor(16) as pool:
        got = sum(pool.map(lambda number: admitted(fleet[number % 3], store), range(3_000)))
    assert got <= FIFTY.burst
    assert got >= FIFTY.burst - 3 * batch_of(FIFTY)
