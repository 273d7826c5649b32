"""The function as Lambda calls it, with a bus and a queue of moto's."""

import json
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


def test_a_batch_is_told(monkeypatch: pytest.MonkeyPatch, world: World, listener: Listener) -> None:
    from datetime import UTC, datetime

    world.clock.moment = datetime.now(UTC)
    url = client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
    client("events").create_event_bus(Name="ambit-test-events")
    monkeypatch.setenv("DISPATCH_QUEUE_URL", url)
    monkeypatch.setenv("EVENT_BUS", "ambit-test-events")
    for function in (handler.build, handler._client):
        function.cache_clear()
    world.register(f"{listener.origin}/hook")
    assert handler.handle({"Records": [job(world)]}, None) == {"batchItemFailures": []}
    (message,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["tenantId"] == "acme"
    broken = job(world)
    client("sqs").delete_queue(QueueUrl=url)
    place = broken["dynamodb"]["SequenceNumber"]
    assert handler.handle({"Records": [broken]}, None) == {"batchItemFailures": [{"itemIdentifier": place}]}
