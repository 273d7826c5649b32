from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.evaluations.starting import Workflows
from platform_kit.errors import DependencyUnavailable
from platform_kit.ids import new_id

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:m"


@pytest.fixture
def client() -> Any:
    with mock_aws():
        found = boto3.client("stepfunctions", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        role = "arn:aws:iam::123456789012:role/r"
        found.create_state_machine(name="m", definition='{"StartAt": "S", "States": {}}', roleArn=role)
        yield found


def test_an_attempt_is_started_once(client: Any) -> None:
    workflows, evaluation_id = Workflows(lambda: client, ARN), new_id("evl")
    for attempt in (1, 1, 2):
        workflows.start(evaluation_id, attempt)
    names = {one["name"] for one in client.list_executions(stateMachineArn=ARN)["executions"]}
    assert names == {f"{evaluation_id}-1", f"{evaluation_id}-2"}


def test_what_cannot_be_started_says_so(client: Any) -> None:
    with pytest.raises(DependencyUnavailable):
        Workflows(lambda: client, ARN + "x").start(new_id("evl"), 1)


def test_stopping_what_is_not_there_is_fine(client: Any) -> None:
    Workflows(lambda: client, ARN).stop(new_id("evl"), 1)
