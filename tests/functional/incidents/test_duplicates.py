"""A hundred messages that tell of one quarantine end what runs once."""

import pytest

from tests.functional.incidents.conftest import World, use


@pytest.mark.chaos("duplicates")
def test_a_hundred_messages_end_each_run_once(world: World) -> None:
    use()
    mine, other = world.going(), world.going("agent-b")
    world.quarantine_silently("echo-agent")
    assert sum(world.tell("acme", "echo-agent") for _ in range(100)) == 1
    states = [world.gateway.record(run)["status"] for run in (mine, other)]
    assert states == ["cancelled", "running"]


def test_a_message_that_comes_before_its_hold_or_long_after_ends_nothing(world: World) -> None:
    use()
    mine = world.going()
    assert world.tell("acme", "echo-agent") == 0
    assert world.gateway.record(mine)["status"] == "running"
