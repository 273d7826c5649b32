import random

import pytest

from governance.governor import HaltEvent, HaltKind, cascade
from governance.governor.cascades import MOST_EVENTS

NOW = 1_800_000_000_000


def event(agent: str, seconds_ago: float, *touched: str) -> HaltEvent:
    at = NOW - int(seconds_ago * 1000)
    return HaltEvent(agent, f"run_{agent}_{seconds_ago}", HaltKind.EXTERNAL, at, frozenset(touched))


CHAIN = [event("a", 30, "pool:shared"), event("b", 20, "pool:shared", "agent:c"), event("c", 10)]


def test_one_failing_agent_that_trips_two_others_is_a_cascade() -> None:
    found = cascade(CHAIN, 60, NOW)
    assert found is not None
    assert (found.origin.agent, found.agents) == ("a", ("a", "b", "c"))
    assert found.runs == tuple(one.run for one in CHAIN)


def test_agents_that_share_nothing_are_no_cascade_however_many() -> None:
    assert cascade([event(f"a{n}", n, f"tool:{n}") for n in range(20)], 60, NOW) is None


def test_one_agent_failing_often_is_no_cascade() -> None:
    assert cascade([event("a", n, "pool:shared") for n in range(20)], 60, NOW) is None


def test_two_agents_are_not_enough() -> None:
    assert cascade(CHAIN[:2], 60, NOW) is None


@pytest.mark.parametrize(("window", "found"), [(60, True), (31, True), (30, False), (15, False), (0, False)])
def test_only_the_window_counts(window: int, found: bool) -> None:  # noqa: FBT001 - a table's column
    assert (cascade(CHAIN, window, NOW) is not None) == found


def test_what_has_not_happened_yet_does_not_count() -> None:
    assert cascade([*CHAIN[:2], event("c", -1)], 60, NOW) is None


def test_a_late_halt_can_join_two_groups() -> None:
    groups = [event("a", 30, "tool:x"), event("b", 20, "tool:y"), event("c", 10, "tool:x", "tool:y")]
    found = cascade(groups, 60, NOW)
    assert found is not None
    assert found.agents == ("a", "b", "c")


def test_the_larger_of_two_cascades_is_told_and_of_two_as_large_the_earlier() -> None:
    other = [event(name, 40 - n, "tool:z") for n, name in enumerate("xyz")]
    found = cascade([*CHAIN, *other], 60, NOW)
    assert found is not None
    assert found.origin.agent == "x"
    larger = cascade([*CHAIN, *other, event("d", 5, "pool:shared")], 60, NOW)
    assert larger is not None
    assert larger.origin.agent == "a"


def test_the_order_in_which_halts_are_told_is_no_matter() -> None:
    events = [event(name, n, f"tool:{n % 4}", f"tool:{n % 3}") for n, name in enumerate("abcdefghij")]
    shuffled = random.Random(7).sample(events, len(events))  # noqa: S311 - an order, no secret
    assert cascade(shuffled, 60, NOW) == cascade(events, 60, NOW) is not None


def test_a_flood_of_halts_is_bounded_to_the_newest() -> None:
    flood = [event("a", 50 - n / 1000, "pool:shared") for n in range(MOST_EVENTS)]
    assert cascade([event("old", 55, "pool:shared"), event("b", 54, "pool:shared"), *flood], 60, NOW) is None
