"""URLs that would make the platform send events to itself: at registration, and afterwards, when a name has moved.

Every attack is counted by a listener on this machine: whatever is asked for, nothing may connect to it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from platform_kit import timed_socket
from platform_kit.ids import new_id
from platform_kit.outbound import Outbound
from tests.functional.moto_platform import platform_on_moto, table
from tests.guarded_door import PUBLIC, Names
from tests.security.test_outbound_attacks import INNER, SPELT, WRITTEN
from tests.stores import HandClock
from tests.webhook_world import Listener, World, listening

INTERNAL = {
    "ECS credentials": "http://169.254.170.2/v2/credentials",
    "ECS metadata by TLS": "https://169.254.170.2/v4/metadata",
    "EKS credentials": "https://169.254.170.23/v1/credentials",
    "EKS credentials in IPv6": "https://[fd00:ec2::23]/v1/credentials",
    "Lambda's runtime API": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "Lambda's telemetry": "http://sandbox.localdomain:4243/",
    "Lambda's host": "https://169.254.100.1/",
    "Lambda's resolver": "https://169.254.78.1/",
    "the VPC's resolver": "https://10.0.0.2/",
    "Amazon's time service": "https://169.254.169.123/",
    "Amazon's resolver": "https://169.254.169.253/",
    "the local AWS endpoint": "http://127.0.0.1:4566/_aws",
    "metadata translated by NAT64": "https://[64:ff9b::a9fe:a9fe]/",
    "metadata in 6to4": "https://[2002:a9fe:a9fe::]/latest/meta-data/",
    "metadata mapped, in hexadecimal": "https://[::ffff:a9fe:a9fe]/",
}
ATTACKS = {**SPELT, **{name: url for name, url in WRITTEN.items() if isinstance(url, str)}, **INTERNAL}
pytestmark = pytest.mark.family("ssrf")


@pytest.fixture
def listener() -> Iterator[Listener]:
    """On loopback; nothing may come."""
    with listening() as found:
        yield found
        assert (found.connections, found.seen) == (0, [])


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, listener: Listener) -> list[tuple[str, int]]:
    """Every connection that is tried, wherever to; each would reach the listener."""
    tried: list[tuple[str, int]] = []
    real = timed_socket.socket.create_connection

    def create(address: tuple[str, int], seconds: float) -> Any:
        tried.append(address)
        return real(("127.0.0.1", int(listener.origin.rpartition(":")[2])), seconds)

    monkeypatch.setattr(timed_socket.socket, "create_connection", create)
    return tried


@pytest.fixture(scope="module")
def resolver() -> Names:
    return Names([PUBLIC])


@pytest.fixture
def names(resolver: Names) -> Names:
    """A name service that says of every name that it is public."""
    resolver._answers[:] = [[PUBLIC]]
    return resolver


@pytest.fixture(scope="module")
def tables(resolver: Names) -> Iterator[World]:
    """One platform for all attacks: none of them leaves anything behind."""
    with pytest.MonkeyPatch.context() as patch, platform_on_moto(patch):
        yield World(HandClock(), Outbound(resolve=resolver.resolve))


@pytest.fixture
def world(tables: World, names: Names) -> Iterator[World]:
    assert names.asked is not None
    yield tables
    tables.queue.queued.clear()
    for item in tables.call("GET /v1/webhooks").json["items"]:
        table("control").delete_item(Key={"pk": "TENANT#acme#WEBHOOK", "sk": item["webhookId"]})


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("url", ATTACKS.values(), ids=list(ATTACKS))
def test_no_attack_is_registered(world: World, wire: list[tuple[str, int]], url: str) -> None:
    answer = world.call("POST /v1/webhooks", body={"url": url, "events": ["*"]})
    assert answer.status in {400, 422}, answer.json
    assert any(error["pointer"] == "/url" for error in answer.json["errors"])
    assert (wire, world.call("GET /v1/webhooks").json["items"]) == ([], [])


@pytest.mark.parametrize("address", INNER)
def test_no_name_of_an_inner_address_is_registered(world: World, wire: list[Any], names: Names, address: str) -> None:
    names._answers[:] = [[PUBLIC, address]]
    answer = world.call("POST /v1/webhooks", body={"url": "https://hook.test/", "events": ["*"]})
    assert (answer.status, wire) == (422, [])


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_moves_between_the_check_and_the_challenge_is_not_reached(
    world: World, wire: list[Any], names: Names, address: str
) -> None:
    names._answers[:] = [[PUBLIC], [address]]
    answer = world.call("POST /v1/webhooks", body={"url": "https://hook.test/", "events": ["*"]})
    assert (answer.status, answer.json["status"], wire) == (201, "pending", [])
    assert "address not public" in answer.json["challengeFailure"]


def planted(world: World, url: str) -> str:
    """An endpoint that is active at a URL that no registration lets through: as if it had been harmless then."""
    webhook_id = new_id("whk")
    secret = [{"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "createdAt": 1}]
    item = {"pk": "TENANT#acme#WEBHOOK", "sk": webhook_id, "webhookId": webhook_id, "url": url, "status": "active"}
    texts = {"secrets": json.dumps(secret), "events": '["*"]', "createdBy": "x", "createdAt": "x", "updatedAt": "x"}
    table("control").put_item(Item={**item, **texts, "etag": 1})
    return webhook_id


@pytest.mark.parametrize("url", ATTACKS.values(), ids=list(ATTACKS))
def test_no_attack_is_delivered_to(world: World, wire: list[tuple[str, int]], url: str) -> None:
    webhook_id = planted(world, url)
    assert world.call("POST /v1/webhooks/{id}/test", path={"id": webhook_id}).status == 202
    world.deliver()
    (log,) = world.log(webhook_id)
    assert (wire, log["attempts"][0]["status"], "response" in log["attempts"][0]) == ([], 0, False)


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_has_moved_inside_is_not_delivered_to(
    world: World, wire: list[tuple[str, int]], names: Names, address: str
) -> None:
    names._answers[:] = [[address]]
    webhook_id = planted(world, "https://hook.test/")
    world.call("POST /v1/webhooks/{id}/test", path={"id": webhook_id})
    world.deliver()
    assert (wire, world.log(webhook_id)[0]["attempts"][0]["error"]) == ([], "address not public")


def test_a_redirect_inside_is_not_followed(tables: World) -> None:
    with listening() as inner, listening() as outer:
        assert tables.queue.queued == []
        world = World(HandClock(), Outbound(frozenset({outer.origin, inner.origin})))
        made = world.register(f"{outer.origin}/hook")
        for status in (301, 302, 303, 307, 308):
            outer.status, outer.headers = status, {"location": f"{inner.origin}/latest/meta-data/"}
            world.call("POST /v1/webhooks/{id}/test", path={"id": made["webhookId"]})
            world.deliver()
            world.queue.queued.clear()
        table("control").delete_item(Key={"pk": "TENANT#acme#WEBHOOK", "sk": made["webhookId"]})
        assert (inner.connections, len(outer.messages())) == (0, 5)


def test_a_tenant_cannot_say_what_its_stage_permits(world: World, wire: list[Any], listener: Listener) -> None:
    for more in ("outboundAllow", "webhookAllow", "allow", "resolve"):
        body = {"url": f"{listener.origin}/x", "events": ["*"], more: listener.origin}
        assert world.call("POST /v1/webhooks", body=body).status == 400
    assert wire == []
