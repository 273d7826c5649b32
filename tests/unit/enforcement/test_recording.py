"""What is recorded of a call, and what becomes of the call when it cannot be."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.errors import RunClosed, StoreUnavailable
from enforcement.recording import Asked, Recorder
from governance.guardrails.classes import Action, DataClass
from governance.policy.envelope import Guardrails
from governance.replays.calls import EVENTS, TOOL
from platform_kit.errors import AmbitError, NotFound

ATTEMPT = 3
ASKED = Asked(TOOL, "time", {"zone": "UTC"})


@dataclass
class FakeRecordings:
    """Calls by place. With `down` nothing can be kept: from the first place on, or for the answers alone."""

    kept: dict[int, Any] = field(default_factory=dict)
    down: str = ""

    def begin(self, _run_id: str, attempt: int) -> int:
        assert attempt == ATTEMPT
        if self.down == "begin":
            raise StoreUnavailable
        return len(self.kept) + 1

    def end(self, _run_id: str, attempt: int, position: int, call: Any) -> None:
        assert attempt == ATTEMPT
        if self.down == "end":
            raise StoreUnavailable
        self.kept[position] = call


def recorder(recordings: FakeRecordings, *, recorded: bool = True, email: Action = Action.ALLOW) -> Recorder:
    store: Any = SimpleNamespace(recordings=recordings)
    binding = SimpleNamespace(run_id="run_1", agent="a", attempt=ATTEMPT)
    desk: Any = SimpleNamespace(store=store, binding=binding, hash_key=lambda: b"")
    envelope = SimpleNamespace(guardrails=Guardrails(actions={DataClass.EMAIL: email}))
    in_force: Any = SimpleNamespace(recorded=recorded, compiled=SimpleNamespace(envelope=envelope))
    return Recorder(desk, in_force, lambda failure: {"status": failure.status, "body": failure.code})


def told(value: Any) -> dict[str, Any]:
    return {"status": 200, "body": value}


def fails(error: AmbitError) -> Any:
    def carry_out() -> None:
        raise error

    return carry_out


def test_a_call_is_kept_with_its_answer() -> None:
    recordings = FakeRecordings()
    assert recorder(recordings).keep(ASKED, lambda: 42, told) == 42
    kept = recordings.kept[1]
    assert (kept["kind"], kept["name"], kept["asked"], kept["answer"]) == (TOOL, "time", {"zone": "UTC"}, told(42))
    assert kept["hash"] == ASKED.call.hash


def test_of_a_version_that_does_not_ask_for_it_nothing_is_kept() -> None:
    recordings = FakeRecordings()
    assert recorder(recordings, recorded=False).keep(ASKED, lambda: 42, told) == 42
    assert recordings.kept == {}


def test_a_refusal_is_kept_as_the_agent_was_told_it() -> None:
    recordings = FakeRecordings()
    with pytest.raises(NotFound):
        recorder(recordings).keep(ASKED, fails(NotFound("no")), told)
    assert recordings.kept[1]["answer"] == {"status": 404, "body": "NOT_FOUND"}


def test_a_call_of_a_run_that_is_over_is_no_call() -> None:
    recordings = FakeRecordings()
    with pytest.raises(RunClosed):
        recorder(recordings).keep(ASKED, fails(RunClosed("cancelled")), told)
    assert recordings.kept == {1: None}


def test_without_a_place_nothing_is_done() -> None:
    done: list[int] = []
    with pytest.raises(StoreUnavailable):
        recorder(FakeRecordings(down="begin")).keep(ASKED, lambda: done.append(1), told)
    assert done == []


def test_an_answer_that_cannot_be_kept_is_given_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert recorder(FakeRecordings(down="end")).keep(ASKED, lambda: 42, told) == 42
    assert "RecordingIncomplete" in capsys.readouterr().out


def test_what_was_asked_is_kept_as_it_may_be_shown_and_its_hash_is_of_what_was_sent() -> None:
    secret = Asked(TOOL, "time", {"zone": "mail ada@example.com"})
    masked, blocked = FakeRecordings(), FakeRecordings()
    recorder(masked, email=Action.MASK).keep(secret, lambda: 1, told)
    recorder(blocked, email=Action.BLOCK).keep(secret, lambda: 1, told)
    assert "ada@" not in str(masked.kept)
    assert blocked.kept[1]["asked"] is None
    assert masked.kept[1]["hash"] == blocked.kept[1]["hash"] == secret.call.hash


def test_events_say_how_many_they_are() -> None:
    recordings = FakeRecordings()
    recorder(recordings).keep(Asked(EVENTS, "events", [{}, {}]), lambda: 1, told)
    assert recordings.kept[1]["count"] == 2
