from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.evaluations.service import _parents
from platform_kit.errors import NotFound

DONE = {"status": "succeeded", "suiteDigest": "d", "finishedAt": "2026-01-02T00:00:00.000Z"}
EARLIER = {**DONE, "finishedAt": "2026-01-01T00:00:00.000Z"}


def records(*listed: dict[str, Any]) -> Any:
    return SimpleNamespace(of_version=lambda *_, **__: SimpleNamespace(items=listed))


def test_of_the_parents_evaluations_the_one_that_ended_last_is_compared_with() -> None:
    """Ids do not tell: that of an evaluation which began by itself is of its version's time."""
    other = {**DONE, "suiteDigest": "e", "finishedAt": "2026-01-03T00:00:00.000Z"}
    wanted = {"parent": "ver_1", "suiteDigest": "d"}
    assert _parents(records(EARLIER, DONE, other), wanted) == DONE
    with pytest.raises(NotFound):
        _parents(records({**DONE, "status": "failed"}), wanted)
    with pytest.raises(NotFound):
        _parents(records(DONE), {"suiteDigest": "d"})
