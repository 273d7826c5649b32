import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambdas.tenants.workflow import Workflow
from platform_kit.errors import DependencyUnavailable


class FakeStates:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.started: list[dict[str, str]] = []

    def start_execution(self, **request: str) -> None:
        if self.error:
            raise self.error
        self.started.append(request)


def start(states: FakeStates) -> None:
    Workflow(lambda: cast("Any", states), "arn:machine").start("opn_1", "acme")


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "internal"}}, "StartExecution")


def test_an_execution_is_named_by_its_operation() -> None:
    states = FakeStates()
    start(states)
    (sent,) = states.started
    assert (sent["stateMachineArn"], sent["name"]) == ("arn:machine", "opn_1")
    assert json.loads(sent["input"]) == {"operationId": "opn_1", "tenantId": "acme"}


def test_an_execution_that_was_started_before_is_fine() -> None:
    start(FakeStates(failure("ExecutionAlreadyExists")))


@pytest.mark.parametrize(
    "error",
    [failure("StateMachineDoesNotExist"), failure("AccessDenied"), EndpointConnectionError(endpoint_url="https://x")],
)
def test_any_other_failure_is_a_dependency_that_is_down(error: Exception) -> None:
    with pytest.raises(DependencyUnavailable) as refused:
        start(FakeStates(error))
    assert "internal" not in refused.value.detail
