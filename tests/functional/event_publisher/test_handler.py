"""The function as Lambda calls it, with a bus and a queue of moto's."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.event_publisher import handler
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id
from tests.functional.moto_platform import client
from tests.webhook_world import Listener, World


def job(world: World) -> dict[str, Any]:
    at = rfc3339(world.clock.now())
    ids = {"runId": new_id("run"), "jobId": new_id("job"), "versionId": new_id("ver"), "sessionId": new_id("ses")}
    return world.run_ended({**ids, "agent": "a", "status": "failed", "createdAt": at, "finishedAt": at})


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, world: World) -> str:
    """The queue of deliveries."""
    world.clock.moment = datetime.now(UTC)
    made: str = client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
    client("events").create_event_bus(Name="ambit-test-events")
    monkeypatch.setenv("DISPATCH_QUEUE_URL", made)
    monkeypatch.setenv("EVENT_BUS", "ambit-test-events")
    for function in (handler.build, handler._client):
        function.cache_clear()
    return made


def test_a_batch_is_told(url: str, world: World, listener: Listener) -> None:
    world.register(f"{listener.origin}/hook")
    assert handler.handle({"Records": [job(world)]}, None) == {"batchItemFailures": []}
    (message,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["tenantId"] == "acme"
    broken = job(world)
    client("sqs").delete_queue(QueueUrl=url)
    place = broken["dynamodb"]["SequenceNumber"]
    assert handler.handle({"Records": [broken]}, None) == {"batchItemFailures": [{"itemIdentifier": place}]}


class TestLost:
    """A batch that failed, told again when its dead letter is done again."""

    @pytest.fixture
    def held(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """What the stream still has."""
        records: list[dict[str, Any]] = []

        class Held:
            def get_shard_iterator(self, **_: Any) -> dict[str, str]:
                return {"ShardIterator": "0"}

            def get_records(self, **_: Any) -> dict[str, Any]:
                return {"Records": records}

        real = handler._client.__wrapped__
        monkeypatch.setattr(handler, "_client", lambda name: Held() if name == "dynamodbstreams" else real(name))
        return records

    def again(self) -> dict[str, Any]:
        batch = {"streamArn": "arn:s", "shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "9"}
        return handler.handle({"source": "ambit.dead-letters", "detail": {"lost": batch}}, None)

    def record(self, world: World) -> dict[str, Any]:
        found = job(world)
        return {**found, "dynamodb": {**found["dynamodb"], "SequenceNumber": "5"}}

    def test_it_is_told_once_however_often_it_is_asked_for(
        self, url: str, held: list[dict[str, Any]], world: World, listener: Listener
    ) -> None:
        world.register(f"{listener.origin}/hook")
        held.append(self.record(world))
        assert [self.again() for _ in range(5)] == [{"records": 1}] * 5
        (message,) = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert json.loads(message["Body"])["tenantId"] == "acme"
        assert len(world.call("GET /v1/events").json["items"]) == 1

    def test_what_still_cannot_be_told_becomes_another_letter(
        self, url: str, held: list[dict[str, Any]], world: World, listener: Listener
    ) -> None:
        world.register(f"{listener.origin}/hook")
        held.append(self.record(world))
        client("sqs").delete_queue(QueueUrl=url)
        with pytest.raises(RuntimeError, match="could not be told"):
            self.again()

    def test_an_event_of_the_bus_cannot_pretend_to_be_records_of_a_stream(self, url: str, world: World) -> None:
        with pytest.raises(LookupError):
            handler.handle({"source": "ambit.dead-letters", "detail": {}, "Records": [job(world)]}, None)
        assert world.call("GET /v1/events").json["items"] == []
