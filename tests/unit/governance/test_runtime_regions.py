from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.runtime_regions import (
    FAILURES,
    LOOK_MS,
    WINDOW_MS,
    Health,
    Regions,
    Route,
    Thresholds,
    due,
    may_run_in,
    region_of,
    runtime_in,
    span_of,
)

EAST, WEST = "us-east-1", "us-west-2"
REGIONS = Regions(EAST, WEST)
LIMITS = Thresholds(failing=30_000, stable=600_000)
NOW = 1_800_000_000_000


def failing(until: int = NOW, *, times: int = 10, span: int = 40_000) -> Health:
    """A region that failed so often over a span."""
    health = Health()
    for number in range(times):
        health = health.failed(until - span + span * number // max(times - 1, 1))
    return health


def well(until: int = NOW, *, span: int = 600_000) -> Health:
    """A region that answered every look for a span."""
    health = Health()
    for moment in range(until - span, until + 1, 60_000):
        health = health.seen(moment, well=True)
    return health


def moved(route: Route, health: dict[str, Health], now: int = NOW) -> str | None:
    move = due(route, REGIONS, health, LIMITS, now)
    return move.target if move else None


def test_a_region_that_fails_for_long_is_left() -> None:
    assert moved(Route(EAST), {EAST: failing()}) == WEST


@pytest.mark.parametrize(
    "health",
    [
        pytest.param(failing(times=FAILURES - 1), id="too few"),
        pytest.param(failing(span=29_000), id="too short"),
        pytest.param(failing(NOW - WINDOW_MS - 1), id="long ago"),
        pytest.param(failing().answered(), id="answered since"),
        pytest.param(failing(NOW - 61_000).failed(NOW), id="a new series"),
    ],
)
def test_what_is_no_lasting_outage_moves_nothing(health: Health) -> None:
    assert moved(Route(EAST), {EAST: health}) is None


def test_nothing_goes_to_a_region_that_was_seen_to_be_down() -> None:
    down = Health().seen(NOW - 1_000, well=False)

    assert moved(Route(EAST), {EAST: failing(), WEST: down}) is None
    assert moved(Route(EAST), {EAST: failing(NOW + LOOK_MS), WEST: down}, NOW + LOOK_MS) == WEST


def test_home_is_taken_again_when_it_has_answered_for_long() -> None:
    away = Route(WEST, token=1, switched=NOW - 700_000, failovers=1)

    assert moved(away, {EAST: well()}) == EAST
    assert moved(away, {EAST: well(span=540_000)}) is None
    assert moved(away, {EAST: well().failed(NOW)}) is None
    assert moved(away, {EAST: well()}, NOW + LOOK_MS + 1) is None
    assert moved(away, {}) is None


def test_looks_far_apart_say_nothing_of_the_time_between() -> None:
    health = Health().seen(NOW - 900_000, well=True).seen(NOW, well=True)

    assert moved(Route(WEST, token=1), {EAST: health}) is None


def test_each_departure_of_late_doubles_the_time_before_home_is_taken_again() -> None:
    spans = [span_of(Route(WEST, failovers=number), LIMITS) // LIMITS.stable for number in (0, 1, 2, 3, 4, 5, 9)]

    assert spans == [1, 1, 2, 4, 8, 16, 16]


def test_departures_are_forgotten_after_a_day() -> None:
    route = Route(EAST, token=4, failovers=3, switched=NOW)

    assert route.to(WEST, NOW + 1, held=False, automatic=True)["failovers"] == 4
    assert route.to(WEST, NOW + 25 * 3_600_000, held=False, automatic=True)["failovers"] == 1
    assert route.to(WEST, NOW + 1, held=True, automatic=False)["failovers"] == 3


@pytest.mark.parametrize("active", [EAST, WEST])
def test_what_an_operator_holds_stays(active: str) -> None:
    assert moved(Route(active, token=1, held=True), {EAST: failing() if active == EAST else well()}) is None


def test_a_stage_with_one_region_never_moves() -> None:
    assert due(Route(EAST), Regions(EAST), {EAST: failing()}, LIMITS, NOW) is None
    assert Regions(EAST).all == (EAST,)


def test_a_standby_that_fails_is_left_for_home() -> None:
    assert moved(Route(WEST, token=1), {WEST: failing(), EAST: well(span=0)}) == EAST


@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.integers(100, 20_000)),  # does home answer, standby; how long
        min_size=1,
        max_size=200,
    )
)
def test_no_series_of_outages_makes_it_flap(steps: list[tuple[bool, bool, int]]) -> None:
    """However the regions come and go: never two switches within the shortest span, nor home too soon."""
    route, now, switches = Route(EAST), NOW, list[tuple[int, str]]()
    health = {EAST: Health(), WEST: Health()}
    for home, standby, wait in steps:
        now += wait
        up = {EAST: home, WEST: standby}
        called = health[route.active]
        health[route.active] = called.answered() if up[route.active] else called.failed(now)
        other = REGIONS.other(route.active)
        health[other] = health[other].seen(now, well=up[other])
        move = due(route, REGIONS, health, LIMITS, now)
        if move:
            assert up[move.target]
            route = Route.of({**route.to(move.target, now, held=False, automatic=True), "token": route.token + 1}, EAST)
            switches.append((now, move.target))

    moments = [moment for moment, _ in switches]
    assert all(later - earlier >= LIMITS.failing for earlier, later in pairwise(moments))


def test_an_arn_names_its_region() -> None:
    assert region_of("arn:aws:bedrock-agentcore:us-west-2:000000000000:runtime/echo-1") == WEST
    assert region_of("arn:1") == ""


def test_a_version_has_a_runtime_in_each_of_the_regions_it_was_registered_in() -> None:
    arn = "arn:aws:bedrock-agentcore:{}:000000000000:runtime/echo-1"
    version: dict[str, Any] = {"runtimeArn": arn.format(EAST)}

    assert runtime_in(version, EAST) == arn.format(EAST)
    assert runtime_in(version, WEST) is None
    assert runtime_in({**version, "standbyRuntimeArn": arn.format(WEST)}, WEST) == arn.format(WEST)


def test_a_tenants_agents_run_where_its_data_is_and_where_it_has_agreed() -> None:
    assert may_run_in({"residency": EAST}, EAST)
    assert not may_run_in({"residency": EAST}, WEST)
    assert may_run_in({"residency": EAST, "runtimeRegions": [WEST]}, WEST)
    assert not may_run_in({}, EAST)


def test_a_route_and_a_health_come_back_as_they_were_stored() -> None:
    written = Route(EAST).to(WEST, NOW, held=True, automatic=False)

    assert Route.of({**written, "token": 7}, EAST) == Route(WEST, 7, held=True, switched=NOW)
    assert Route.of(None, EAST) == Route(EAST)
    assert Health.of({**well().fields(), "version": 3}).version == 3
    assert Health.of(None) == Health()
