from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import agent_imports

agent_imports.prepare()

if TYPE_CHECKING:
    from tests.functional.long_runs import Plant


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator["Plant"]:
    """The platform with an agent that leaves three files, with a checkpoint after each."""
    from tests.functional.long_runs import plant_on_moto, stepwise

    with plant_on_moto(monkeypatch, stepwise) as made:
        yield made
