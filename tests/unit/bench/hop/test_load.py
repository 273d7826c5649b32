import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.hop.load import Asking, Unexpected, ask, fetch, rate
from bench.hop.upstream import TEXT, serve


@asynccontextmanager
async def listening(answer: bytes | None = None) -> AsyncIterator[int]:
    """The upstream, or a server that gives this answer to the first request of each connection."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer or b"")
        writer.close()

    server = await asyncio.start_server(once if answer else serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def asking(port: int) -> Asking:
    return Asking(port, "/v1/chat/completions", "token", {"model": "small", "messages": []})


def test_a_request_carries_its_token_and_the_length_of_its_body() -> None:
    head, _, body = asking(80).raw().decode().partition("\r\n\r\n")
    assert "authorization: Bearer token" in head
    assert f"content-length: {len(body)}" in head
    assert json.loads(body) == {"model": "small", "messages": []}


async def test_the_upstream_answers_in_openais_shape() -> None:
    async with listening() as port:
        answer = json.loads(await ask(asking(port)))
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": TEXT}
    assert answer["usage"]["total_tokens"] == 40


async def test_answers_are_counted_for_as_long_as_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr("bench.hop.load.time.perf_counter", lambda: float(next(ticks)))
    async with listening() as port:
        # begun is 0 + 2; asked at 1, at 2 and so on up to 11: those of 2 to 11 count
        assert await rate(asking(port), 1, 10.0, warm=2.0) == 1.0


async def test_an_answer_that_is_no_200_stops_the_measurement() -> None:
    async with listening(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}") as port:
        with pytest.raises(Unexpected, match=r"401 Unauthorized: b'\{\}'"):
            await rate(asking(port), 1, 1.0, warm=0.0)


async def test_a_path_is_fetched() -> None:
    async with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntoken") as port:
        assert await fetch(port, "/token") == b"token"
