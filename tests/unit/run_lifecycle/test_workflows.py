import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from platform_kit.errors import DependencyUnavailable
from run_lifecycle.lead import SETTLE
from run_lifecycle.workflows import RunWorkflows

RUN = {"runId": "run_1", "jobId": "job_1"}
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:ambit-test-run"
REFUSED = ClientError({"Error": {"Code": "StateMachineDoesNotExist"}}, "StartExecution")
GONE = ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "StopExecution")


class Client:
    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[dict[str, Any]] = []

    def start_execution(self, **request: Any) -> None:
        self.asked.append(request)
        if self.failure:
            raise self.failure

    stop_execution = start_execution


def test_an_execution_is_named_by_its_run() -> None:
    client = Client()
    RunWorkflows(lambda: client, ARN).start("acme", RUN, SETTLE)
    [asked] = client.asked
    assert (asked["stateMachineArn"], asked["name"]) == (ARN, "run_1")
    assert json.loads(asked["input"]) == {"tenantId": "acme", **RUN, "lead": SETTLE}


@pytest.mark.parametrize("failure", [REFUSED, EndpointConnectionError(endpoint_url="http://secret")])
def test_one_that_cannot_start_is_a_dependency_that_is_down(failure: Exception) -> None:
    with pytest.raises(DependencyUnavailable) as raised:
        RunWorkflows(lambda: Client(failure), ARN).start("acme", RUN, SETTLE)
    assert "secret" not in raised.value.detail


@pytest.mark.parametrize("failure", [None, GONE, REFUSED, EndpointConnectionError(endpoint_url="http://x")])
def test_stopping_names_the_execution_and_never_fails(failure: Exception | None) -> None:
    client = Client(failure)
    RunWorkflows(lambda: client, ARN).stop(RUN)
    assert client.asked[0]["executionArn"] == ARN.replace("stateMachine", "execution") + ":run_1"


def test_one_in_the_place_of_a_lost_execution_has_a_name_of_its_own() -> None:
    client = Client()
    RunWorkflows(lambda: client, ARN).start("acme", RUN, SETTLE, name="run_1-7")
    RunWorkflows(lambda: client, ARN).stop({**RUN, "execution": "run_1-7"})
    assert [client.asked[0]["name"], client.asked[1]["executionArn"].rpartition(":")[2]] == ["run_1-7"] * 2
