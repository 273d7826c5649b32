"""The door over real sockets, with a gateway that writes down what it is asked."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from scripts.local_platform.agent_host import gateway_door
from scripts.local_platform.agent_host.gateway_door import GatewayDoor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scripts.local_platform.agent_host.door_rules import Refusal

BEAT = "POST /v1/gateway/heartbeat HTTP/1.1"


class Through:
    """A door with a gateway behind it, and what was noted and asked."""

    def __init__(self, listener: socket.socket) -> None:
        self.port = listener.getsockname()[1]
        self.asked: list[httpx.Request] = []
        self.noted: list[str] = []
        self.answer = (200, {"content-type": "application/json"})
        self.down = False
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._gateway), base_url="http://gateway")
        self.door = GatewayDoor(client, self.port, ["run_1"], self._note)

    def _note(self, refusal: Refusal, _method: str, _target: str) -> None:
        self.noted.append(refusal.reason)

    async def _gateway(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        await request.aread()
        self.asked.append(request)
        status, headers = self.answer
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b'{"ok":true}'))

    async def send(self, head: str, body: bytes = b"", *, host: str | None = None) -> bytes:
        """All that is answered until the door hangs up."""
        lines = f"{head}\r\nHost: {host or f'127.0.0.1:{self.port}'}\r\n\r\n".encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(lines + body)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
async def through() -> AsyncIterator[Through]:
    listener = socket.create_server(("127.0.0.1", 0))
    over, found = asyncio.Event(), Through(listener)
    serving = asyncio.create_task(found.door.serve(listener, over))
    yield found
    over.set()
    await serving


async def test_a_call_of_the_gateway_passes_with_its_answer(through: Through) -> None:
    answer = await through.send(f"{BEAT}\r\nAuthorization: Bearer x\r\nContent-Length: 2", b"{}")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'{"ok":true}' in answer
    assert [(call.url.path, call.content, call.headers["authorization"]) for call in through.asked] == [
        ("/v1/gateway/heartbeat", b"{}", "Bearer x")
    ]


async def test_a_chunked_body_arrives_whole_and_framed_anew(through: Through) -> None:
    await through.send(f"{BEAT}\r\nTransfer-Encoding: chunked", b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
    assert through.asked[0].content == b"{}"
    assert "transfer-encoding" not in through.asked[0].headers


async def test_two_requests_on_one_connection_are_two_calls(through: Through) -> None:
    second = f"{BEAT}\r\nHost: 127.0.0.1:{through.port}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    answer = await through.send(f"{BEAT}\r\nContent-Length: 2", b"{}" + second)
    assert (answer.count(b"HTTP/1.1 200"), len(through.asked)) == (2, 2)


@pytest.mark.parametrize(
    ("head", "body", "reason"),
    [
        ("GET /v1/runs HTTP/1.1", b"", "not_a_gateway_route"),
        ("CONNECT 127.0.0.1:4566 HTTP/1.1", b"", "not_a_gateway_route"),
        (f"{BEAT}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n", "ambiguous_request"),
        (f"{BEAT}\r\nContent-Length: 2\r\nContent-Length: 3", b"{}", "malformed_request"),
        (f"{BEAT}\r\nContent-Length: 90", b"{", "malformed_request"),
        ("nonsense", b"", "malformed_request"),
    ],
)
async def test_what_may_not_pass_is_refused_noted_and_never_asked(
    through: Through, head: str, body: bytes, reason: str
) -> None:
    answer = await through.send(head, body)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"SANDBOX_" in answer
    assert (through.noted, through.asked) == ([reason], [])


async def test_after_a_refusal_nothing_more_is_read(through: Through) -> None:
    smuggled = f"{BEAT}\r\nHost: 127.0.0.1:{through.port}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    await through.send("GET /v1/runs HTTP/1.1", smuggled)
    assert through.asked == []


async def test_a_body_over_the_bound_is_refused(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_door, "MAX_BODY", 10)
    await through.send(f"{BEAT}\r\nContent-Length: 11", b"a" * 11)
    assert (through.noted, through.asked) == (["too_large"], [])


async def test_a_request_that_takes_too_long_is_given_up(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_door, "REQUEST_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", through.port)
    writer.write(f"{BEAT}\r\nHost: 127.0.0.1:{through.port}\r\nContent-Length: 5\r\n\r\n".encode())
    assert (await reader.read()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_a_gateway_that_is_down_is_said_to_be(through: Through) -> None:
    through.down = True
    answer = await through.send(f"{BEAT}\r\nContent-Length: 2", b"{}")
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"down" not in answer


async def test_a_redirect_is_handed_back_and_not_followed(through: Through) -> None:
    through.answer = (302, {"location": "http://169.254.169.254/"})
    answer = await through.send(f"{BEAT}\r\nContent-Length: 2", b"{}")
    assert answer.startswith(b"HTTP/1.1 302")
    assert len(through.asked) == 1


async def test_no_more_connections_than_the_bound_are_served(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_door, "MAX_CONNECTIONS", 1)
    _, first = await asyncio.open_connection("127.0.0.1", through.port)
    first.write(b"POST")
    await first.drain()
    with contextlib.suppress(ConnectionResetError):  # how the system says that nobody read what was sent
        assert await through.send(f"{BEAT}\r\nContent-Length: 2", b"{}") == b""
    first.close()
    assert through.asked == []


async def test_the_client_follows_no_redirect_and_asks_no_proxy() -> None:
    async with gateway_door.gateway_client("http://127.0.0.1:8080/v1/gateway") as client:
        assert (str(client.base_url), client.follow_redirects, client.trust_env) == (
            "http://127.0.0.1:8080",
            False,
            False,
        )
