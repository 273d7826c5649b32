"""An answer in pieces as server-sent events (ASGI), led by a thread of its own.

The thread reads the provider; the event loop sends. While the client is slow the thread waits and so does the provider;
when the client leaves, the pieces are closed, which settles what was used.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from lambdas.models import errors
from lambdas.models.replays import Pieces
from platform_kit import problem
from platform_kit.errors import AmbitError
from platform_kit.observability import count, logger

HEARTBEAT_SECONDS: Final = 15.0
HEARTBEAT: Final = b": heartbeat\n\n"
DONE: Final = b"data: [DONE]\n\n"
_CAPACITY: Final = 64
_LOOK_UP_SECONDS: Final = 0.25

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def encoded(piece: Mapping[str, Any]) -> bytes:
    """One event."""
    return f"data: {json.dumps(piece, ensure_ascii=False, separators=(',', ':'))}\n\n".encode("utf-8", "replace")


class Channel:
    """From the leading thread to the event loop, with room for a bounded backlog."""

    def __init__(self, loop: asyncio.AbstractEventLoop, capacity: int = _CAPACITY) -> None:
        self._loop = loop
        self._room = threading.BoundedSemaphore(capacity)
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._left = threading.Event()

    def put(self, event: bytes) -> bool:
        """Hand an event over, waiting while the client is slow; False when the client is gone."""
        while not self._left.is_set():
            if self._room.acquire(timeout=_LOOK_UP_SECONDS):
                self._hand_over(event)
                return True
        return False

    def close(self) -> None:
        """Nothing follows."""
        self._hand_over(None)

    def leave(self) -> None:
        """The client is gone."""
        self._left.set()

    async def next(self) -> bytes | None:
        """The next event, a heartbeat when there is none for a while, None at the end."""
        try:
            event = await asyncio.wait_for(self._queue.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return HEARTBEAT
        if event is not None:
            self._room.release()
        return event

    def _hand_over(self, event: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server went down first
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)


def lead(pieces: Pieces, channel: Channel) -> None:
    """Read the pieces to their end, or until the client is gone. A failure is the last event: no `[DONE]` follows."""
    try:
        with contextlib.closing(pieces):
            for piece in pieces:
                if not channel.put(encoded(piece)):
                    return
        channel.put(DONE)
    except AmbitError as error:
        channel.put(encoded(errors.body(error)))
    except Exception:  # noqa: BLE001 - a thread has nobody above it
        logger().exception("unexpected failure")
        count("UnexpectedFailure", function="models")
        channel.put(encoded(errors.body(problem.unexpected())))
    finally:
        channel.close()


class PieceStream:
    """An ASGI response that sends pieces as they come and notices when its client leaves."""

    def __init__(self, pieces: Pieces, headers: Mapping[str, str]) -> None:
        self._pieces = pieces
        own = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
        }
        self._headers = {**own, **headers}

    async def __call__(self, _scope: Any, receive: Receive, send: Send) -> None:
        """Serve it (ASGI)."""
        channel = Channel(asyncio.get_running_loop())
        threading.Thread(target=lead, args=(self._pieces, channel), name="model-stream", daemon=True).start()
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sending = asyncio.ensure_future(_send_all(channel, send))
        watching = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            channel.leave()
            await _put_away(sending, watching)


async def _send_all(channel: Channel, send: Send) -> None:
    with contextlib.suppress(OSError):  # how servers tell that the client left while something was being sent
        while (event := await channel.next()) is not None:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _put_away(*tasks: "asyncio.Future[None]") -> None:
    for task in tasks:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
