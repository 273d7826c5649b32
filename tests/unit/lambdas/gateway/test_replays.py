"""What the agent of a replay hears beside the tools; what it is answered with is tested on the tables (functional)."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from enforcement.recording import Asked
from enforcement.replaying import ReplayOver
from lambdas.gateway.models import AppendEvents, Complete, Heartbeat, SaveCheckpoint
from lambdas.gateway.replays import Replayed, said_events
from platform_kit.errors import Conflict, ModeMismatch
from platform_kit.run_token import RunClaims

EVENTS = AppendEvents.model_validate({"events": [{"stream": "tool", "event": "seen", "payload": {"a": 1}}]})


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC)


class FakeDesk:
    """A replay whose record answers with `answer`."""

    def __init__(self, answer: Any = None, *, mode: str = "async", over: bool = False) -> None:
        self.answer, self.over, self.said, self.ended = answer, over, [], []  # type: ignore[var-annotated]
        names = {"run_id": "rpl_1", "agent": "a", "version_id": "ver_1", "session_id": "run_1", "mode": mode}
        self.binding = SimpleNamespace(**names, attempt=2)
        self.store = SimpleNamespace(context=SimpleNamespace(tenant_id="acme"))

    def running(self) -> dict[str, str]:
        if self.over:
            raise ReplayOver
        return {"status": "running", "principalId": "usr:1:ada"}

    def say(self, asked: Asked) -> Any:
        self.said.append(asked.kind)
        return self.answer

    def complete(self, *ended: Any) -> None:
        self.ended.append(ended)


def replayed(minted: list[RunClaims] | None = None) -> Replayed:
    def mint(claims: RunClaims) -> str:
        (minted if minted is not None else []).append(claims)
        return "token"

    return Replayed(mint, FixedClock())


def desk(*given: Any, **more: Any) -> Any:
    return FakeDesk(*given, **more)


def test_a_fresh_token_is_the_replays_again() -> None:
    minted: list[RunClaims] = []
    replayed(minted).refresh(desk())
    assert (minted[0].run, minted[0].session, minted[0].attempt) == ("rpl_1", "run_1", 2)
    assert minted[0].principal == "usr:1:ada"
    with pytest.raises(ReplayOver):
        replayed(minted).refresh(desk(over=True))
    assert len(minted) == 1


def test_a_replay_that_is_over_stops_its_agent() -> None:
    assert not replayed().heartbeat(desk(), Heartbeat()).cancelled
    assert replayed().heartbeat(desk(over=True), Heartbeat()).cancelled


def test_what_is_said_is_answered_as_it_was_and_beyond_the_record_by_itself() -> None:
    assert replayed().append(desk({"status": 200, "body": {"lastSeq": 9}}), EVENTS).body == {"lastSeq": 9}
    beyond: Any = replayed().append(desk(), EVENTS).body
    assert beyond.last_seq == 1
    saved: Any = replayed().save(desk(), SaveCheckpoint(state={"a": 1})).body
    assert saved.number == 1


def test_the_end_of_a_job_ends_its_replay() -> None:
    ok, bad = desk(), desk()
    replayed().complete(ok, Complete(status="succeeded", output=1))
    failed = {"status": "failed", "error": {"code": "AGENT_ERROR", "message": "no"}}
    replayed().complete(bad, Complete.model_validate(failed))
    assert (ok.ended, bad.ended) == ([("succeeded", 1, None)], [("failed", "no", "AGENT_ERROR")])


def test_no_other_replay_is_ended_so_and_none_waits_for_people() -> None:
    waiting = Complete.model_validate({"status": "awaiting_approval", "approvalId": "apr_1"})
    for found, outcome, refused in (
        (desk(mode="sync"), Complete(status="succeeded"), ModeMismatch),
        (desk(), waiting, Conflict),
    ):
        with pytest.raises(refused):
            replayed().complete(found, outcome)
        assert (found.said, found.ended) == ([], [])


def test_the_same_events_are_the_same_call() -> None:
    assert said_events(EVENTS).call == said_events(EVENTS.model_copy()).call
