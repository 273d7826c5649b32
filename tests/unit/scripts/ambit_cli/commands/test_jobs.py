"""`ambit jobs`: how far jobs are, and what becomes of those that ended badly."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

JOB = {"jobId": "job_1", "runId": "run_1", "agent": "echo-async", "createdAt": "2026-03-04T05:06:07.890Z"}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_jobs_are_listed_with_how_far_they_are(platform: Any, answer: Any) -> None:
    going = {**JOB, "status": "running", "attempt": 2, "progress": {"percent": 40, "message": "reading"}}
    platform.will_answer("GET /v1/jobs", answer(body={"items": [going], "nextCursor": "abc"}))
    words = ("--agent", "echo-async", "--status", "running", "--from", "2026-03-01", "--to", "2026-03-05T00:00:00Z")
    result = ambit("jobs", *words)
    assert "running 40 % reading" in result.stdout
    assert "--cursor abc" in result.stderr
    sent = dict(parse_qsl(urlsplit(platform.asked[0].path).query))
    assert sent["from"] == "2026-03-01T00:00:00Z"
    assert sent["to"] == "2026-03-05T00:00:00+00:00"
    assert (sent["agent"], sent["status"]) == ("echo-async", "running")


def test_a_job_is_shown_with_why_it_ended(platform: Any, answer: Any) -> None:
    failed = {**JOB, "status": "failed", "error": {"code": "AGENT_SILENT", "message": "no sign"}}
    platform.will_answer("GET /v1/jobs/job_1", answer(body={**failed, "requeuedAs": "job_2"}))
    shown = ambit("jobs", "show", "job_1").stdout
    assert "AGENT_SILENT: no sign" in shown
    assert "job_2" in shown


@pytest.mark.parametrize(("status", "code"), [("succeeded", 0), ("failed", 1)])
def test_a_job_is_watched_to_its_end(status: str, code: int, platform: Any, answer: Any) -> None:
    done = {**JOB, "status": status, "result": {"output": "42"}}
    going = {**JOB, "status": "running", "progress": {"percent": 7}}
    platform.will_answer("GET /v1/jobs/job_1", answer(body=going), answer(body=done))
    watched = ambit("jobs", "watch", "job_1")
    assert watched.exit_code == code
    assert "running 7 %" in watched.stderr
    assert watched.stdout == "42\n"


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (1, 1)])
def test_cancelling_jobs_tells_of_each(failed: int, code: int, platform: Any, answer: Any) -> None:
    items = [{"jobId": "job_1", "done": True, "status": "cancelled"}]
    items += [{"jobId": "job_2", "done": False, "code": "CONFLICT", "detail": "ended"}] * failed
    platform.will_answer("POST /v1/jobs/cancel", answer(body={"done": 1, "failed": failed, "items": items}))
    result = ambit("jobs", "cancel", "job_1", "job_2")
    assert result.exit_code == code
    assert json.loads(platform.asked[0].body) == {"jobIds": ["job_1", "job_2"]}
    assert ("CONFLICT" in result.stdout) == bool(failed)


@pytest.mark.parametrize(("words", "start"), [((), "checkpoint"), (("--anew",), "start")])
def test_a_job_is_requeued_and_followed(words: tuple[str, ...], start: str, platform: Any, answer: Any) -> None:
    made = {**JOB, "jobId": "job_2", "status": "queued"}
    platform.will_answer("POST /v1/jobs/job_1/requeue", answer(202, made))
    platform.will_answer("GET /v1/jobs/job_2", answer(body={**made, "status": "succeeded", "result": {"output": "x"}}))
    result = ambit("jobs", "requeue", "job_1", "--wait", "--idempotency-key", "k", *words)
    assert (result.exit_code, result.stdout) == (0, "x\n")
    assert json.loads(platform.asked[0].body) == {"from": start}
    assert platform.asked[0].headers["idempotency-key"] == "k"
