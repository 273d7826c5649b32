"""Ways to do a letter again: each leads to what belongs to this stage, and to nothing else."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.dead_letters.again import Again, NotRedrivable
from lambdas.dead_letters.queues import DeadLetterBox
from tests.unit.lambdas.dead_letters.test_letters import letter

ARN = "arn:aws:states:us-east-1:1:execution:ambit-dev-run-workflow:run_1"


@dataclass
class Services:
    """Every service at once: what was asked of it, and how it fails."""

    status: str = "FAILED"
    code: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def describe_execution(self, **request: Any) -> dict[str, str]:
        return {"status": self.status}

    def redrive_execution(self, **request: Any) -> None:
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "m"}}, "RedriveExecution")
        self.asked.append(("redrive", request))

    def put_events(self, **request: Any) -> dict[str, int]:
        self.asked.append(("event", request))
        return {"FailedEntryCount": 0}

    def send_message(self, **request: Any) -> None:
        self.asked.append(("send", request))

    def get_queue_url(self, **request: str) -> dict[str, str]:
        return {"QueueUrl": f"https://sqs/{request['QueueName']}"}


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def again(services: Services) -> Again:
    box = DeadLetterBox(lambda: services, "dev", ("workflow-dead-letters",), ("work",))
    return Again(lambda _: services, box, "dev")


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"])
def test_an_execution_that_goes_on_needs_nothing(status: str, services: Services, again: Again) -> None:
    services.status = status
    again.do(letter({"detail": {"executionArn": ARN}}))
    assert services.asked == []


@pytest.mark.parametrize("code", ["ExecutionNotRedrivable", "ExecutionDoesNotExist"])
def test_an_execution_too_old_is_told_to_be_so(code: str, services: Services, again: Again) -> None:
    services.code = code
    with pytest.raises(NotRedrivable, match="14 days"):
        again.do(letter({"detail": {"executionArn": ARN}}))


def test_a_failure_that_is_none_of_those_is_a_failure(services: Services, again: Again) -> None:
    services.code = "AccessDeniedException"
    with pytest.raises(ClientError):
        again.do(letter({"detail": {"executionArn": ARN}}))


@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace("ambit-dev-", "ambit-prod-"),
        ARN.replace("execution", "stateMachine"),
        ARN.replace("states", "lambda"),
        "arn:aws:states",
        "x",
    ],
)
def test_what_is_no_execution_of_this_stage_is_left_alone(arn: str, services: Services, again: Again) -> None:
    found = letter({"detail": {"executionArn": arn}})
    assert not again.can(found)
    with pytest.raises(NotRedrivable):
        again.do(found)
    assert services.asked == []


@pytest.mark.parametrize(
    "source", ["ambit-prod-work", "ambit-dev-other", "work", "ambit-dev-workflow-dead-letters", ""]
)
def test_a_message_goes_to_a_registered_queue_of_this_stage_alone(
    source: str, services: Services, again: Again
) -> None:
    found = letter({}, DeadLetterQueueSourceArn=f"arn:aws:sqs:us-east-1:1:{source}")
    with pytest.raises(NotRedrivable):
        again.do(found)
    assert services.asked == []


def test_a_message_with_ten_attributes_leaves_room_for_the_letters_own(services: Services, again: Again) -> None:
    found = letter({}, DeadLetterQueueSourceArn="arn:aws:sqs:us-east-1:1:ambit-dev-work")
    full = type(found)(
        **{
            **{name: getattr(found, name) for name in found.__dataclass_fields__},
            "attributes": {f"a{n}": "x" for n in range(10)},
        }
    )
    again.do(full)
    ((_, sent),) = services.asked
    assert (len(sent["MessageAttributes"]), sent["QueueUrl"]) == (10, "https://sqs/ambit-dev-work")
    assert sent["MessageAttributes"]["deadLetterId"]["StringValue"] == "m-1"


def test_a_lost_batch_of_evaluations_is_found_by_their_watch(services: Services, again: Again) -> None:
    context = {"functionArn": "arn:aws:lambda:us-east-1:1:function:ambit-dev-evaluations"}
    again.do(letter({"requestContext": context, "DDBStreamBatchInfo": {"shardId": "s"}}))
    assert "watch" in services.asked[0][1]["Entries"][0]["Detail"]


@pytest.mark.parametrize(
    ("function", "kind"), [("sequencer", "Acts To Be Entered"), ("event_publisher", "Facts To Be Told")]
)
def test_a_lost_batch_is_read_again_by_who_failed_at_it(
    function: str, kind: str, services: Services, again: Again
) -> None:
    context = {"functionArn": f"arn:aws:lambda:us-east-1:1:function:ambit-dev-{function}"}
    again.do(letter({"requestContext": context, "DDBStreamBatchInfo": {"shardId": "s"}}))
    (entry,) = services.asked[0][1]["Entries"]
    assert (entry["DetailType"], entry["Detail"]) == (kind, '{"lost": {"shardId": "s"}}')


def test_a_lost_batch_of_a_function_that_nobody_knows_stays(services: Services, again: Again) -> None:
    context = {"functionArn": "arn:aws:lambda:us-east-1:1:function:ambit-dev-bridge"}
    with pytest.raises(NotRedrivable):
        again.do(letter({"requestContext": context, "DDBStreamBatchInfo": {"shardId": "s"}}))
    assert services.asked == []
