"""The day's sweep is asked for a hundred times and begun once."""

import pytest

from tests.functional.lifecycle.conftest import World


@pytest.mark.chaos("duplicates")
def test_a_hundred_schedules_begin_one_sweep(world: World) -> None:
    begun = {str(world.task({"step": "retain"}, None)["operationId"]) for _ in range(100)}
    assert len(begun) == 1
