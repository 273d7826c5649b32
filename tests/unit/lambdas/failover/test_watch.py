from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.errors import LockHeld, StaleVersion
from governance.runtime_regions import Health, Regions, Route, Thresholds
from lambdas.failover.switching import Wish
from lambdas.failover.watch import Watch
from platform_kit.clock import milliseconds
from tests.stores import HandClock

EAST, WEST = "us-east-1", "us-west-2"


class World:
    """Two regions that come and go, and a route; time passes with each pause."""

    def __init__(self, *, failing: int = 10_000, stable: int = 20_000) -> None:
        self.clock = HandClock()
        self.route = Route(EAST)
        self.health = {EAST: Health(), WEST: Health()}
        self.up = {EAST: True, WEST: True}
        self.looks: list[str] = []
        self.traffic = True
        self.refusal: type[Exception] | None = None
        self.left = 60.0
        records: Any = SimpleNamespace(swap=self._swap)
        self.desk: Any = SimpleNamespace(
            route=lambda _: self.route, health_of=self.health.__getitem__, health=records, switch=self._switch
        )
        limits = Thresholds(failing, stable)
        self.watch = Watch(lambda: self.desk, self._answers, Regions(EAST, WEST), limits, self.clock, self._pause)

    def minute(self) -> list[str]:
        self.left = 60.0
        return self.watch.look(lambda: self.left)

    def call(self) -> None:
        """A tenant's call, of which the region's health is made."""
        active, now = self.route.active, milliseconds(self.clock.now())
        health = self.health[active]
        self.health[active] = health.answered() if self.up[active] else health.failed(now)

    def _answers(self, region: str) -> bool:
        self.looks.append(region)
        return self.up[region]

    def _pause(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        self.left -= seconds
        if self.traffic:
            self.call()

    def _swap(self, region: str, _version: int, fields: dict[str, int]) -> bool:
        self.health[region] = Health.of(fields)
        return True

    def _switch(self, seen: Route, wish: Wish, clock: HandClock) -> None:
        if self.refusal:
            raise self.refusal
        assert wish.automatic
        written = seen.to(wish.target, milliseconds(clock.now()), held=wish.held, automatic=True)
        self.route = Route.of({**written, "token": seen.token + 1}, EAST)


def test_while_all_is_well_it_looks_at_nothing_and_waits_for_nothing() -> None:
    world = World()

    assert (world.minute(), world.looks, world.left) == ([], [], 60.0)


def test_an_outage_and_its_end_are_followed_there_and_back() -> None:
    world = World()
    world.up[EAST] = False
    world.call()
    assert world.minute() == [WEST]
    away = world.clock.moment

    world.up[EAST] = True
    switched = world.minute()

    assert switched == [EAST]
    assert (world.clock.moment - away).total_seconds() >= 20


def test_it_looks_every_few_seconds_while_something_is_amiss_and_leaves_time_to_end() -> None:
    world = World(stable=10**9)
    world.route = Route(WEST, token=1)
    world.minute()

    assert (len(world.looks), world.left >= 8) == (14, True)


def test_an_outage_that_ends_before_it_lasts_moves_nothing() -> None:
    world = World()
    world.up[EAST] = False
    world.call()
    world.up[EAST] = True

    assert world.minute() == []


@pytest.mark.parametrize("refusal", [LockHeld, StaleVersion])
def test_a_switch_that_another_makes_is_left_to_it(refusal: type[Exception]) -> None:
    world = World()
    world.up[EAST] = False
    world.refusal = refusal
    world.call()

    assert (world.minute(), world.route.active) == ([], EAST)


def test_a_home_that_comes_and_goes_is_not_followed() -> None:
    """An hour in which home is there for half a minute and gone for half a minute."""
    world = World(stable=60_000)
    switches: list[str] = []
    pause = world.watch.pause

    def flicker(seconds: float) -> None:
        pause(seconds)
        world.up[EAST] = int(world.clock.moment.timestamp()) % 60 < 30

    object.__setattr__(world.watch, "pause", flicker)
    for _ in range(60):
        flicker(4)
        switches += world.minute()

    assert switches in ([], [WEST])
