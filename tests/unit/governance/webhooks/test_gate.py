from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.webhooks import gate
from governance.webhooks.gate import AT_A_TIME, FAILURES, FIRST_OPEN_MS, LEASE_MS, MOST_OPEN_MS, Gate, enter, leave


def failed(times: int, now: int = 0) -> Gate:
    found = Gate()
    for number in range(times):
        found = leave(enter(found, f"dlv_{number}", now)[0], f"dlv_{number}", now, succeeded=False)
    return found


def test_the_breaker_opens_after_five_failures_in_a_row() -> None:
    assert failed(FAILURES - 1).state(0) == "closed"
    opened = failed(FAILURES)
    assert opened.state(0) == "open"
    assert enter(opened, "dlv_9", 0) == (opened, FIRST_OPEN_MS)


def test_a_success_in_between_starts_the_count_anew() -> None:
    found = leave(failed(FAILURES - 1), "dlv_9", 0, succeeded=True)
    assert leave(found, "dlv_9", 0, succeeded=False).state(0) == "closed"


def test_when_it_has_been_open_long_enough_one_attempt_decides() -> None:
    now = FIRST_OPEN_MS
    half, wait = enter(failed(FAILURES), "dlv_8", now)
    assert (half.state(now), wait) == ("half_open", 0)
    assert enter(half, "dlv_9", now)[1] > 0
    assert leave(half, "dlv_8", now, succeeded=True).state(now) == "closed"
    again = leave(half, "dlv_8", now, succeeded=False)
    assert again.open_until == now + 2 * FIRST_OPEN_MS


def test_it_never_stays_open_for_longer_than_a_quarter_of_an_hour() -> None:
    found, now = failed(FAILURES), 0
    for _ in range(50):
        now = found.open_until
        found = leave(enter(found, "dlv_8", now)[0], "dlv_8", now, succeeded=False)
        assert found.open_until - now <= MOST_OPEN_MS
    assert found.open_until - now == MOST_OPEN_MS


def test_what_fails_while_it_is_open_does_not_make_it_longer() -> None:
    opened = failed(FAILURES)
    assert leave(opened, "dlv_0", 5, succeeded=False).open_until == opened.open_until


def test_so_many_attempts_at_a_time_and_no_more() -> None:
    found = Gate()
    for number in range(AT_A_TIME):
        found, wait = enter(found, f"dlv_{number}", 0)
        assert wait == 0
    assert enter(found, "dlv_more", 0)[1] > 0
    assert enter(leave(found, "dlv_0", 0, succeeded=True), "dlv_more", 0)[1] == 0


@pytest.mark.chaos("upstreams")
def test_a_process_that_died_holds_its_place_for_a_while_only() -> None:
    found = Gate()
    for number in range(AT_A_TIME):
        found, _ = enter(found, f"dlv_{number}", 0)
    assert enter(found, "dlv_more", LEASE_MS - 1)[1] > 0
    assert enter(found, "dlv_more", LEASE_MS)[1] == 0


def test_who_has_a_place_already_takes_no_second_one() -> None:
    found, _ = enter(Gate(), "dlv_1", 0)
    found, wait = enter(found, "dlv_1", 1)
    assert (wait, len(found.leases or {})) == (0, 1)


def test_a_gate_is_read_as_it_was_kept() -> None:
    found = replace(failed(FAILURES), version=7)
    assert Gate.of({**found.as_record(), "version": 7}) == found
    assert Gate.of({}).state(0) == "closed"


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.integers(0, 40_000)), max_size=60))
def test_whatever_happens_no_more_than_eight_are_under_way(steps: list[tuple[int, bool, int]]) -> None:
    found, now = Gate(), 0
    for delivery, enters, passes in steps:
        now += passes
        name = f"dlv_{delivery}"
        found = enter(found, name, now)[0] if enters else leave(found, name, now, succeeded=delivery % 3 == 0)
        assert sum(end > now for end in (found.leases or {}).values()) <= AT_A_TIME
        assert found.open_until <= now + MOST_OPEN_MS


@pytest.mark.parametrize("name", ["FAILURES", "AT_A_TIME"])
def test_the_bounds_are_more_than_nothing(name: str) -> None:
    assert getattr(gate, name) > 1
