"""The function as Lambda calls it, with a bus and a queue of moto's."""

import json
from typing import Any

import pytest

from lambdas.event_publisher import handler
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id
from tests.functional.moto_platform import client
from tests.webhook_world import Listener, World, streamed


def job(world: World) -> dict[str, Any]:
    at = rfc3339(world.clock.now())
    ids = {"runId": new_id("run"), "jobId": new_id("job"), "versionId": new_id("ver"), "sessionId": new_id("ses")}
    return world.run_ended({**ids, "agent": "a", "status": "failed", "createdAt": at, "finishedAt": at})


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, world: World) -> str:
    """The function with a queue of deliveries: its address."""
    from datetime import UTC, datetime

    world.clock.moment = datetime.now(UTC)
    made = client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
    client("events").create_event_bus(Name="ambit-test-events")
    monkeypatch.setenv("DISPATCH_QUEUE_URL", made)
    monkeypatch.setenv("EVENT_BUS", "ambit-test-events")
    for function in (handler.build, handler._client):
        function.cache_clear()
    return str(made)


def test_a_batch_is_told(url: str, world: World, listener: Listener) -> None:
    world.register(f"{listener.origin}/hook")
    assert handler.handle({"Records": [job(world)]}, None) == {"batchItemFailures": []}
    (message,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["tenantId"] == "acme"
    broken = job(world)
    client("sqs").delete_queue(QueueUrl=url)
    place = broken["dynamodb"]["SequenceNumber"]
    assert handler.handle({"Records": [broken]}, None) == {"batchItemFailures": [{"itemIdentifier": place}]}


def test_what_a_dead_letter_tells_of_is_told_once_however_often_it_is_asked_for(
    url: str, monkeypatch: pytest.MonkeyPatch, world: World, listener: Listener
) -> None:
    """The stream has the records still; Lambda's filter is not there to leave out what tells of nothing."""
    world.register(f"{listener.origin}/hook")
    found = [job(world), streamed("TENANT#acme#SESSION#ses_1", "META")]
    for number, record in enumerate(found, start=101):
        record["dynamodb"]["SequenceNumber"] = str(number)

    class Streams:
        def get_shard_iterator(self, **_request: str) -> dict[str, str]:
            return {"ShardIterator": "1"}

        def get_records(self, **_request: Any) -> dict[str, Any]:
            return {"Records": found}

    real = handler._client
    monkeypatch.setattr(handler, "_client", lambda name: Streams() if name == "dynamodbstreams" else real(name))
    batch = {"streamArn": "arn:s", "shardId": "s", "startSequenceNumber": "101", "endSequenceNumber": "102"}
    event = {"source": "ambit.dead-letters", "detail-type": "Facts To Be Told", "detail": {"lost": batch}}
    for _ in range(3):
        assert handler.handle(event, None) == {"records": 2}
    assert len(client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
    client("sqs").delete_queue(QueueUrl=url)
    found[:1] = [job(world)]
    found[0]["dynamodb"]["SequenceNumber"] = "101"
    with pytest.raises(RuntimeError):
        handler.handle(event, None)
