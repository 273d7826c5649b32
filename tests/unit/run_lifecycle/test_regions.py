from types import SimpleNamespace
from typing import Any

import pytest

from governance.runtime_regions import Regions
from platform_kit.errors import ResidencyExcludesRegion, RuntimeNotInRegion
from run_lifecycle.regions import SECONDS, RuntimeRegions
from tests.stores import HandClock

EAST, WEST = "us-east-1", "us-west-2"
ARN = "arn:aws:bedrock-agentcore:{}:000000000000:runtime/echo-1"
BOTH = {"runtimeArn": ARN.format(EAST), "standbyRuntimeArn": ARN.format(WEST)}
ACME = {"residency": EAST, "runtimeRegions": [WEST]}
GLOBEX = {"residency": EAST}


class World:
    """Records in memory, how often the route was read, and what was written of health."""

    def __init__(self, standby: str = WEST) -> None:
        self.route: dict[str, Any] | None = None
        self.health: dict[str, dict[str, Any]] = {}
        self.reads = 0
        self.writes = 0
        self.broken = False
        self.now = 0.0
        self.clock = HandClock()
        records: Any = SimpleNamespace(find=self._find_health, swap=self._swap)
        route: Any = SimpleNamespace(find=self._find)
        self.regions = RuntimeRegions(
            Regions(EAST, standby), lambda: route, lambda: records, self.clock, monotonic=lambda: self.now
        )

    def away(self) -> "World":
        self.route = {"active": WEST, "token": 1}
        return self

    def _find(self) -> Any:
        self.reads += 1
        return self.route

    def _find_health(self, region: str) -> Any:
        if self.broken:
            raise RuntimeError
        return self.health.get(region)

    def _swap(self, region: str, version: int, fields: dict[str, Any]) -> bool:
        self.writes += 1
        self.health[region] = {**fields, "version": version + 1}
        return True


def test_runs_go_home_while_nobody_ever_switched() -> None:
    assert World().regions.place(BOTH, GLOBEX) == ARN.format(EAST)


def test_runs_go_where_agents_run_now() -> None:
    assert World().away().regions.place(BOTH, ACME) == ARN.format(WEST)


def test_a_tenant_whose_residency_excludes_the_region_is_refused_and_told() -> None:
    with pytest.raises(ResidencyExcludesRegion) as refused:
        World().away().regions.place(BOTH, GLOBEX)

    assert (refused.value.status, refused.value.code) == (503, "RESIDENCY_EXCLUDES_REGION")
    assert WEST in refused.value.detail
    assert EAST in refused.value.detail
    assert refused.value.retry_after == 60


def test_a_version_that_has_no_runtime_there_is_refused_and_told() -> None:
    with pytest.raises(RuntimeNotInRegion):
        World().away().regions.place({"runtimeArn": ARN.format(EAST)}, ACME)


def test_a_version_that_was_registered_under_another_name_runs_at_home() -> None:
    assert World().regions.place({"runtimeArn": "arn:1"}, GLOBEX) == "arn:1"


def test_the_route_is_read_once_in_some_seconds() -> None:
    world = World()
    for _ in range(100):
        world.regions.place(BOTH, ACME)
    assert world.reads == 1

    world.away()
    world.now = SECONDS
    assert (world.regions.active(), world.reads) == (WEST, 2)


def test_with_one_region_nothing_is_read_or_written() -> None:
    world = World(standby="").away()
    world.regions.failed(EAST)
    world.regions.answered(EAST)

    assert world.regions.place({"runtimeArn": "arn:1"}, GLOBEX) == "arn:1"
    assert world.regions.active() == EAST
    assert (world.reads, world.writes, world.health) == (0, 0, {})


def test_a_stage_that_is_well_writes_nothing() -> None:
    world = World()
    for _ in range(100):
        world.regions.answered(EAST)

    assert world.writes == 0


def test_failures_are_counted_once_a_second_and_the_next_answer_breaks_the_series() -> None:
    world = World()
    for step in range(20):
        world.now = step / 5
        world.clock.advance(milliseconds=200)
        world.regions.failed(EAST)
    assert (world.writes, world.health[EAST]["failures"]) == (4, 4)
    assert world.health[EAST]["last"] - world.health[EAST]["since"] == 3_000

    world.regions.answered(EAST)
    world.regions.answered(EAST)
    assert (world.writes, world.health[EAST]["failures"]) == (5, 0)


def test_a_region_that_is_none_of_the_stages_is_not_counted() -> None:
    world = World()
    world.regions.failed("eu-west-1")
    world.regions.failed("")

    assert world.health == {}


def test_what_cannot_be_noted_fails_no_call() -> None:
    world = World()
    world.broken = True
    world.regions.failed(EAST)
    world.regions.answered(EAST)

    assert world.writes == 0
