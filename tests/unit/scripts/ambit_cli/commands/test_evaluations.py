"""`ambit suites`, `ambit evaluate` and `ambit evaluations` as people type them, over the wire."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.commands import evaluations
from scripts.ambit_cli.main import app

SUITE = {
    "name": "echo",
    "version": 2,
    "cases": 1,
    "threshold": 0.9,
    "required": True,
    "agents": ["echo-agent"],
    "digest": "d" * 64,
}
RUN = {
    "evaluationId": "evl_1",
    "agent": "echo-agent",
    "versionId": "ver_1",
    "suite": "echo",
    "suiteVersion": 2,
    "status": "succeeded",
    "verdict": "passed",
    "decided": 4,
    "passed": 4,
    "cases": 4,
    "interval": {"low": 0.5101, "high": 1.0},
}
VERSIONS = {"items": [{"versionId": "ver_9", "status": "draft"}, {"versionId": "ver_1", "status": "candidate"}]}
FAILED = {"scorer": "exact", "passed": False, "value": 0.0, "reason": "another text"}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluations.time, "sleep", lambda _seconds: None)


def test_a_suite_is_pushed_from_its_file(platform: Any, answer: Any, tmp_path: Path) -> None:
    file = tmp_path / "echo.json"
    file.write_text('{"name": "echo"}')
    platform.will_answer("POST /v1/evaluation-suites", answer(201, SUITE))
    result = ambit("suites", "push", str(file))
    assert result.stdout == f"echo version 2, 1 cases, {'d' * 12}\n"
    assert json.loads(platform.asked[-1].body) == {"name": "echo"}


def test_what_is_no_json_is_told_before_anything_is_sent(platform: Any, tmp_path: Path) -> None:
    file = tmp_path / "echo.json"
    file.write_text("{")
    assert ambit("suites", "push", str(file)).exit_code == 2
    assert platform.asked == []


def test_suites_are_listed_and_shown(platform: Any, answer: Any) -> None:
    case = {"caseId": "a", "input": "hello", "scorers": [{"type": "exact"}]}
    platform.will_answer("GET /v1/evaluation-suites", answer(body={"items": [SUITE]}))
    platform.will_answer("GET /v1/evaluation-suites/echo", answer(body={**SUITE, "content": [case]}))
    assert "echo   2        1      0.9        True      echo-agent" in ambit("suites", "list").stdout
    assert "a     exact    hello" in ambit("suites", "show", "echo").stdout


def test_the_newest_candidate_is_evaluated_by_every_suite_of_its_agent(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/versions", answer(body=VERSIONS))
    other = {**SUITE, "name": "other", "agents": ["x"]}
    platform.will_answer("GET /v1/evaluation-suites", answer(body={"items": [SUITE, other]}))
    platform.will_answer("POST /v1/evaluation-runs", answer(202, {**RUN, "status": "queued"}))
    result = ambit("evaluate", "echo-agent")
    assert result.exit_code == 0
    assert json.loads(platform.asked[-1].body) == {"versionId": "ver_1", "suite": "echo"}


@pytest.mark.parametrize(("verdict", "code"), [("passed", 0), ("failed", 1)])
def test_watching_tells_how_it_goes_and_ends_as_it_ends(platform: Any, answer: Any, verdict: str, code: int) -> None:
    platform.will_answer("POST /v1/evaluation-runs", answer(202, {**RUN, "status": "queued"}))
    platform.will_answer("GET /v1/evaluation-runs/evl_1", answer(body={**RUN, "verdict": verdict}))
    result = ambit("evaluate", "echo-agent", "--version", "ver_1", "--suite", "echo", "--watch")
    assert result.exit_code == code
    assert "echo: 4/4 decided, 4 passed" in result.stderr
    assert "51%-100%" in result.stdout


def test_an_agent_without_a_candidate_is_told_so(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/versions", answer(body={"items": []}))
    assert ambit("evaluate", "echo-agent").exit_code == 2


def test_one_evaluation_shows_what_did_not_pass_and_why(platform: Any, answer: Any) -> None:
    cases = [
        {"caseId": "good", "repeat": 0, "status": "passed", "scores": []},
        {"caseId": "bad", "repeat": 0, "status": "failed", "scores": [FAILED], "runId": "run_1"},
        {"caseId": "lost", "repeat": 0, "status": "error", "scores": [], "error": {"code": "X", "message": "gone"}},
    ]
    platform.will_answer("GET /v1/evaluation-runs/evl_1", answer(body={**RUN, "flaky": ["bad"]}))
    platform.will_answer("GET /v1/evaluation-runs/evl_1/cases", answer(body={"items": cases}))
    shown = ambit("evaluations", "show", "evl_1").stdout
    assert "flaky: bad" in shown
    assert "exact: another text" in shown
    assert "X: gone" in shown
    assert "good" not in shown


@pytest.mark.parametrize("act", ["cancel", "resume"])
def test_an_evaluation_is_ended_and_gone_on_with(platform: Any, answer: Any, act: str) -> None:
    platform.will_answer(f"POST /v1/evaluation-runs/evl_1/{act}", answer(body=RUN))
    assert "evl_1" in ambit("evaluations", act, "evl_1").stdout


def test_two_are_compared(platform: Any, answer: Any) -> None:
    found = {"evaluationId": "evl_1", "baselineId": "evl_0", "pValue": 0.5, "worse": ["a"], "better": []}
    platform.will_answer("GET /v1/evaluation-runs/evl_1/comparison", answer(body=found))
    shown = ambit("evaluations", "compare", "evl_1", "evl_0").stdout
    assert "worse: a\nbetter: none" in shown


def test_evaluations_are_listed_as_they_are_narrowed(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/evaluation-runs", answer(body={"items": [RUN], "nextCursor": "n"}))
    result = ambit("evaluations", "list", "--agent", "echo-agent", "--suite", "echo", "--status", "failed")
    assert "evl_1" in result.stdout
    asked = parse_qs(urlsplit(platform.asked[-1].path).query)
    assert asked == {"agent": ["echo-agent"], "suite": ["echo"], "status": ["failed"], "limit": ["50"]}
