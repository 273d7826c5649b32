"""What a halt leaves behind never stands in its way; how it is written is told by tests/functional/incidents."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.incidents import Reported
from data_access_lib.repositories.pages import IdPage
from enforcement.incidents import report_halt
from enforcement.run_desk import RunDesk
from governance.governor import Halt, HaltKind
from governance.holds import Hold
from governance.incidents import Fact
from tests.unit.lambdas.gateway.gateway_fakes import RUN_ID, world

HALT = Halt(HaltKind.SAFETY, "denials", 5, 5, 5)


@dataclass
class FakeIncidents:
    facts: list[Fact] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fresh: bool = True

    def report(self, fact: Fact) -> Reported:
        self.facts.append(fact)
        return Reported({"incidentId": fact.incident_id("acme")}, fresh=self.fresh, opened=self.fresh)

    def list(self, **_: Any) -> IdPage:
        return IdPage([], None)

    def note(self, _incident: str, entry: dict[str, Any], _moment: object) -> None:
        self.notes.append(entry["title"])


@dataclass
class FakeHolds:
    hold: Hold = field(default_factory=Hold)
    races: int = 0

    def get(self, _agent: str) -> Hold:
        return self.hold

    def write(self, _agent: str, _seen: Hold, hold: Hold) -> None:
        if self.races:
            self.races -= 1
            raise ConditionFailed
        self.hold = hold


def given(incidents: Any = None, holds: Any = None) -> tuple[RunDesk, Any, Any]:
    desk, incidents, holds = world().desk, incidents or FakeIncidents(), holds or FakeHolds()
    store: Any = desk.store
    store.incidents, store.holds = incidents, holds
    return desk, incidents, holds


def told(desk: RunDesk) -> None:
    report_halt(desk, {"toolCalls.files.read": 2, "toolCalls": 2}, HALT)


def test_a_halt_is_told_with_what_its_run_touched() -> None:
    found, incidents, holds = given()
    told(found)
    [fact] = incidents.facts
    assert (fact.source, fact.kind, fact.halt) == (RUN_ID, "repeated-denials", HaltKind.SAFETY)
    assert fact.touched == {"tool:files.read"}
    assert len(holds.hold.halts) == 1


def test_a_halt_that_was_told_before_counts_for_nothing_more() -> None:
    found, _, holds = given(FakeIncidents(fresh=False))
    told(found)
    assert holds.hold.halts == ()


def test_the_third_latches_and_the_timeline_says_so() -> None:
    found, incidents, holds = given()
    for _ in range(3):
        told(found)
    assert holds.hold.held is not None
    assert [note.partition(":")[0] for note in incidents.notes] == ["The agent is halted"]


def test_halts_at_the_same_time_are_all_counted() -> None:
    found, _, holds = given(holds=FakeHolds(races=2))
    told(found)
    assert len(holds.hold.halts) == 1


def broken(*_: object) -> Any:
    raise RuntimeError("out of order")


@pytest.mark.parametrize("breaks", ["report", "list", "hold"])
def test_whatever_fails_is_counted_and_stops_nothing(
    breaks: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found, incidents, holds = given()
    where: tuple[Any, str] = (holds, "write") if breaks == "hold" else (incidents, breaks)
    act: Callable[..., Any] = broken
    monkeypatch.setattr(*where, act)
    told(found)
    assert "IncidentLost" in capsys.readouterr().out


def test_a_hold_that_everybody_changes_is_a_lost_incident(capsys: pytest.CaptureFixture[str]) -> None:
    found, _, _ = given(holds=FakeHolds(races=99))
    told(found)
    assert "IncidentLost" in capsys.readouterr().out
