"""What was sent: looked at, tested, begun again."""

from typing import Any

import pytest

from platform_kit.clock import milliseconds
from tests.webhook_world import Listener, World, run_out, trial


@pytest.fixture
def hooked(world: World, listener: Listener) -> dict[str, Any]:
    """An endpoint that is active."""
    return world.register(f"{listener.origin}/hook")


def test_a_delivery_that_failed_is_sent_once_more_under_the_same_id(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status = 400
    begun = trial(world, hooked["webhookId"])
    path = {"id": hooked["webhookId"], "deliveryId": begun["deliveryId"]}
    early = world.call("POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", path=path)
    run_out(world)
    listener.status = 200
    again = world.call("POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", path=path)
    run_out(world)
    assert (early.status, again.status, again.json["round"]) == (409, 202, 2)
    (log,) = world.log(hooked["webhookId"])
    assert (log["status"], len(log["attempts"]), log["attempts"][-1]["round"]) == ("succeeded", 9, 2)
    assert len({one["headers"]["webhook-id"] for one in listener.messages()}) == 1


def test_all_that_failed_since_a_moment_is_sent_once_more(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    listener.status = 400
    for _ in range(3):
        trial(world, hooked["webhookId"])
        run_out(world)
        world.clock.advance(minutes=1)
    since = world.log(hooked["webhookId"])[1]["createdAt"]
    listener.status = 200
    path = {"id": hooked["webhookId"]}
    answer = world.call("POST /v1/webhooks/{id}/redeliver", path=path, body={"since": since})
    assert (answer.status, len(answer.json["items"]), answer.json["more"]) == (202, 2, False)
    run_out(world)
    assert [one["status"] for one in world.log(hooked["webhookId"])] == ["succeeded", "succeeded", "failed"]
    assert world.call("POST /v1/webhooks/{id}/redeliver", path=path, body={"since": "yesterday"}).status == 422


def test_what_was_begun_and_never_queued_can_be_begun_once_more(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    begun = trial(world, hooked["webhookId"])
    path = {"id": hooked["webhookId"], "deliveryId": begun["deliveryId"]}
    route = "POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver"
    run_out(world)
    assert world.call(route, path=path).status == 202
    world.queue.queued.clear()  # the process died here
    assert world.call(route, path=path).status == 409
    world.clock.advance(minutes=31)
    assert (world.call(route, path=path).status, world.call(route, path=path).status) == (202, 202)
    run_out(world)
    assert [one["status"] for one in world.log(hooked["webhookId"])] == ["succeeded"]
    assert len(listener.messages()) == 2


def test_a_round_that_is_begun_anew_waits_for_no_claim_of_the_one_before(
    world: World, listener: Listener, hooked: dict[str, Any]
) -> None:
    """Somebody is at an attempt still while another gives the delivery up, and it is begun again."""
    begun = trial(world, hooked["webhookId"])
    (dispatch,) = world.queue.queued
    world.queue.queued.clear()
    deliveries = world.dispatcher.desk("acme").deliveries  # type: ignore[arg-type] # a tenant's id
    record = deliveries.get(dispatch.webhook_id, dispatch.delivery_id)
    deliveries.claim(record, "busy", milliseconds(world.clock.now()))
    deliveries.give_up(record, "the endpoint is disabled", "2026-01-01T00:00:00.000Z")
    path = {"id": hooked["webhookId"], "deliveryId": begun["deliveryId"]}
    world.call("POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", path=path)
    run_out(world)
    assert deliveries.settle(record, "busy", [], {"status": "failed"}) is False
    assert [one["status"] for one in world.log(hooked["webhookId"])] == ["succeeded"]


@pytest.mark.parametrize("status", ["pending", "disabled"])
def test_an_endpoint_that_is_not_active_is_sent_no_test(world: World, listener: Listener, status: str) -> None:
    """Else anybody's server could be sent messages that its owner never asked for."""
    listener.shy = True
    made = world.register(f"{listener.origin}/somebody-elses")
    if status == "disabled":
        off = {"if-match": f'"{made["version"]}"'}
        world.call("PATCH /v1/webhooks/{id}", path={"id": made["webhookId"]}, body={"status": status}, headers=off)
    answer = world.call("POST /v1/webhooks/{id}/test", path={"id": made["webhookId"]})
    assert (answer.status, world.queue.queued, listener.messages()) == (409, [], [])


def test_the_delivery_log_pages_and_filters(world: World, listener: Listener, hooked: dict[str, Any]) -> None:
    made = [trial(world, hooked["webhookId"])["deliveryId"] for _ in range(5)]
    world.deliver()
    path = {"id": hooked["webhookId"]}
    route, seen, cursor = "GET /v1/webhooks/{id}/deliveries", [], {}
    while True:
        page = world.call(route, path=path, query={"limit": "2", **cursor}).json
        seen += [one["deliveryId"] for one in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert sorted(seen) == sorted(made)
    assert world.log(hooked["webhookId"], status="failed") == []
    assert world.call(route, path=path, query={"status": "odd"}).status == 400
    assert world.call(route, path=path, query={"cursor": "forged"}).status == 400
