import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest

from tests.functional.moto_platform import Answer, client, event, operator, platform_on_moto, table

STAGE: Final = "test"
DEAD: Final = ("workflow", "audit")
PREFIX: Final = f"ambit-{STAGE}-"


@dataclass
class States:
    """Step Functions, as far as redriving goes: what executions stand at, and which were redriven."""

    status: dict[str, str] = field(default_factory=dict)
    redriven: list[str] = field(default_factory=list)
    down: bool = False

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803 - the SDK's word
        from botocore.exceptions import ClientError

        if executionArn not in self.status:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist", "Message": "x"}}, "DescribeExecution")
        return {"status": self.status[executionArn]}

    def redrive_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803 - the SDK's word
        if self.down:
            raise ConnectionError("cut")
        self.redriven.append(executionArn)
        self.status[executionArn] = "RUNNING"
        return {}


@dataclass
class Bus:
    """EventBridge: what was said, by kind; one that is `deaf` takes nothing."""

    said: list[tuple[str, Any]] = field(default_factory=list)
    deaf: bool = False

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, int]:  # noqa: N803 - the SDK's word
        if not self.deaf:
            assert {entry["Source"] for entry in Entries} == {"ambit.dead-letters"}
            self.said += [(entry["DetailType"], json.loads(entry["Detail"])) for entry in Entries]
        return {"FailedEntryCount": len(Entries) if self.deaf else 0}


@dataclass
class Queues:
    """SQS on moto, which does not say which queue a dead letter was in: this does, as SQS does."""

    sqs: Any
    retried: set[str] = field(default_factory=set)

    def receive_message(self, **request: Any) -> Any:
        answer = self.sqs.receive_message(**request)
        for message in answer.get("Messages", []):
            if message["MessageId"] in self.retried and request["QueueUrl"].endswith("-dead-letters"):
                arn = "arn:aws:sqs:us-east-1:123456789012:ambit-test-quarantines"
                message["Attributes"]["DeadLetterQueueSourceArn"] = arn
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sqs, name)


@dataclass
class World:
    """The API of dead letters with real queues of moto's."""

    handle: Any
    states: States
    bus: Bus
    queues: Queues
    urls: dict[str, str]

    def ask(self, route: str, who: Any = None, **parts: Any) -> Answer:
        return Answer.of(self.handle(event(route, authorizer=who or operator(), **parts), None))

    def inspect(self, queue: str = "workflow", **query: str) -> Answer:
        return self.ask("GET /v1/platform/dlq/{queue}/messages", path={"queue": queue}, query=query)

    def redrive(self, queue: str = "workflow", **body: Any) -> Answer:
        return self.ask("POST /v1/platform/dlq/{queue}/redrive", path={"queue": queue}, body=body)

    def purge(self, queue: str = "workflow", **body: Any) -> Answer:
        wanted = {"reason": "done by hand", "confirm": queue, **body}
        return self.ask("POST /v1/platform/dlq/{queue}/purge", path={"queue": queue}, body=wanted)

    def put(self, queue: str, body: Any, **attributes: str) -> str:
        """A message in a queue; its id."""
        text = body if isinstance(body, str) else json.dumps(body)
        given: Any = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        url = self.urls[queue]
        sent = client("sqs").send_message(QueueUrl=url, MessageBody=text, MessageAttributes=given)
        return str(sent["MessageId"])

    def fail(self, body: Any, **attributes: str) -> None:
        """A message of `quarantines` that its consumer failed at often enough."""
        self.queues.retried.add(self.put("quarantines", body, **attributes))
        for _ in range(4):
            client("sqs").receive_message(QueueUrl=self.urls["quarantines"], VisibilityTimeout=0)

    def held(self, queue: str) -> int:
        name = "ApproximateNumberOfMessages"
        return int(
            client("sqs").get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=[name])["Attributes"][name]
        )

    def outcomes(self, answer: Answer) -> dict[str, str]:
        return {item["messageId"]: item["result"] for item in answer.json["items"]}

    def audited(self, action: str) -> list[Any]:
        """Details of the platform's audit entries of this action."""
        found = [one for one in table("ops").scan()["Items"] if one["pk"] == "TENANT#platform#AUDITDETAIL"]
        entries = [one for one in table("ledger").scan()["Items"] if one.get("action") == action]
        numbers = {int(one["sk"]) for one in entries}
        return [
            json.loads(one["detail"]) if isinstance(one["detail"], str) else one["detail"]
            for one in found
            if int(one["sk"]) in numbers
        ]

    def accesses(self) -> list[Any]:
        """What operators did, as security events."""
        return [one for one in table("ops").scan()["Items"] if one.get("type") == "operator.access"]


def _queues() -> dict[str, str]:
    sqs = client("sqs")
    urls = {}
    for name in DEAD:
        urls[name] = sqs.create_queue(QueueName=f"{PREFIX}{name}-dead-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=urls["workflow"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    made = sqs.create_queue(QueueName=f"{PREFIX}quarantines", Attributes={"RedrivePolicy": policy})
    return {**urls, "quarantines": made["QueueUrl"]}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.dead_letters import handler

    names = " ".join(f"{name}-dead-letters" for name in DEAD)
    with platform_on_moto(monkeypatch, DEAD_LETTER_QUEUES=names, RETRIED_QUEUES="quarantines"):
        states, bus, queues = States(), Bus(), Queues(client("sqs"))
        doubles = {"stepfunctions": states, "events": bus, "sqs": queues}
        real = cache(handler._client.__wrapped__)
        monkeypatch.setattr(handler, "_client", lambda service: doubles.get(service) or real(service))
        handler.build.cache_clear()
        yield World(handler.handle, states, bus, queues, _queues())
        handler.build.cache_clear()
