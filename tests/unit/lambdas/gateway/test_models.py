from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.gateway.models import AppendEvents, Complete, Heartbeat

ERROR = {"code": "BAD_DATA", "message": "no columns"}


@pytest.mark.parametrize("body", [{"status": "succeeded"}, {"status": "succeeded", "output": None}])
def test_a_success_may_have_no_output(body: dict[str, Any]) -> None:
    assert Complete.model_validate(body).output is None


def test_a_failure_says_why() -> None:
    found = Complete.model_validate({"status": "failed", "error": ERROR})
    assert found.error is not None
    assert found.error.model_dump() == {**ERROR, "retryable": False}


@pytest.mark.parametrize(
    "body",
    [
        {"status": "awaiting_approval"},
        {"status": "succeeded", "approvalId": "apr_1"},
        {"status": "awaiting_approval", "approvalId": "apr_1", "output": 1},
    ],
)
def test_a_run_waits_for_exactly_what_it_names(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Complete.model_validate(body)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "failed"},
        {"status": "succeeded", "error": ERROR},
        {"status": "failed", "error": ERROR, "output": 1},
        {"status": "cancelled"},
        {"output": 1},
    ],
)
def test_an_end_is_one_of_the_two(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Complete.model_validate(body)


@pytest.mark.parametrize("percent", [0, 0.5, 100])
def test_progress_is_in_percent(percent: float) -> None:
    found = Heartbeat.model_validate({"progress": {"percent": percent}})
    assert found.progress is not None
    assert found.progress.percent == percent


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan"), float("inf"), "half"])
def test_what_is_no_percentage_is_refused(percent: object) -> None:
    with pytest.raises(ValidationError):
        Heartbeat.model_validate({"progress": {"percent": percent}})


@pytest.mark.parametrize("name", ["finding", "toolCall", "a.b", "x-1", "a:b"])
def test_an_event_has_a_plain_name(name: str) -> None:
    event = {"stream": "assistant", "event": name}
    assert AppendEvents.model_validate({"events": [event]}).events[0].payload == {}


@pytest.mark.parametrize("name", ["", "1a", "a b", "a\n", "é", "x" * 65])
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        AppendEvents.model_validate({"events": [{"stream": "assistant", "event": name}]})


def test_lifecycle_events_are_the_platforms_own() -> None:
    with pytest.raises(ValidationError):
        AppendEvents.model_validate({"events": [{"stream": "lifecycle", "event": "succeeded"}]})
