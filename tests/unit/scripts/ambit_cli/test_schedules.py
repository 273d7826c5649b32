"""`ambit schedules` as people type it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

SCHEDULE = {
    "scheduleId": "sch_1",
    "name": "nightly",
    "agent": "echo-agent",
    "input": "go",
    "expression": "rate(1 hour)",
    "timeZone": "UTC",
    "jitterMinutes": 0,
    "overlap": "skip",
    "catchUp": "skip",
    "status": "active",
    "createdBy": "usr:1:ada",
    "createdAt": "t0",
    "updatedAt": "t0",
    "last": {"at": "t1", "result": "started", "runId": "run_1"},
    "nextRuns": ["t2", "t3"],
}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["schedules", *words])


def test_a_schedule_is_made_with_what_was_typed(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/schedules", answer(201, SCHEDULE))
    words = ("create", "echo-agent", "rate(1 hour)", "--name", "nightly", "--input", "go", "--overlap", "queue")
    told = ambit(*words, "--zone", "Europe/Berlin", "--jitter", "5")
    assert told.exit_code == 0
    sent = json.loads(platform.asked[-1].body)
    assert (sent["timeZone"], sent["jitterMinutes"], sent["overlap"], sent["catchUp"]) == (
        "Europe/Berlin",
        5,
        "queue",
        "skip",
    )
    assert "t2, t3" in told.stdout


def test_schedules_are_listed_and_shown_with_their_history(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/schedules", answer(body={"items": [SCHEDULE], "nextCursor": "c"}))
    history = [{"at": "t1", "result": "skipped", "detail": "The run run_0 goes on."}]
    platform.will_answer("GET /v1/schedules/sch_1", answer(body={**SCHEDULE, "history": history}))
    told = ambit("list")
    assert "sch_1     active  echo-agent  rate(1 hour)  UTC   t2    nightly" in told.stdout
    assert "--cursor c" in told.stderr
    shown = ambit("show", "sch_1").stdout
    assert "t1    skipped" in shown
    assert "started t1" in shown
    assert json.loads(ambit("show", "sch_1", "--json").stdout)["history"] == history


def test_the_next_times_are_told(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/schedules/sch_1/preview", answer(body={"scheduleId": "sch_1", "times": ["t2", "t3"]}))
    assert ambit("preview", "sch_1", "--limit", "2").stdout == "t2\nt3\n"
    assert "limit=2" in platform.asked[-1].path


def test_the_next_times_of_an_expression_are_told_without_a_schedule(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/schedules/preview", answer(body={"times": ["t2"]}))
    assert ambit("preview", "rate(1 hour)", "--zone", "Asia/Kolkata", "--limit", "1").stdout == "t2\n"
    sent = json.loads(platform.asked[-1].body)
    assert sent == {"expression": "rate(1 hour)", "timeZone": "Asia/Kolkata", "limit": 1}


@pytest.mark.parametrize("verb", ["pause", "resume", "run"])
def test_a_schedule_is_moved(verb: str, platform: Any, answer: Any) -> None:
    platform.will_answer(f"POST /v1/schedules/sch_1/{verb}", answer(body={"scheduleId": "sch_1", "at": "t9"}))
    assert "sch_1" in ambit(verb, "sch_1").stdout


def test_a_schedule_is_removed(platform: Any, answer: Any) -> None:
    platform.will_answer("DELETE /v1/schedules/sch_1", answer(204))
    assert ambit("delete", "sch_1").stdout == "sch_1 removed\n"
    assert json.loads(ambit("delete", "sch_1", "--json").stdout)["deleted"] is True
