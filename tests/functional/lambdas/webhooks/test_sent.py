"""What was sent: looked at, tested, begun again."""

from typing import Any

import pytest

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
