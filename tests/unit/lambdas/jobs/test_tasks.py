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


def test_success_carries_the_run_and_nothing_large() -> None:
    client = Client()
    WorkflowTask(lambda: client, "token").succeed("run_1")
    assert client.asked == [("send_task_success", {"taskToken": "token", "output": '{"runId": "run_1"}'})]


def test_a_beat_says_whether_anybody_waits() -> None:
    assert WorkflowTask(Client, "token").beat() is True
    assert WorkflowTask(lambda: Client("TaskTimedOut"), "token").beat() is False


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_a_workflow_that_waits_no_more_is_no_failure(code: str) -> None:
    WorkflowTask(lambda: Client(code), "token").succeed("run_1")


def test_any_other_refusal_is_one() -> None:
    with pytest.raises(ClientError):
        WorkflowTask(lambda: Client("AccessDeniedException"), "token").succeed("run_1")
