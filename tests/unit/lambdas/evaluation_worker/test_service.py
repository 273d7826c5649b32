import json

import pytest

from lambdas.evaluation_worker.service import _told

ARN = "User arn:aws:sts::123456789012:assumed-role/worker is not authorized"


def caught(kind: str, message: str) -> dict[str, str]:
    """What Step Functions caught of a function's error."""
    return {"Error": kind, "Cause": json.dumps({"errorMessage": message, "errorType": kind, "stackTrace": ["x.py"]})}


@pytest.mark.parametrize("kind", ["DependencyUnavailable", "CaseInProgress", "VersionTampered", "States.Timeout"])
def test_what_was_written_for_people_is_told(kind: str) -> None:
    assert _told(caught(kind, "The platform does not answer.")) == {
        "code": kind,
        "message": "The platform does not answer.",
    }


@pytest.mark.parametrize("kind", ["ClientError", "KeyError", "Runtime.ExitError", "Exception"])
def test_the_text_of_any_other_exception_stays_in_the_log(kind: str) -> None:
    """Evidence leaves the platform, and holds what is told here."""
    told = _told(caught(kind, ARN))
    assert told["code"] == kind
    assert "arn:" not in told["message"]
    assert "log" in told["message"]


@pytest.mark.parametrize("cause", ["late", "", "[]", "{"])
def test_a_cause_that_is_no_functions_error_is_told_as_far_as_it_is_step_functions_own(cause: str) -> None:
    assert _told({"Error": "States.Timeout", "Cause": cause})["message"] == cause
    assert _told({})["code"] == "UNKNOWN"
