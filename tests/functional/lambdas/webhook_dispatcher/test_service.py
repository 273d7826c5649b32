"""Deliveries: attempted, tried again on schedule, given up, spared, disabled; and whatever is handed out twice."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks.webhooks
import svix.webhooks

from governance.webhooks.gate import FAILURES
from governance.webhooks.messages import Dispatch
from governance.webhooks.schedule import WAITS_SECONDS
from lambdas.webhook_dispatcher.models import Received
from platform_kit.clock import milliseconds
from tests.functional.moto_platform import table
from tests.webhook_world import Listener, World, due, listening, run_out, trial


@pytest.fixture
def hooked(world: World, listener: Listener) -> dict[str, Any]:
    """An endpoint that is active."""
    return world.register(f"{listener.origin}/hook")


def test_a_message_is_delivered_and_others_verify_it(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    world.clock.moment = datetime.now(UTC)
    begun = trial(world, hooked["webhookId"])
    assert world.deliver() == 1
    (message,) = listener.messages()
    for library in (standardwebhooks.webhooks, svix.webhooks):
        library.Webhook(hooked["secret"]).verify(message["body"], message["headers"])
    assert message["headers"]["webhook-id"] == begun["eventId"] == message["json"]["id"]
    (log,) = world.log(hooked["webhookId"])
    assert (log["status"], log["attempts"][0]["status"], log["body"]) == ("succeeded", 200, message["body"].decode())
    assert world.queue.queued == []


def test_after_a_rotation_both_secrets_verify_what_is_delivered(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    world.clock.moment = datetime.now(UTC)
    rotated = world.call("POST /v1/webhooks/{id}/rotate-secret", path={"id": hooked["webhookId"]}, body={})
    trial(world, hooked["webhookId"])
    world.deliver()
    (message,) = listener.messages()
    for secret in (hooked["secret"], rotated.json["secret"]):
        assert standardwebhooks.webhooks.Webhook(secret).verify(message["body"], message["headers"])


def test_eight_attempts_on_schedule_and_then_it_has_failed(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status, listener.body = 500, b'{"error":"down","token":"tok42"}'
    trial(world, hooked["webhookId"])
    waits = [wait for wait in run_out(world) if wait >= 0]
    assert len(listener.messages()) == 8
    ids = {one["headers"]["webhook-id"] for one in listener.messages()}
    bodies = {one["body"] for one in listener.messages()}
    assert (len(ids), len(bodies)) == (1, 1)
    assert sum(waits) == pytest.approx(sum(WAITS_SECONDS), abs=3600)
    (log,) = world.log(hooked["webhookId"])
    assert (log["status"], log["failure"], len(log["attempts"])) == ("failed", "every attempt failed", 8)
    assert [one["number"] for one in log["attempts"]] == list(range(1, 9))
    assert "tok42" not in json.dumps(log["attempts"])
    assert "tok42" not in json.dumps(table("runs").scan()["Items"], default=str)


def test_an_endpoint_that_comes_back_is_served(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    listener.status = 503
    trial(world, hooked["webhookId"])
    world.deliver()
    assert world.shown(hooked["webhookId"])["failingSince"]
    listener.status = 204
    run_out(world)
    (log,) = world.log(hooked["webhookId"])
    assert (log["status"], len(log["attempts"])) == ("succeeded", 2)
    assert "failingSince" not in world.shown(hooked["webhookId"])


def test_a_message_that_comes_too_early_is_sent_on(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    trial(world, hooked["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued[:] = [one.moved(due_ms=milliseconds(world.clock.now()) + 60_000)]
    world.deliver()
    assert (len(world.queue.queued), listener.messages()) == (1, [])


def test_of_a_hundred_copies_of_a_message_one_is_sent(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    trial(world, hooked["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued.clear()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: world.dispatcher.take(Received("m", one, n > 50)), range(100)))
    assert len(listener.messages()) == 1
    assert len(world.log(hooked["webhookId"])[0]["attempts"]) == 1


def test_copies_of_an_older_attempt_do_nothing(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    listener.status = 500
    trial(world, hooked["webhookId"])
    (first,) = world.queue.queued
    world.deliver()
    following = list(world.queue.queued)
    world.dispatcher.take(Received("m", first, again=False))
    assert (len(listener.messages()), world.queue.queued) == (1, following)


def test_who_died_before_queueing_the_next_attempt_is_made_up_for(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status = 500
    trial(world, hooked["webhookId"])
    (first,) = world.queue.queued
    world.deliver()
    world.queue.queued.clear()  # the process died here
    world.dispatcher.take(Received("m", first, again=True))
    assert [(one.attempt, one.round) for one in world.queue.queued] == [(2, 1)]


def test_who_died_while_sending_is_made_up_for_once_its_claim_has_ended(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    trial(world, hooked["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued.clear()
    deliveries = world.dispatcher.desk("acme").deliveries  # type: ignore[arg-type] # a tenant's id
    record = deliveries.get(one.webhook_id, one.delivery_id)
    deliveries.claim(record, "dead", milliseconds(world.clock.now()))
    world.dispatcher.take(Received("m", one, again=True))
    assert listener.messages() == []
    run_out(world)
    assert len(listener.messages()) == 1


def test_a_2xx_is_taken_however_long_the_answer_is(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    listener.body = b"x" * 300_000
    trial(world, hooked["webhookId"])
    world.deliver()
    (log,) = world.log(hooked["webhookId"])
    assert (log["status"], world.queue.queued) == ("succeeded", [])
    assert log["attempts"][0]["response"]["bytes"] == 64 * 1024


def test_a_gone_endpoint_is_disabled_at_once(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    listener.status = 410
    trial(world, hooked["webhookId"])
    world.deliver()
    shown = world.shown(hooked["webhookId"])
    assert (shown["status"], shown["disabledReason"]) == ("disabled", "gone")
    assert world.log(hooked["webhookId"])[0]["status"] == "failed"
    assert world.queue.queued == []
    actions = [entry["action"] for entry in world.audit().list(limit=100).entries]
    assert actions[-1] == "webhook.disabled"


def test_an_endpoint_that_moved_meanwhile_is_not_gone(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    """The old URL answers 410 while somebody gives another one, which meets its challenge."""

    def moves(handler: Any, _body: bytes) -> None:
        version = {"if-match": f'"{hooked["version"]}"'}
        body = {"url": f"{listener.origin}/new"}
        moved = world.call("PATCH /v1/webhooks/{id}", path={"id": hooked["webhookId"]}, body=body, headers=version)
        assert moved.json["status"] == "active"
        handler.send_error(410)

    trial(world, hooked["webhookId"])
    listener.act = moves
    world.deliver()
    assert world.shown(hooked["webhookId"])["status"] == "active"


def test_an_endpoint_that_fails_for_five_days_is_disabled_and_one_that_recovers_in_between_is_not(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status = 500
    for _ in range(4):
        trial(world, hooked["webhookId"])
        run_out(world)
    assert world.shown(hooked["webhookId"])["status"] == "active"
    world.clock.advance(days=1)
    trial(world, hooked["webhookId"])
    world.deliver()
    shown = world.shown(hooked["webhookId"])
    assert (shown["status"], shown["disabledReason"]) == ("disabled", "failing")


def test_what_is_on_its_way_to_an_endpoint_that_is_switched_off_or_removed_is_given_up(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status = 500
    begun = world.call("POST /v1/webhooks/{id}/test", path={"id": hooked["webhookId"]}).json
    world.deliver()
    version = {"if-match": f'"{world.shown(hooked["webhookId"])["version"]}"'}
    world.call("DELETE /v1/webhooks/{id}", path={"id": hooked["webhookId"]}, headers=version)
    run_out(world)
    found = table("runs").get_item(
        Key={"pk": f"TENANT#acme#DELIVERY#{hooked['webhookId']}", "sk": begun["deliveryId"]}
    )["Item"]
    assert (found["status"], found["failure"]) == ("failed", "the endpoint was removed")
    assert len(listener.messages()) == 1


@pytest.mark.parametrize("status", ["deleting", "deleted", "failed", None])
def test_nothing_is_sent_for_a_tenant_that_is_no_more(
    world: World, listener: Listener, hooked: dict[str, Any], status: str | None
) -> None:
    trial(world, hooked["webhookId"])
    if status is None:
        table("control").delete_item(Key={"pk": "TENANT#platform#TENANT", "sk": "acme"})
    else:
        world.put_tenant("acme", status=status)
    world.deliver()
    assert (listener.messages(), world.queue.queued) == ([], [])


def test_a_suspended_tenant_hears_of_it(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    trial(world, hooked["webhookId"])
    world.put_tenant("acme", status="suspended")
    world.deliver()
    assert len(listener.messages()) == 1


def test_a_dead_endpoint_is_spared_and_its_messages_lose_no_attempt(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status = 500
    for _ in range(FAILURES):
        trial(world, hooked["webhookId"])
        world.deliver()
        world.queue.queued.clear()
    assert world.shown(hooked["webhookId"])["circuit"] == "open"
    begun = trial(world, hooked["webhookId"])
    world.deliver()
    assert len(listener.messages()) == FAILURES
    assert due(world) >= timedelta(seconds=29)
    (log,) = [one for one in world.log(hooked["webhookId"]) if one["deliveryId"] == begun["deliveryId"]]
    assert (log["attempt"], log["attempts"]) == (1, [])
    listener.status = 200
    run_out(world)
    assert world.shown(hooked["webhookId"])["circuit"] == "closed"


def test_one_dead_endpoint_slows_nobody(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    """A batch of ten, half of it for an endpoint that says nothing: the other half arrives before that is given up."""
    released = threading.Event()
    with listening() as dead:
        world.outbound._allowed |= {dead.origin}
        other = world.register(f"{dead.origin}/dead")
        dead.act = lambda handler, _body: handler.send_error(500) if released.wait(30) else None
        for webhook_id in (other["webhookId"], hooked["webhookId"]) * 5:
            trial(world, webhook_id)
        taken, world.queue.queued[:] = list(world.queue.queued), []
        with ThreadPoolExecutor(10) as threads:
            done = [threads.submit(world.dispatcher.take, Received("m", one, again=False)) for one in taken]
            served = [
                one for one, dispatch in zip(done, taken, strict=True) if dispatch.webhook_id != other["webhookId"]
            ]
            finished, late = wait(served, timeout=12)
            assert (len(finished), late) == (5, set())
            assert not released.is_set()
            released.set()
    assert len(listener.messages()) == 5
    assert [one.exception() for one in done] == [None] * 10


def test_a_message_that_names_nothing_there_is_does_nothing(world: World, listener: Listener) -> None:
    for message in (Dispatch("acme", "whk_" + "0" * 32, "dlv_" + "0" * 32), Dispatch("nobody", "whk_1", "dlv_1")):
        world.dispatcher.take(Received("m", message, again=True))
    assert (listener.seen, world.queue.queued) == ([], [])
