from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import agent_imports

agent_imports.prepare()

if TYPE_CHECKING:
    from tests.functional.replay_stage import Jobs, Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator["Stage"]:
    """The platform, with agents whose code a test gives."""
    from tests.functional.replay_stage import staged

    with staged(monkeypatch) as found:
        yield found


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator["Jobs"]:
    """The platform with an asynchronous agent whose runs are recorded."""
    from tests.functional.replay_stage import jobs_staged

    with jobs_staged(monkeypatch) as found:
        yield found
