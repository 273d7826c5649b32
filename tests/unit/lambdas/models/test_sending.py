"""Pieces on their way to a client that is slow, leaves, or stays."""

import asyncio
import threading
from collections.abc import Generator
from typing import Any

import pytest

from lambdas.models import sending
from lambdas.models.sending import DONE, HEARTBEAT, Channel, PieceStream, encoded, lead
from model_gateway.errors import StreamCut


class Pieces:
    """A stream of pieces; whether it was closed."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count, self.failure, self.given = count, failure, 0
        self.closed = threading.Event()

    def run(self) -> Generator[dict[str, Any]]:
        try:
            for number in range(self.count):
                self.given += 1
                yield {"n": number}
            if self.failure is not None:
                raise self.failure
        finally:
            self.closed.set()


async def served(pieces: Pieces, *, leave_after: int | None = None) -> list[bytes]:
    """The bodies that a client gets; it leaves after so many of them."""
    sent: list[bytes] = []
    left = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            sent.append(message["body"])
            if leave_after is not None and len(sent) >= leave_after:
                left.set()
                await asyncio.Event().wait()

    await PieceStream(pieces.run(), {})({}, receive, send)
    return sent


async def test_pieces_are_sent_in_order_and_then_done() -> None:
    pieces = Pieces(200)

    assert await served(pieces) == [*(encoded({"n": number}) for number in range(200)), DONE]


async def test_a_failure_is_the_last_event_and_no_done_follows() -> None:
    sent = await served(Pieces(1, StreamCut("it broke off")))

    assert len(sent) == 2
    assert b"stream_cut" in sent[-1]


async def test_a_failure_nobody_foresaw_says_nothing_of_itself() -> None:
    sent = await served(Pieces(0, ZeroDivisionError("secret")))

    assert b"secret" not in sent[-1]
    assert b"INTERNAL" in sent[-1]


async def test_when_the_client_leaves_the_pieces_are_closed_and_no_more_are_read() -> None:
    pieces = Pieces(1_000_000)

    await served(pieces, leave_after=2)

    assert await asyncio.to_thread(pieces.closed.wait, 10)
    assert pieces.given < 1_000


async def test_a_slow_client_holds_the_leader_back() -> None:
    channel, pieces = Channel(asyncio.get_running_loop(), capacity=3), Pieces(100)
    leader = threading.Thread(target=lead, args=(pieces.run(), channel))
    leader.start()

    assert await channel.next() == encoded({"n": 0})
    assert pieces.given <= 6
    channel.leave()
    await asyncio.to_thread(leader.join, 10)
    assert pieces.closed.is_set()


@pytest.fixture
async def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "HEARTBEAT_SECONDS", 0.01)


@pytest.mark.usefixtures("impatient")
async def test_silence_is_filled_with_heartbeats() -> None:
    channel = Channel(asyncio.get_running_loop())

    assert await channel.next() == HEARTBEAT
    channel.close()
    assert await channel.next() is None


def test_half_a_surrogate_pair_breaks_nothing() -> None:
    assert encoded({"a": "\ud800"}).startswith(b"data: ")
