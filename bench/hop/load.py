"""Load: so many connections to one server, each asking again as soon as it is answered. HTTP/1.1, known lengths.

It does little, so that what is measured is the server: no parsing beyond status and length.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, Final

PATIENCE_SECONDS: Final = 60.0


class Unexpected(Exception):
    """A server answered with something else than 200."""


@dataclass(frozen=True)
class Asking:
    """What is asked of which server on loopback."""

    port: int
    path: str
    token: str
    body: dict[str, Any]

    def raw(self) -> bytes:
        """The request, head and body."""
        content = json.dumps(self.body).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self.token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content


async def ask(asking: Asking) -> bytes:
    """The body of one answer; Unexpected, OSError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", asking.port)
    try:
        writer.write(asking.raw())
        return await _answer(reader)
    finally:
        writer.close()


async def fetch(port: int, path: str) -> bytes:
    """The body at a path."""
    return await ask(Asking(port, path, "", {}))


async def rate(asking: Asking, connections: int, seconds: float, *, warm: float = 1.0) -> float:
    """Answers a second, counted after so many seconds of warming up."""
    begun = time.perf_counter() + warm
    until = begun + seconds
    counts = await asyncio.gather(*(_connection(asking, begun, until) for _ in range(connections)))
    return sum(counts) / seconds


async def _connection(asking: Asking, begun: float, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", asking.port)
    raw, counted = asking.raw(), 0
    try:
        while (now := time.perf_counter()) < until:
            writer.write(raw)
            await _answer(reader)
            counted += begun <= now
    finally:
        writer.close()
    return counted


async def _answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE_SECONDS):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.split("\r\n")
        names = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(names["content-length"]))
    if status.split()[1] != "200":
        raise Unexpected(f"{status}: {body[:300]!r}")
    return body
