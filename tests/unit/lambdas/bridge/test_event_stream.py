import asyncio
from collections.abc import AsyncIterator
from typing import Any

from lambdas.bridge import sse
from lambdas.bridge.event_stream import EventStream

EVENT = {"seq": 1, "stream": "assistant", "payload": {}}


class Wire:
    """What the server was sent, and a client that stays unless told to leave."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.leaves = asyncio.Event()
        self.broken = False

    async def send(self, message: Any) -> None:
        if self.broken:
            raise OSError("gone")
        self.sent.append(message)

    async def receive(self) -> Any:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def given(*batches: list[dict[str, Any]] | None) -> AsyncIterator[list[dict[str, Any]] | None]:
    for batch in batches:
        yield batch


async def test_events_and_heartbeats_are_sent_and_the_body_is_ended() -> None:
    wire = Wire()
    await EventStream(given([EVENT], None, [EVENT]), {"x-request-id": "r"})({}, wire.receive, wire.send)
    assert wire.body == sse.encode([EVENT]) + sse.HEARTBEAT + sse.encode([EVENT])
    assert wire.sent[-1]["more_body"] is False
    headers = dict(wire.sent[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert (headers[b"cache-control"], headers[b"x-request-id"]) == (b"no-store", b"r")


async def test_a_client_that_leaves_is_noticed_while_nothing_happens() -> None:
    wire, left = Wire(), []
    silence = asyncio.Event()

    async def quiet() -> AsyncIterator[list[dict[str, Any]] | None]:
        yield [EVENT]
        await silence.wait()

    serving = asyncio.ensure_future(EventStream(quiet(), {}, leave=lambda: left.append(1))({}, wire.receive, wire.send))
    await asyncio.sleep(0)
    wire.leaves.set()
    await asyncio.wait_for(serving, 5)
    assert left == [1]


async def test_a_client_that_stays_to_the_end_has_not_left() -> None:
    wire, left = Wire(), []
    await EventStream(given([EVENT]), {}, leave=lambda: left.append(1))({}, wire.receive, wire.send)
    assert left == []


async def test_a_send_that_fails_means_the_client_left() -> None:
    wire, left = Wire(), []

    async def breaking() -> AsyncIterator[list[dict[str, Any]] | None]:
        wire.broken = True
        yield [EVENT]

    await EventStream(breaking(), {}, leave=lambda: left.append(1))({}, wire.receive, wire.send)
    assert left == [1]
