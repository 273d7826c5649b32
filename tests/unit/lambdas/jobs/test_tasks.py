import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.jobs.tasks import WorkflowTask


class Client:
    def __init__(self, code: str = "") -> None:
        self.code = code
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> None:
            self.asked.append((operation, request))
            if self.code:
                raise ClientError({"Error": {"Code": self.code}}, operation)

        return call


def test_success_says_what_the_workflow_does_next_and_nothing_large() -> None:
    client = Client()
    WorkflowTask(lambda: client, "token").succeed()
    [(operation, told)] = client.asked
    assert (operation, told["taskToken"], json.loads(told["output"])["next"]) == (
        "send_task_success",
        "token",
        "settle",
    )


def test_a_task_is_failed_by_name_and_says_whether_anybody_waited() -> None:
    client = Client()
    assert WorkflowTask(lambda: client, "token").fail("AgentLost", "silent") is True
    assert client.asked == [("send_task_failure", {"taskToken": "token", "error": "AgentLost", "cause": "silent"})]
    assert WorkflowTask(lambda: Client("TaskTimedOut"), "token").go_on() is False


def test_a_beat_says_whether_anybody_waits() -> None:
    assert WorkflowTask(Client, "token").beat() is True
    assert WorkflowTask(lambda: Client("TaskTimedOut"), "token").beat() is False


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_a_workflow_that_waits_no_more_is_no_failure(code: str) -> None:
    WorkflowTask(lambda: Client(code), "token").succeed()


def test_any_other_refusal_is_one() -> None:
    with pytest.raises(ClientError):
        WorkflowTask(lambda: Client("AccessDeniedException"), "token").succeed()
