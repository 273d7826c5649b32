from typing import Any

import pytest

from run_lifecycle.outcome import Draft, assistant, lifecycle, output_event, result_of

RUN: dict[str, Any] = {
    "runId": "run_1",
    "agent": "echo",
    "versionId": "ver_1",
    "mode": "sync",
    "status": "succeeded",
    "sessionId": "ses_1",
    "output": "hi",
    "costPico": 150_000_000,
    "durationMs": 12,
    "toolCalls": 1,
    "taskToken": "secret",
}


def test_a_result_has_the_fields_of_the_contract_and_no_other() -> None:
    assert result_of(RUN) == {
        "runId": "run_1",
        "agent": "echo",
        "version": "ver_1",
        "mode": "sync",
        "status": "succeeded",
        "output": "hi",
        "usage": {"inputTokens": 0, "outputTokens": 0, "toolCalls": 1, "durationMs": 12},
        "cost": {"amount": "0.000150", "currency": "USD"},
        "sessionId": "ses_1",
    }


@pytest.mark.parametrize("status", ["failed", "cancelled", "timed_out", "running"])
def test_only_a_run_that_succeeded_shows_an_output(status: str) -> None:
    error = {"code": "X", "message": "y"}
    result = result_of({**RUN, "status": status, "error": error})
    assert "output" not in result
    assert result["error"] == error


def test_a_job_is_named_in_its_result() -> None:
    assert result_of({**RUN, "jobId": "job_1"})["jobId"] == "job_1"


def test_an_output_that_lies_elsewhere_is_said_to() -> None:
    result = result_of({**RUN, "outputOmitted": True})
    assert result["outputOmitted"] is True
    assert "output" not in result


def test_an_output_of_nothing_is_still_an_output() -> None:
    assert result_of({**RUN, "output": None})["output"] is None


def test_a_small_output_is_in_its_event_and_a_large_one_is_not() -> None:
    assert output_event("hi").payload == {"type": "output", "output": "hi"}
    assert output_event("x" * 200_000).payload == {"type": "output", "outputOmitted": True}


def test_an_event_is_named_by_its_type() -> None:
    assert assistant({"type": "finding"}).event == "finding"
    assert lifecycle("failed", runId="run_1") == Draft("lifecycle", {"type": "failed", "runId": "run_1"})
