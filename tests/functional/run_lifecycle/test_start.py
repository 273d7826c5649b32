"""The start of a run is one transaction: all of it, or nothing."""

from typing import Any

import pytest

from platform_kit.errors import BudgetExhausted, Conflict, IdempotencyInProgress, NotFound
from platform_kit.ids import new_id
from run_lifecycle.start import AlreadyAnswered, reservation_of
from tests.functional.moto_platform import table
from tests.functional.run_platform import budget


def runs() -> int:
    return sum(item["sk"] == "META" and "#RUN#" in item["pk"] for item in table("runs").scan()["Items"])


def test_run_event_session_and_reservation_are_there_together(stage: Any) -> None:
    started = stage.start()
    run = stage.store.runs.get(started.run["runId"])
    assert (run["status"], run["lastSeq"], started.events[0]["event"]) == ("running", 1, "started")
    assert stage.store.sessions.get(run["sessionId"])["runs"] == 1
    assert stage.store.sessions.run_ids(run["sessionId"]) == [run["runId"]]
    assert budget("acme")["reserved"] == run["reservedPico"] == reservation_of(run).pico > 0


def test_a_job_is_queued_and_found_by_its_id(stage: Any) -> None:
    started = stage.start(job=True)
    assert (started.run["status"], started.events[0]["event"]) == ("queued", "queued")
    assert "startedAt" not in started.run
    assert stage.store.runs.by_job(started.run["jobId"])["runId"] == started.run["runId"]


def test_a_key_that_is_held_starts_nothing(stage: Any) -> None:
    answers = stage.store.answers
    stage.start(ticket=answers.ticket("r", "k", b"body"))
    with pytest.raises(IdempotencyInProgress):
        stage.start(ticket=answers.ticket("r", "k", b"body"))
    assert runs() == 1


def test_a_key_that_was_answered_names_its_run(stage: Any) -> None:
    ticket = stage.store.answers.ticket("r", "k", b"body")
    first = stage.start(ticket=ticket)
    stage.store.answers.complete(ticket, {})
    with pytest.raises(AlreadyAnswered) as raised:
        stage.start(ticket=stage.store.answers.ticket("r", "k", b"body"))
    assert raised.value.run_id == first.run["runId"]


def test_somebody_elses_session_starts_and_reserves_nothing(stage: Any) -> None:
    with pytest.raises(NotFound):
        stage.start(session_id=new_id("ses"))
    session = stage.start().run["sessionId"]
    other = stage.request(session_id=session).agent.__class__(
        "other", "sync", "v", "arn", "i", "prod", "general", "standard"
    )
    reserved = budget("acme")["reserved"]
    with pytest.raises(Conflict):
        stage.start(session_id=session, agent=other)
    assert (runs(), budget("acme")["reserved"]) == (1, reserved)


def test_a_run_that_the_budget_cannot_carry_is_refused(stage: Any) -> None:
    with pytest.raises(BudgetExhausted):
        stage.start(max_seconds=10**9)
    assert runs() == 0
