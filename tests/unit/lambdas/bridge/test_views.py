from typing import Any

import pytest

from governance import governor
from governance.governor import Limits, Observation, ProfileName
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


def halted() -> dict[str, Any]:
    """A run that made the same call until it was halted, as its record keeps it."""
    state = governor.begin(ProfileName.BALANCED, 0, Limits(200, 1_000, 2 * 10**12, 3_600))
    for _ in range(5):
        state, _ = governor.step(state, Observation("files.read", "same", "same"), 1_000)
    return {**RUN, "governor": state.as_dict(), "reservedPico": 10**12, "heldPico": 3}


def test_a_run_shows_its_budget_before_its_first_call_and_its_limit_from_then_on() -> None:
    assert views.detail({**RUN, "reservedPico": 5})["budget"]["reserved"]["amount"] == "0.000000000005"
    assert "limit" not in views.detail(RUN)["budget"]
    budget = RunReply.model_validate(views.detail(halted())).budget
    assert budget is not None
    assert budget.limit is not None
    assert (budget.limit.amount, budget.reserved.amount) == ("2.000000", "1.000000")
    assert budget.held.amount == "0.000000000003"


def test_a_halted_run_shows_by_which_rule_and_how_near_it_was_by_the_others() -> None:
    shown = RunReply.model_validate(views.detail(halted()))
    assert shown.halt is not None
    assert (shown.halt["kind"], shown.halt["rule"], shown.halt["step"]) == ("STAGNATION", "repetition", 5)
    assert "the threshold is 5" in shown.halt["explanation"]
    assert shown.governor is not None
    rules = {rule.rule: (rule.observed, rule.threshold) for rule in shown.governor.rules}
    assert (shown.governor.profile, shown.governor.step) == ("balanced", 5)
    assert (rules["repetition"], rules["calls"], rules["denials"]) == ((5, 5), (5, 200), (0, 5))


def test_a_governors_state_that_cannot_be_read_is_shown_as_the_halt_it_is() -> None:
    shown = views.detail({**RUN, "governor": {"forged": True}})
    RunReply.model_validate(shown)
    assert shown["halt"]["rule"] == "malformed-state"


def test_a_job_says_which_attempt_is_at_work_and_what_it_waits_for() -> None:
    going = {**RUN, "status": "awaiting_approval", "attempt": 2, "checkpointAt": "2026-11-21T00:00:00.000Z"}
    shown = views.job({**going, "pendingApproval": "apr_1"})
    assert (shown["attempt"], shown["checkpointAt"], shown["approvalId"]) == (2, going["checkpointAt"], "apr_1")
    assert "approvalId" not in views.job({**RUN, "status": "running", "pendingApproval": "apr_1"})
