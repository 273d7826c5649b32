from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from data_access_lib.errors import StoreUnavailable
from run_lifecycle.callbacks import TaskCallbacks, TaskGone


class FakeStates:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.heard: list[tuple[str, dict[str, str]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(**request: str) -> None:
            if self.error:
                raise self.error
            self.heard.append((name, request))

        return call


def callbacks(states: FakeStates) -> TaskCallbacks:
    return TaskCallbacks(cast("Any", states))


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "SendTaskSuccess")


def test_each_answer_goes_to_its_operation() -> None:
    states = FakeStates()
    callbacks(states).succeed("t", "{}")
    callbacks(states).fail("t", "E", "why")
    callbacks(states).heartbeat("t")
    assert states.heard == [
        ("send_task_success", {"taskToken": "t", "output": "{}"}),
        ("send_task_failure", {"taskToken": "t", "error": "E", "cause": "why"}),
        ("send_task_heartbeat", {"taskToken": "t"}),
    ]


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_task_nobody_waits_for_is_told_apart(code: str) -> None:
    with pytest.raises(TaskGone):
        callbacks(FakeStates(failure(code))).heartbeat("t")


@pytest.mark.parametrize("error", [failure("ThrottlingException"), EndpointConnectionError(endpoint_url="https://x")])
def test_a_workflow_service_that_is_down_is_unavailable(error: Exception) -> None:
    with pytest.raises(StoreUnavailable):
        callbacks(FakeStates(error)).succeed("t", "{}")


def test_what_is_wrong_with_us_is_not_hidden() -> None:
    with pytest.raises(ClientError):
        callbacks(FakeStates(failure("AccessDeniedException"))).succeed("t", "{}")


def test_who_waits_for_a_run_that_is_over_is_told_how_it_ended() -> None:
    states = FakeStates()
    callbacks(states).wake({"status": "halted", "taskToken": "t"})
    assert states.heard == [
        ("send_task_failure", {"taskToken": "t", "error": "halted", "cause": "The run has ended."}),
    ]


def test_for_a_run_that_nobody_waits_for_nobody_is_told() -> None:
    states = FakeStates()
    callbacks(states).wake({"status": "halted"})
    assert states.heard == []
    callbacks(FakeStates(failure("TaskTimedOut"))).wake({"status": "halted", "taskToken": "t"})


def test_a_wake_that_does_not_arrive_is_not_taken_for_one_that_did() -> None:
    with pytest.raises(StoreUnavailable):
        callbacks(FakeStates(failure("ThrottlingException"))).wake({"status": "halted", "taskToken": "t"})
