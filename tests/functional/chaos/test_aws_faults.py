"""AWS fails at the socket: it is tried again so many times and no more, and nothing is lost or done twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from data_access_lib.errors import StoreUnavailable
from data_access_lib.outgoing import DispatchQueue, EventBus
from data_access_lib.sessions import MAX_ATTEMPTS
from governance.webhooks.messages import Dispatch
from lambdas.webhook_dispatcher.models import Received
from platform_kit.ids import new_id
from tests.functional.bridge.conftest import INVOKE
from tests.functional.chaos.outages import LOST, UNREACHABLE, Outage
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.lambdas.event_publisher.test_service import ended
from tests.functional.moto_platform import Answer, client, event, person, table
from tests.functional.run_platform import budget, runs_on_moto
from tests.webhook_world import Listener, World, run_out, trial

pytestmark = pytest.mark.chaos("aws-faults")
DYNAMODB = ["ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError", UNREACHABLE]
CONTENDED = ("TransactionConflict", "ThrottlingError")
MOST_CALLS = 8 * MAX_ATTEMPTS
"""More than this of one operation for one request is not bounded."""
LARGE = {"input": "x", "context": {"act": "large", "bytes": 300_000}}


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuntime]:
    from lambdas.bridge import handler
    from lambdas.jobs import handler as jobs

    with runs_on_moto(monkeypatch) as fake:
        for each in (handler, jobs):
            each.build.cache_clear()
        yield fake
        for each in (handler, jobs):
            each.build.cache_clear()


@pytest.fixture
def invoke(runtime: FakeRuntime) -> Any:
    """Somebody who asks with a key."""
    from lambdas.bridge import handler

    def send(body: Any = None) -> Answer:
        sent = event(
            INVOKE,
            authorizer=person("acme"),
            path={"agent": "echo-agent"},
            body=body or {"input": "hello"},
            headers={"idempotency-key": "k-1"},
        )
        return Answer.of(handler.handle(sent, None))

    return send


def reap() -> None:
    """The leases of all runs are over, and the reaper has been."""
    from lambdas.jobs import handler

    for run in runs():
        place = {name: run[name] for name in ("pk", "sk")}
        expired: dict[str, Any] = {":x": 1}
        table("runs").update_item(Key=place, UpdateExpression="SET leaseUntil = :x", ExpressionAttributeValues=expired)
    handler.handle({"step": "reap", "tenantId": "acme"}, None)


def runs() -> list[dict[str, Any]]:
    return [item for item in table("runs").scan()["Items"] if "#RUN#" in item["pk"] and item["sk"] == "META"]


TRANSIENT = [
    *[("dynamodb", "TransactWriteItems", code) for code in (*DYNAMODB, "TransactionConflict", "ThrottlingError", LOST)],
    *[("dynamodb", "GetItem", code) for code in DYNAMODB],
    *[("s3", "PutObject", code) for code in ("SlowDown", "InternalError", "ServiceUnavailable", UNREACHABLE)],
    ("kms", "Sign", "ThrottlingException"),
]


@pytest.mark.parametrize(("service", "operation", "code"), TRANSIENT)
def test_what_fails_once_is_tried_again_and_nobody_notices(
    service: str, operation: str, code: str, invoke: Any, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Outage(service, operation, code, times=1).on(monkeypatch) as outage:
        answer = invoke(LARGE)
    assert (answer.status, outage.seen > 1) == (200, True), answer.json
    assert (len(runs()), len(runtime.calls), budget("acme")["reserved"]) == (1, 1, 0)
    assert invoke(LARGE).json == answer.json


LASTING = [
    *[("dynamodb", "TransactWriteItems", code) for code in (*DYNAMODB, "TransactionConflict", "ThrottlingError")],
    ("dynamodb", "GetItem", "ThrottlingException"),
    ("s3", "PutObject", "SlowDown"),
    ("kms", "Sign", "ThrottlingException"),
]


@pytest.mark.parametrize(("service", "operation", "code"), LASTING)
def test_what_fails_on_is_given_up_and_nothing_is_lost_once_it_is_over(
    service: str, operation: str, code: str, invoke: Any, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Outage(service, operation, code).on(monkeypatch) as outage:
        answer = invoke(LARGE)
    assert answer.status in ({409} if code in CONTENDED else {502, 503}), answer.json
    assert 1 < outage.seen <= MOST_CALLS
    assert sum(outage.pauses) < 25
    reap()
    assert budget("acme")["reserved"] == 0
    again = invoke(LARGE)
    assert again.status in {200, 502, 503}, again.json
    assert (len(runs()), len(runtime.calls) <= 1) == (1, True)


def dispatch(number: int = 1) -> Dispatch:
    return Dispatch("acme", f"whk_{number:032d}", f"dlv_{number:032d}")


@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceUnavailable", UNREACHABLE])
@pytest.mark.parametrize("times", [1, None])
def test_a_queue_that_fails_is_tried_again_or_said_to_be_out(
    times: int | None, code: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
    queue = DispatchQueue(lambda: client("sqs"), url, world.clock)
    with Outage("sqs", "SendMessage", code, times).on(monkeypatch) as outage:
        if times is None:
            with pytest.raises(StoreUnavailable):
                queue.send([dispatch()])
        else:
            queue.send([dispatch()])
    assert 1 < outage.seen <= 5
    waiting = client("sqs").receive_message(QueueUrl=url).get("Messages", [])
    assert len(waiting) == (0 if times is None else 1)


@pytest.mark.parametrize("code", ["ThrottlingException", UNREACHABLE])
def test_a_bus_that_fails_says_so(code: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from governance.events import PlatformEvent

    world.publisher.take([ended(world, jobId=new_id("job"))])
    (told,) = world.bus.put_events
    assert isinstance(told, PlatformEvent)
    bus = EventBus(lambda: client("events"), "ambit-test-events")
    with Outage("eventbridge", "PutEvents", code).on(monkeypatch) as outage, pytest.raises(StoreUnavailable):
        bus.put([told])
    assert 1 < outage.seen <= 5


class Failing:
    """A queue that is out for so many calls, in front of the world's."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        send = world.queue.send

        def out(dispatches: Any) -> None:
            self.calls += 1
            if self.calls <= times:
                raise StoreUnavailable
            send(dispatches)

        self.calls = 0
        monkeypatch.setattr(world.queue, "send", out)


def test_events_are_delivered_after_an_outage_of_the_queue(
    world: World, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream hands the record out again: what was made of it before the outage is queued then, once."""
    made = world.register(f"{listener.origin}/hook")
    record = ended(world, jobId=new_id("job"))
    Failing(world, monkeypatch, times=2)
    assert [world.publisher.take([record]) is None for _ in range(3)] == [False, False, True]
    run_out(world)
    assert len({one["headers"]["webhook-id"] for one in listener.messages()}) == len(listener.messages()) == 1
    assert [one["status"] for one in world.log(made["webhookId"])] == ["succeeded"]


def test_a_next_attempt_is_made_after_an_outage_of_the_queue(
    world: World, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.register(f"{listener.origin}/hook")
    trial(world, made["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued.clear()
    listener.status = 500
    Failing(world, monkeypatch, times=2)
    for again in (False, True):
        with pytest.raises(StoreUnavailable):
            world.dispatcher.take(Received("m", one, again=again))
    world.dispatcher.take(Received("m", one, again=True))
    listener.status = 200
    run_out(world)
    (log,) = world.log(made["webhookId"])
    assert ([each["status"] for each in log["attempts"]], log["status"]) == ([500, 200], "succeeded")


@pytest.mark.parametrize("operation", ["GetItem", "PutItem", "UpdateItem"])
def test_a_delivery_goes_on_after_an_outage_of_its_table(
    operation: str, world: World, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.register(f"{listener.origin}/hook")
    trial(world, made["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued.clear()
    with (
        Outage("dynamodb", operation, "ThrottlingException").on(monkeypatch),
        pytest.raises(Exception, match=r"store|told"),
    ):
        world.dispatcher.take(Received("m", one, again=False))
    world.clock.moment += timedelta(minutes=1)
    world.dispatcher.take(Received("m", one, again=True))
    run_out(world)
    (log,) = world.log(made["webhookId"])
    assert log["status"] == "succeeded"
    assert len({each["headers"]["webhook-id"] for each in listener.messages()}) == 1
