"""Forwards a request to an upstream and its answer back, byte by byte as it comes.

When the client leaves, the upstream's connection is closed at once, so that an ASGI app behind it sees the
disconnect. A body over the limit is refused before it is forwarded.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from scripts.local_platform.edge.problems import TOO_LARGE, UNREACHABLE, Refused

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

BODY_LIMIT = 10 * 1024 * 1024  # API Gateway's payload limit, bytes
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer"}
    | {b"transfer-encoding", b"upgrade", b"host", b"content-length"}
)
SET_BY_US = (b"x-forwarded-", b"forwarded", b"x-amzn-", b"x-real-ip")

Headers = list[tuple[bytes, bytes]]


def no_cookies() -> CookieJar:
    """A jar that keeps nothing: one visitor's cookie must never travel with another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def source_ip(scope: Scope) -> str:
    """The address of the peer; what a client writes into headers does not count."""
    client = scope.get("client")
    return str(client[0]) if client else "127.0.0.1"


def outgoing_headers(scope: Scope) -> Headers:
    """The client's headers without hop-by-hop ones and without any that only an edge may set."""
    kept = [
        (name, value) for name, value in scope["headers"] if name not in HOP_BY_HOP and not name.startswith(SET_BY_US)
    ]
    return [*kept, (b"x-forwarded-for", source_ip(scope).encode()), (b"x-forwarded-proto", b"http")]


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole request body; Refused with 413 as soon as it is known to be too large."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > BODY_LIMIT:
        raise Refused(TOO_LARGE)
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise Refused(TOO_LARGE)
        if not message.get("more_body"):
            return bytes(body)


def target_url(base: str, scope: Scope) -> httpx.URL:
    """The upstream URL for this request, its path and query exactly as they came."""
    raw = scope.get("raw_path") or scope["path"].encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    url = httpx.URL(base)
    return url.copy_with(raw_path=url.raw_path.rstrip(b"/") + raw + query)


async def forward(
    client: httpx.AsyncClient,
    base: str,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    body: bytes,
    headers: Headers,
    added: Headers,
) -> None:
    """Send the request on and stream the answer; `added` are response headers, replacing the upstream's own."""
    request = client.build_request(scope["method"], target_url(base, scope), headers=headers, content=body)
    relay = asyncio.create_task(_relay(client, request, send, added))
    left = asyncio.create_task(_client_left(receive))
    await asyncio.wait({relay, left}, return_when=asyncio.FIRST_COMPLETED)
    left.cancel()
    if not relay.done():
        relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _relay(client: httpx.AsyncClient, request: httpx.Request, send: Send, added: Headers) -> None:
    try:
        answer = await client.send(request, stream=True)
    except httpx.TransportError:
        raise Refused(UNREACHABLE) from None
    try:
        await send(_start(answer, added))
        async for chunk in answer.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await answer.aclose()


def _start(answer: httpx.Response, added: Headers) -> dict[str, object]:
    replaced = {name for name, _ in added} | {b"connection", b"keep-alive", b"transfer-encoding", b"server", b"date"}
    kept = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in replaced]
    return {"type": "http.response.start", "status": answer.status_code, "headers": [*kept, *added]}
