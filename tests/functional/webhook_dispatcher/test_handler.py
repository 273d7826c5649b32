"""The function as Lambda calls it: a batch, and what of it is to be handed out again."""

import json
from typing import Any

import pytest

from governance.webhooks.messages import Dispatch
from lambdas.webhook_dispatcher import handler
from tests.functional.moto_platform import client
from tests.webhook_world import Listener, World


def message(number: int, body: str) -> dict[str, Any]:
    return {"messageId": f"m{number}", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, world: World, listener: Listener) -> World:
    url = client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
    monkeypatch.setenv("DISPATCH_QUEUE_URL", url)
    monkeypatch.setenv("WEBHOOK_ALLOW", listener.origin)
    for function in (handler.build, handler._client):
        function.cache_clear()
    return world


@pytest.mark.chaos("poison")
def test_a_batch_is_delivered_and_what_is_none_comes_again(real: World, listener: Listener) -> None:
    made = real.register(f"{listener.origin}/hook")
    for _ in range(3):
        real.call("POST /v1/webhooks/{id}/test", path={"id": made["webhookId"]})
    bodies = [one.body() for one in real.queue.queued]
    records = [message(number, body) for number, body in enumerate([*bodies, "{}", "no json"])]
    answer = handler.handle({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m3"}, {"itemIdentifier": "m4"}]}
    assert len(listener.messages()) == 3


def test_what_fails_is_queued_with_its_delay(real: World, listener: Listener) -> None:
    made = real.register(f"{listener.origin}/hook")
    listener.status = 500
    real.call("POST /v1/webhooks/{id}/test", path={"id": made["webhookId"]})
    handler.handle({"Records": [message(1, real.queue.queued[0].body())]}, None)
    url = client("sqs").get_queue_url(QueueName="deliveries")["QueueUrl"]
    counts = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_message_for_a_tenant_that_there_is_not_is_done(real: World) -> None:
    body = Dispatch("nobody", "whk_" + "0" * 32, "dlv_" + "0" * 32).body()
    assert handler.handle({"Records": [message(1, body)]}, None) == {"batchItemFailures": []}
    assert json.loads(body)["tenantId"] == "nobody"
    assert real.queue.queued == []


def test_a_dead_letter_that_is_done_again_queues_the_attempt_that_nobody_queued(
    real: World, listener: Listener
) -> None:
    """Whoever had it settled its attempt and could not queue the next one, five times over."""
    made = real.register(f"{listener.origin}/hook")
    listener.status = 500
    real.call("POST /v1/webhooks/{id}/test", path={"id": made["webhookId"]})
    (first,) = real.queue.queued
    real.deliver()
    letter = {"deadLetterId": {"dataType": "String", "stringValue": "m1"}}
    handler.handle({"Records": [{**message(1, first.body()), "messageAttributes": letter}]}, None)
    url = client("sqs").get_queue_url(QueueName="deliveries")["QueueUrl"]
    (queued,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(queued["Body"])["attempt"] == 2
