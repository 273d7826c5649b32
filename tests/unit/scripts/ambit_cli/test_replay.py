"""`ambit replay` as people type it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.commands import replay as module
from scripts.ambit_cli.main import app

SIDE = {"hash": "a" * 64, "calls": 1, "events": 0}
CALL = {"position": 1, "kind": "tool", "name": "calculator", "hash": "c" * 64, "result": "same"}
SAME = {
    "replayId": "rpl_1",
    "status": "finished",
    "identical": True,
    "recorded": SIDE,
    "replayed": SIDE,
    "calls": [CALL],
    "differences": [],
    "differencesOmitted": 0,
}
OTHER = {
    **SAME,
    "identical": False,
    "replayed": {**SIDE, "hash": "b" * 64},
    "calls": [{**CALL, "result": "missing"}, {**CALL, "position": None, "name": "time", "result": "added"}],
    "differences": [
        {"what": "call", "position": 1, "expected": '{"expression": "6 * 7"}'},
        {"what": "call", "position": 2, "got": "{}"},
    ],
    "differencesOmitted": 3,
}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["replay", "run_1", *words])


def test_an_identical_replay_leaves_with_0(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/runs/run_1/replays", answer(201, SAME))
    told = ambit()
    assert told.exit_code == 0, told.output
    assert json.loads(platform.asked[-1].body) == {"onDivergence": "stop"}
    assert "rpl_1: identical" in told.stdout


def test_of_a_run_of_several_attempts_it_says_which(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/runs/run_1/replays", answer(201, {**SAME, "attempt": 2}))
    assert "rpl_1: identical (attempt 2 of the run)" in ambit().stdout


def test_a_different_one_leaves_with_1_and_shows_both_sides(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/runs/run_1/replays", answer(201, OTHER))
    told = ambit("--version", "ver_2", "--continue")
    assert told.exit_code == 1
    assert json.loads(platform.asked[-1].body) == {"onDivergence": "continue", "version": "ver_2"}
    assert "new   tool  time" in told.stdout
    for line in ('  - {"expression": "6 * 7"}', "  + {}", "and 3 more differences", "rpl_1: different"):
        assert line in told.stdout


def test_a_jobs_replay_is_waited_for(platform: Any, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY", 0)
    platform.will_answer("POST /v1/runs/run_1/replays", answer(202, {"replayId": "rpl_1", "status": "running"}))
    platform.will_answer("GET /v1/runs/run_1/replays/rpl_1", answer(body=SAME))
    assert ambit("--json").exit_code == 0


def test_one_that_shows_nothing_says_why(platform: Any, answer: Any) -> None:
    error = {"code": "RUNTIME_UNAVAILABLE", "message": "not now"}
    platform.will_answer("POST /v1/runs/run_1/replays", answer(201, {"status": "failed", "error": error}))
    told = ambit()
    assert (told.exit_code, "RUNTIME_UNAVAILABLE" in told.stderr) == (1, True)


def listed(*words: str) -> Result:
    return CliRunner().invoke(app, ["replays", "run_1", *words])


def test_a_runs_replays_are_listed_with_what_came_of_each(platform: Any, answer: Any) -> None:
    about = {"version": "ver_1", "principalId": "usr:1:ada", "createdAt": "2026-03-04T05:06:07.890Z"}
    items = [
        {**about, "replayId": "rpl_3", "status": "running"},
        {**about, "replayId": "rpl_2", "status": "finished", "identical": False},
        {**about, "replayId": "rpl_1", "status": "finished", "identical": True},
    ]
    platform.will_answer("GET /v1/runs/run_1/replays", answer(body={"items": items, "nextCursor": "more"}))
    told = listed("--limit", "3")
    assert told.exit_code == 0, told.output
    rows = [line.split()[:2] for line in told.stdout.splitlines() if line.startswith("rpl_")]
    assert rows == [["rpl_3", "running"], ["rpl_2", "different"], ["rpl_1", "identical"]]
    assert "--cursor more" in told.output
    platform.will_answer("GET /v1/runs/run_1/replays", answer(body={"items": [], "nextCursor": None}))
    assert "ambit replay run_1" in listed().output


def test_one_of_them_is_told_as_it_was(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/runs/run_1/replays/rpl_1", answer(body=OTHER))
    told = listed("rpl_1")
    assert (told.exit_code, "rpl_1: different" in told.stdout) == (1, True)
    platform.will_answer("GET /v1/runs/run_1/replays/rpl_1", answer(body={"replayId": "rpl_1", "status": "running"}))
    assert (listed("rpl_1").exit_code, listed("rpl_1").stdout) == (0, "rpl_1: running\n")
