"""Correction `callback_tasks`, and matching of errors by class in Step Functions."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.conftest import Emulator

BROKEN = """
class OutOfStock(Exception): pass
def handler(event, context):
    raise OutOfStock("no unicorns")
"""
QUEUE_TOKEN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "HeartbeatSeconds": 1,
    "Next": "Done",
}
DONE = {"Type": "Pass", "Result": "done", "End": True}


@pytest.fixture(scope="module")
def role(emulator: Emulator) -> str:
    return emulator.role("states-conformance")


@pytest.fixture(scope="module")
def queue(emulator: Emulator) -> str:
    return str(emulator.client("sqs").create_queue(QueueName="tokens")["QueueUrl"])


@pytest.fixture
def start(emulator: Emulator, role: str) -> Callable[[str, dict[str, Any]], str]:
    def run(name: str, states: dict[str, Any]) -> str:
        client = emulator.client("stepfunctions")
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        machine = client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
        return str(client.start_execution(stateMachineArn=machine, input="{}")["executionArn"])

    return run


def ended(emulator: Emulator, execution: str, wait_for: Callable[..., None]) -> dict[str, Any]:
    client = emulator.client("stepfunctions")
    wait_for(lambda: client.describe_execution(executionArn=execution)["status"] != "RUNNING")
    return dict(client.describe_execution(executionArn=execution))


def waiting(queue: str, **changes: Any) -> dict[str, Any]:
    message = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}}
    return {**QUEUE_TOKEN, "Parameters": message, **changes}


def token_of(emulator: Emulator, queue: str, wait_for: Callable[..., None]) -> str:
    found: list[str] = []

    def received() -> bool:
        for message in emulator.client("sqs").receive_message(QueueUrl=queue).get("Messages", []):
            emulator.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"])["token"])
        return bool(found)

    wait_for(received)
    return found[-1]


def test_catch_matches_an_exception_by_its_class(
    emulator: Emulator, start: Callable[..., str], wait_for: Callable[..., None]
) -> None:
    function = emulator.function("broken", BROKEN)
    task = {"Type": "Task", "Resource": function, "Next": "Done"}
    catch = [
        {"ErrorEquals": ["Runtime.HandlerError"], "Next": "Wrong"},
        {"ErrorEquals": ["OutOfStock"], "Next": "Done"},
    ]
    execution = start("by-class", {"Ask": {**task, "Catch": catch}, "Wrong": {"Type": "Fail"}, "Done": DONE})
    assert ended(emulator, execution, wait_for)["status"] == "SUCCEEDED"


def test_a_silent_task_ends_with_a_heartbeat_timeout_that_timeout_matches(
    emulator: Emulator, start: Callable[..., str], queue: str, wait_for: Callable[..., None]
) -> None:
    task = waiting(queue, Catch=[{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Keep"}])
    execution = start("silent-task", {"Wait": task, "Keep": {"Type": "Pass", "End": True}, "Done": DONE})
    token_of(emulator, queue, wait_for)
    output = json.loads(ended(emulator, execution, wait_for)["output"])
    assert output["error"]["Error"] == "States.HeartbeatTimeout"


def test_heartbeats_keep_a_task_alive_until_it_answers(
    emulator: Emulator, start: Callable[..., str], queue: str, wait_for: Callable[..., None]
) -> None:
    limit = 2
    execution = start("beating-task", {"Wait": waiting(queue, HeartbeatSeconds=limit), "Done": DONE})
    token = token_of(emulator, queue, wait_for)
    client = emulator.client("stepfunctions")
    until = time.monotonic() + 2 * limit
    while time.monotonic() < until:
        client.send_task_heartbeat(taskToken=token)
        time.sleep(0.2)
    client.send_task_success(taskToken=token, output="{}")
    assert ended(emulator, execution, wait_for)["status"] == "SUCCEEDED"


def test_a_stopped_executions_token_is_refused_and_nothing_runs_on(
    emulator: Emulator, start: Callable[..., str], queue: str, wait_for: Callable[..., None]
) -> None:
    task = waiting(queue, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}])
    execution = start("stopped", {"Wait": task, "Done": DONE})
    token = token_of(emulator, queue, wait_for)
    client = emulator.client("stepfunctions")
    client.stop_execution(executionArn=execution)
    with pytest.raises(ClientError) as refusal:
        client.send_task_success(taskToken=token, output="{}")
    assert refusal.value.response["Error"]["Code"] in {"TaskTimedOut", "TaskDoesNotExist"}
    time.sleep(1.5)  # past the heartbeat limit: a catcher must not continue the execution
    history = client.get_execution_history(executionArn=execution)["events"]
    assert not [event for event in history if event["type"] == "PassStateEntered"]


def test_a_call_that_cannot_hand_over_its_token_fails_the_task(
    emulator: Emulator, start: Callable[..., str], wait_for: Callable[..., None]
) -> None:
    emulator.function("broken-callback", BROKEN)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "broken-callback", "Payload": {"token.$": "$$.Task.Token"}},
        "Catch": [{"ErrorEquals": ["OutOfStock"], "Next": "Done"}],
        "Next": "Wrong",
    }
    execution = start("no-hand-over", {"Ask": task, "Wrong": {"Type": "Fail"}, "Done": DONE})
    assert ended(emulator, execution, wait_for)["status"] == "SUCCEEDED"


def test_a_role_may_answer_for_the_state_machine_it_is_allowed_and_no_other(
    emulator: Emulator, start: Callable[..., str], queue: str, wait_for: Callable[..., None]
) -> None:
    execution = start("answered-by-role", {"Wait": waiting(queue, HeartbeatSeconds=30), "Done": DONE})
    token = token_of(emulator, queue, wait_for)
    machine = emulator.client("stepfunctions").describe_execution(executionArn=execution)["stateMachineArn"]
    actions = ["states:SendTaskSuccess", "states:SendTaskHeartbeat"]
    own = emulator.role("answers-own", {"Effect": "Allow", "Action": actions, "Resource": machine})
    other = emulator.role("answers-other", {"Effect": "Allow", "Action": actions, "Resource": f"{machine}-other"})
    with pytest.raises(ClientError, match="AccessDenied"):
        emulator.client("stepfunctions", emulator.assume(other)).send_task_heartbeat(taskToken=token)
    answering = emulator.client("stepfunctions", emulator.assume(own))
    answering.send_task_heartbeat(taskToken=token)
    answering.send_task_success(taskToken=token, output="{}")
    assert ended(emulator, execution, wait_for)["status"] == "SUCCEEDED"


COUNTING = """
import fcntl, time
def handler(event, context):
    with open(event["file"], "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX); file.write("+")
    time.sleep(0.3)
    with open(event["file"], "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX); file.write("-")
    return {}
"""


def test_a_distributed_map_runs_as_many_items_at_a_time_as_its_input_says(
    emulator: Emulator, role: str, wait_for: Callable[..., None], tmp_path: Path
) -> None:
    function, file = emulator.function("counting", COUNTING), tmp_path / "counted"
    ask = {"Type": "Task", "Resource": function, "End": True}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Ask"}
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"file.$": "$.file"},
        "MaxConcurrencyPath": "$.most",
        "ItemProcessor": {**processor, "States": {"Ask": ask}},
        "End": True,
    }
    client = emulator.client("stepfunctions")
    definition = json.dumps({"StartAt": "Each", "States": {"Each": state}})
    machine = client.create_state_machine(name="counted-map", definition=definition, roleArn=role)["stateMachineArn"]
    given = json.dumps({"items": [1] * 6, "most": 2, "file": str(file)})
    execution = client.start_execution(stateMachineArn=machine, input=given)["executionArn"]
    assert ended(emulator, execution, wait_for)["status"] == "SUCCEEDED"
    running = highest = 0
    for sign in file.read_text():
        running += 1 if sign == "+" else -1
        highest = max(highest, running)
    assert (highest, running) == (2, 0)
