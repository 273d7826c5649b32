import pytest

from governance.recovery import Broken
from governance.run_state import RunStatus
from lambdas.jobs.ends import AGENT_LOST, broken_off, class_of, outcome_of, reported
from run_lifecycle.agent_answer import AgentFault


@pytest.mark.parametrize(
    ("error", "broken", "status"),
    [
        ("States.HeartbeatTimeout", Broken.SILENT, RunStatus.TIMED_OUT),
        ("States.Timeout", Broken.LATE, RunStatus.TIMED_OUT),
        ("DependencyUnavailable", Broken.UNREACHABLE, RunStatus.FAILED),
        ("Lambda.Unknown", Broken.LOST, RunStatus.FAILED),
        (AGENT_LOST, Broken.LOST, RunStatus.FAILED),
        ("NO_DATA", Broken.FAILED, RunStatus.FAILED),
    ],
)
def test_each_class_of_failure_has_its_code_and_its_end(error: str, broken: Broken, status: RunStatus) -> None:
    found = class_of({"Error": error, "Cause": "secret internals"})
    outcome = broken_off(found)
    assert (found, outcome.status) == (broken, status)
    assert outcome.failure is not None
    assert outcome.failure.code == broken.value
    assert "secret" not in outcome.failure.message


def test_what_the_agent_said_is_the_end() -> None:
    assert reported({"pendingStatus": "succeeded", "pendingOutput": 1}).output == 1
    failed = reported({"pendingStatus": "failed", "pendingError": {"code": "X", "message": "y"}})
    assert (failed.status, failed.failure and failed.failure.code) == (RunStatus.FAILED, "X")


def test_an_agent_that_does_not_take_the_job_in_time_has_timed_out() -> None:
    assert outcome_of(AgentFault("late", "AGENT_TIMEOUT")).status is RunStatus.TIMED_OUT
    assert outcome_of(AgentFault("broken")).status is RunStatus.FAILED
