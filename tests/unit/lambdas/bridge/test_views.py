from typing import Any

import pytest

from lambdas.bridge import views
from lambdas.bridge.models import AcceptedReply, JobReply, ResultReply, RunReply, RunSummary

RUN: dict[str, Any] = {
    "runId": "run_1",
    "jobId": "job_1",
    "agent": "echo",
    "versionId": "ver_1",
    "instanceId": "ins_1",
    "mode": "async",
    "status": "succeeded",
    "sessionId": "ses_1",
    "principalId": "usr:1",
    "input": "hi",
    "output": {"n": 1},
    "metadata": {"k": 1},
    "priceVersion": "2026-11",
    "costPico": 1,
    "createdAt": "2026-11-21T00:00:00.000Z",
    "taskToken": "secret",
    "runtimeArn": "arn:secret",
    "leaseUntil": 1,
}


@pytest.mark.parametrize(
    ("view", "model"),
    [
        (views.accepted, AcceptedReply),
        (views.answer, ResultReply),
        (views.summary, RunSummary),
        (views.detail, RunReply),
        (views.job, JobReply),
    ],
)
def test_every_view_is_what_its_model_describes_and_tells_no_secret(view: Any, model: Any) -> None:
    shown = view(RUN)
    assert set(shown) <= {field.alias for field in model.model_fields.values()}
    model.model_validate(shown)
    assert "secret" not in str(shown)


@pytest.mark.parametrize(
    ("status", "error", "http"),
    [
        ("failed", {"code": "AGENT_FAILED", "message": "m"}, 502),
        ("failed", {"code": "RUNTIME_UNAVAILABLE", "message": "m"}, 503),
        ("timed_out", {"code": "AGENT_TIMEOUT", "message": "m"}, 504),
        ("cancelled", None, 409),
        ("halted", None, 409),
        ("running", None, 409),
    ],
)
def test_each_end_has_its_status_and_names_the_run(status: str, error: Any, http: int) -> None:
    found = views.failure({**RUN, "status": status, "error": error})
    assert (found.status, found.members["runId"]) == (http, "run_1")


def test_a_job_shows_its_error_only_when_it_is_over() -> None:
    error = {"code": "X", "message": "y"}
    assert views.job({**RUN, "status": "failed", "error": error})["error"] == error
    assert "error" not in views.job({**RUN, "status": "running", "error": error})


def test_a_running_job_shows_its_progress() -> None:
    shown = views.job({**RUN, "status": "running", "progress": {"percent": 40}})
    assert (shown["progress"], "result" in shown) == ({"percent": 40}, False)
