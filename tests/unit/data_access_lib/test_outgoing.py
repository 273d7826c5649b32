import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from data_access_lib.errors import StoreUnavailable
from data_access_lib.outgoing import DispatchQueue, EventBus
from governance.events import PlatformEvent, cloud_event
from governance.webhooks.messages import Dispatch
from platform_kit.clock import milliseconds
from platform_kit.ids import new_id
from tests.stores import REGION, HandClock, WatchedClient, failure, raising

TIME = "2026-03-04T05:06:07.890Z"


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sqs", region_name=REGION)


@pytest.fixture
def bus() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("events", region_name=REGION)
        client.create_event_bus(Name="ambit-test-events")
        yield client


def event() -> PlatformEvent:
    told = {"tenantId": "acme", "suspendedAt": TIME}
    return PlatformEvent(new_id("evt"), "tenant.suspended", "acme", TIME, told)


def test_events_are_put_on_the_bus_in_their_envelope(bus: Any) -> None:
    watched, events = WatchedClient(bus), [event() for _ in range(23)]
    EventBus(lambda: watched, "ambit-test-events").put(events)
    entries = [entry for _, request in watched.calls for entry in request["Entries"]]
    assert [len(request["Entries"]) for _, request in watched.calls] == [10, 10, 3]
    assert [json.loads(entry["Detail"]) for entry in entries] == [cloud_event(one) for one in events]
    assert {(entry["Source"], entry["DetailType"]) for entry in entries} == {("ambit", "tenant.suspended")}


def test_what_the_bus_did_not_take_is_a_failure(bus: Any) -> None:
    watched = WatchedClient(bus)
    watched.answers["put_events"] = lambda _: {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    with pytest.raises(StoreUnavailable):
        EventBus(lambda: watched, "ambit-test-events").put([event()])


def test_nothing_to_tell_is_no_call(bus: Any) -> None:
    watched = WatchedClient(bus)
    EventBus(lambda: watched, "x").put([])
    assert watched.calls == []


def test_attempts_are_queued_with_their_delay_and_their_endpoint(sqs: Any, clock: HandClock) -> None:
    url = sqs.create_queue(QueueName="deliveries")["QueueUrl"]
    watched, later = WatchedClient(sqs), milliseconds(clock.now() + timedelta(hours=2))
    sent = [Dispatch("acme", f"whk_{n}", f"dlv_{n}", due_ms=later if n else 0) for n in range(12)]
    DispatchQueue(lambda: watched, url, clock).send(sent)
    entries = [request for _, request in watched.calls]
    assert [Dispatch.read(entry["MessageBody"]) for entry in entries] == sent
    assert [entry["DelaySeconds"] for entry in entries] == [0] + [900] * 11
    assert [entry["MessageGroupId"] for entry in entries] == [one.webhook_id for one in sent]


def test_what_the_queue_did_not_take_is_a_failure(sqs: Any, clock: HandClock) -> None:
    watched = WatchedClient(sqs)
    watched.answers["send_message"] = raising(failure("InternalError"))
    with pytest.raises(StoreUnavailable):
        DispatchQueue(lambda: watched, "https://sqs.test/q", clock).send([Dispatch("acme", "whk_1", "dlv_1")])
