"""What the functional tests cannot reach: full lists, and changes that others make in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from data_access_lib.controls import MAX_FLAGS, MAX_SWITCHES
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories.pages import IdPage
from lambdas.flags.models import CreateKillSwitch, PutFlag
from lambdas.flags.service import Desk, FlagService
from platform_kit.errors import Conflict, NotFound
from platform_kit.identity import Identity
from tests.functional.moto_platform import operator
from tests.stores import HandClock

WHO = Identity.from_context(operator())
ON = PutFlag(enabled=True)
STOP = CreateKillSwitch.model_validate({"scope": "platform", "reason": "r"})


@dataclass
class Records:
    """Flags and switches in memory; `label` makes the next commit fail at that piece."""

    flags: int = 0
    switches: int = 0
    label: str | None = None
    committed: list[str] = field(default_factory=list)

    def find(self, _name: str) -> None:
        return None

    def get(self, switch_id: str) -> dict[str, str]:
        return {"switchId": switch_id, "scope": "platform", "target": "platform"}

    def put_in(self, _transaction: object, record: dict[str, Any], *, etag: int | None) -> dict[str, Any]:
        return {**record, "etag": (etag or 0) + 1}

    def add_in(self, *_: object) -> None: ...

    def remove_in(self, *_: object) -> None: ...

    def commit(self, draft: Any, build: Callable[[Any], Any]) -> Any:
        if self.label is not None:
            raise ConditionFailed(label=self.label)
        self.committed.append(draft.action)
        return build(None), {}


@dataclass
class Listed:
    """A list with so many items, beside the records."""

    records: Records
    number: int

    def list(self, *, limit: int, after: str | None = None) -> IdPage:
        return IdPage([{}] * min(self.number, limit), None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.records, name)


def service(records: Records) -> FlagService:
    parts: Any = (Listed(records, records.flags), Listed(records, records.switches), records, None, None)
    desk = Desk(*parts)
    unused: Any = None
    cursors = CursorCodec(lambda: [b"s" * 32])
    return FlagService(lambda _: desk, lambda: pytest.fail("not asked"), cursors, HandClock(), unused)


def test_there_are_at_most_as_many_flags_as_processes_read() -> None:
    full, room = Records(flags=MAX_FLAGS), Records(flags=MAX_FLAGS - 1)
    with pytest.raises(Conflict, match=str(MAX_FLAGS)):
        service(full).put(WHO, "a", None, ON)
    assert service(room).put(WHO, "a", None, ON).fresh
    assert (full.committed, room.committed) == ([], ["flag.created"])


def test_there_are_at_most_as_many_switches_as_processes_read() -> None:
    full, room = Records(switches=MAX_SWITCHES), Records(switches=MAX_SWITCHES - 1)
    with pytest.raises(Conflict, match=str(MAX_SWITCHES)):
        service(full).set(WHO, STOP, key=None, body=b"")
    service(room).set(WHO, STOP, key=None, body=b"")
    assert (full.committed, room.committed) == ([], ["kill_switch.set"])


def test_a_flag_that_changed_in_between_is_stale() -> None:
    with pytest.raises(StaleVersion):
        service(Records(label="flag")).put(WHO, "a", None, ON)


def test_a_switch_that_was_cleared_in_between_is_not_found() -> None:
    with pytest.raises(NotFound):
        service(Records(label="kill_switch")).clear(WHO, "ksw_1")


def test_any_other_failed_condition_is_not_explained_away() -> None:
    for act in (lambda s: s.put(WHO, "a", None, ON), lambda s: s.clear(WHO, "ksw_1")):
        with pytest.raises(ConditionFailed):
            act(service(Records(label="audit")))
