"""An ASGI response that sends events as they come, heartbeats between them, and notices when its client leaves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from lambdas.bridge import sse

HEARTBEAT_SECONDS: Final = 15.0

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Batches = AsyncIterator[list[dict[str, Any]] | None]
"""Batches of envelopes; None when there was nothing for a while and a heartbeat is due."""


class EventStream:
    """`batches` are sent as they come; `leave` is called when the client goes before their end."""

    def __init__(
        self, batches: Batches, headers: Mapping[str, str], *, leave: Callable[[], None] = lambda: None
    ) -> None:
        self._batches = batches
        self._headers = {
            "content-type": sse.MEDIA_TYPE,
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            **headers,
        }
        self._leave = leave

    async def __call__(self, _scope: Any, receive: Receive, send: Send) -> None:
        """Serve it (ASGI)."""
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sending = asyncio.ensure_future(self._send_all(send))
        watching = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                self._leave()
            else:
                sending.result()
        finally:
            await _put_away(sending, watching)

    async def _send_all(self, send: Send) -> None:
        try:
            async for batch in self._batches:
                body = sse.HEARTBEAT if batch is None else sse.encode(batch)
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:  # how servers tell that the client left while something was being sent
            self._leave()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _put_away(*tasks: "asyncio.Future[None]") -> None:
    for task in tasks:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
