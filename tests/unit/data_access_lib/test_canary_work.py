"""What cannot be told by a whole handler on moto (tests/functional/incidents/test_canaries.py): races."""

from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.canary_work import CanaryBench
from data_access_lib.errors import ConditionFailed, StaleVersion
from governance.canary import Seen, Tallies, Tally
from governance.canary_models import SetCanary
from platform_kit.errors import Conflict
from tests.stores import HandClock

WANTED = SetCanary(percent=5, reason="x")
BY = "usr:1:ops"


class Others:
    """An instance that somebody else changes so many times while it is being changed."""

    def __init__(self, times: int, label: str = "instance") -> None:
        self.left, self.label, self.written = times, label, 0

    def commit(self, _draft: object, build: Any) -> None:
        if self.left:
            self.left -= 1
            raise ConditionFailed(label=self.label)
        build(None)
        self.written += 1


def bench(others: Others) -> CanaryBench:
    record = {"agent": "a", "etag": 1, "environment": "prod"}
    template = {"approvedVersionId": "ver_1", "secondVersionId": "ver_2"}
    parts: list[Any] = [
        SimpleNamespace(get=lambda *_, **__: dict(record), update_in=lambda *_: None),
        SimpleNamespace(seen=lambda *_: Seen(Tallies(Tally(), Tally()), Tallies(Tally(), Tally()))),
        others,
        SimpleNamespace(get=lambda _: template, find=lambda _: template),
        SimpleNamespace(find=lambda _, version_id: {"versionId": version_id, "status": "approved"}),
    ]
    return CanaryBench(*parts, HandClock())


def test_an_operators_change_is_tried_again_on_what_others_left() -> None:
    others = Others(4)
    assert bench(others).become(BY, "a", WANTED).status == "on"
    assert others.written == 1


def test_it_gives_up_before_long() -> None:
    with pytest.raises(Conflict, match="being changed by others"):
        bench(Others(9)).become(BY, "a", WANTED)


def test_what_else_fails_is_no_stale_version() -> None:
    with pytest.raises(ConditionFailed) as failed:
        bench(Others(1, label="audit")).become(BY, "a", WANTED)
    assert not isinstance(failed.value, StaleVersion)
