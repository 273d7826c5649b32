import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from data_access_lib.errors import StoreUnavailable
from lambdas.lifecycle.clients import certificate_keeper, run_stopper, workflow_starter
from platform_kit.errors import DependencyUnavailable
from tests.stores import WatchedClient, failure, raising

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:ambit-test-run-workflow"


def test_a_runs_execution_is_stopped_by_its_name() -> None:
    client = WatchedClient()
    client.answers["stop_execution"] = lambda _: {}
    run_stopper(lambda: client, MACHINE)("run_1")
    ((_, request),) = client.calls
    assert request["executionArn"] == MACHINE.replace(":stateMachine:", ":execution:") + ":run_1"


def test_a_run_without_an_execution_is_stopped_already() -> None:
    client = WatchedClient()
    client.answers["stop_execution"] = raising(failure("ExecutionDoesNotExist"))
    run_stopper(lambda: client, MACHINE)("run_1")


@pytest.mark.parametrize(("code", "error"), [("AccessDenied", DependencyUnavailable), ("SlowDown", StoreUnavailable)])
def test_a_run_that_cannot_be_stopped_is_tried_again(code: str, error: type[Exception]) -> None:
    client = WatchedClient()
    client.answers["stop_execution"] = raising(failure(code))
    with pytest.raises(error):
        run_stopper(lambda: client, MACHINE)("run_1")


def test_a_certificate_is_put_where_it_was_told() -> None:
    client = WatchedClient()
    client.answers["put_object"] = lambda _: {}
    certificate_keeper(lambda: client, "artifacts")("certificates/acme/x.json", b"{}")
    expected: dict[str, Any] = {"Bucket": "artifacts", "Key": "certificates/acme/x.json", "Body": b"{}"}
    assert client.calls[0][1].items() >= expected.items()


def test_an_operations_workflow_is_started_under_its_id() -> None:
    client = WatchedClient()
    client.answers["start_execution"] = lambda _: {}
    workflow_starter(lambda: client, MACHINE)("opn_1", "platform")
    ((_, request),) = client.calls
    assert (request["stateMachineArn"], request["name"]) == (MACHINE, "opn_1")
    assert json.loads(request["input"]) == {"operationId": "opn_1", "tenantId": "platform"}


def test_a_workflow_that_was_started_before_is_left_alone() -> None:
    client = WatchedClient()
    client.answers["start_execution"] = raising(failure("ExecutionAlreadyExists"))
    workflow_starter(lambda: client, MACHINE)("opn_1", "platform")


@pytest.mark.parametrize(("code", "error"), [("AccessDenied", ClientError), ("SlowDown", StoreUnavailable)])
def test_a_workflow_that_cannot_be_started_is_not_taken_for_started(code: str, error: type[Exception]) -> None:
    client = WatchedClient()
    client.answers["start_execution"] = raising(failure(code))
    with pytest.raises(error):
        workflow_starter(lambda: client, MACHINE)("opn_1", "platform")
