"""What cannot be told by a whole handler on moto (tests/functional/incidents/test_canaries.py): races."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from data_access_lib.errors import ConditionFailed, StaleVersion
from governance.canary import Tallies, Tally
from lambdas.incidents.canaries import CanaryService
from lambdas.incidents.canary_models import SetCanary
from platform_kit.errors import Conflict
from tests.stores import HandClock

WANTED = SetCanary(percent=5, reason="x")


class Desk:
    """A tenant whose instance somebody else changes so many times while it is being changed."""

    def __init__(self, others: int, label: str = "instance") -> None:
        self.left, self.label, self.written = others, label, 0
        record = {"agent": "a", "etag": 1, "environment": "prod"}
        instances = SimpleNamespace(get=lambda *_, **__: dict(record), update_in=lambda *_: None)
        canaries = SimpleNamespace(get=lambda _: Tallies(Tally(), Tally()))
        self.store = SimpleNamespace(instances=instances, canaries=canaries)
        self.audit = SimpleNamespace(commit=self._commit)

    def _commit(self, _draft: object, build: Any) -> None:
        if self.left:
            self.left -= 1
            raise ConditionFailed(label=self.label)
        build(None)
        self.written += 1


def service(desk: Desk) -> CanaryService:
    catalogue: Any = SimpleNamespace(
        templates=SimpleNamespace(
            get=lambda _: {"approvedVersionId": "ver_1", "secondVersionId": "ver_2"},
            find=lambda _: {"approvedVersionId": "ver_1", "secondVersionId": "ver_2"},
        ),
        versions=SimpleNamespace(find=lambda *_: {"status": "approved"}),
    )
    return CanaryService(lambda _: cast("Any", desk), catalogue, HandClock())


WHO: Any = SimpleNamespace(domains=(), sees=lambda *_: True, principal_id="usr:1:ops")


def test_an_operators_change_is_tried_again_on_what_others_left() -> None:
    desk = Desk(others=4)
    assert service(desk).set(WHO, "a", WANTED).status == "on"
    assert desk.written == 1


def test_it_gives_up_before_long() -> None:
    with pytest.raises(Conflict, match="being changed by others"):
        service(Desk(others=9)).set(WHO, "a", WANTED)


def test_what_else_fails_is_no_stale_version() -> None:
    with pytest.raises(ConditionFailed) as failed:
        service(Desk(others=1, label="audit")).set(WHO, "a", WANTED)
    assert not isinstance(failed.value, StaleVersion)
