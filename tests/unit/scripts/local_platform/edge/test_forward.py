from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from scripts.local_platform.edge import forward as fw
from scripts.local_platform.edge.problems import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def scope(**changes: Any) -> dict[str, Any]:
    base = {
        "type": "http",
        "method": "POST",
        "path": "/v1/files/a b",
        "raw_path": b"/v1/files/a%20b",
        "query_string": b"x=%2F",
        "headers": [],
        "client": ("192.0.2.7", 5),
    }
    return {**base, **changes}


class Messages:
    """What a server gives to and takes from an ASGI application."""

    def __init__(self, *bodies: bytes, leave_after: float | None = None) -> None:
        self.bodies, self.leave_after = list(bodies), leave_after
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.bodies:
            return {"type": "http.request", "body": self.bodies.pop(0), "more_body": bool(self.bodies)}
        await asyncio.sleep(self.leave_after if self.leave_after is not None else 60)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


class Upstream(httpx.AsyncByteStream):
    """An answer that comes in pieces, and remembers whether it was closed."""

    def __init__(self, *, endless: bool = False) -> None:
        self.endless, self.closed = endless, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"one"
        if self.endless:
            await asyncio.sleep(60)
        yield b"two"

    async def aclose(self) -> None:
        self.closed = True


async def run(upstream: Upstream, messages: Messages, status: int = 200) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        headers = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-frame-options", "SAMEORIGIN"), ("server", "x")]
        return httpx.Response(status, headers=headers, stream=upstream)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await fw.forward(
            *(client, "http://up/base", scope(), messages.receive, messages.send),
            body=b"",
            headers=[],
            added=[(b"x-frame-options", b"DENY")],
        )


async def test_an_answer_is_passed_on_in_the_pieces_it_came_in() -> None:
    messages = Messages()
    await run(Upstream(), messages)
    assert [message.get("body") for message in messages.sent[1:]] == [b"one", b"two", b""]


async def test_headers_keep_their_repeats_and_ours_replace_the_upstreams() -> None:
    messages = Messages()
    await run(Upstream(), messages)
    headers = messages.sent[0]["headers"]
    assert [value for name, value in headers if name == b"set-cookie"] == [b"a=1", b"b=2"]
    assert [value for name, value in headers if name == b"x-frame-options"] == [b"DENY"]
    assert b"server" not in dict(headers)


async def test_a_client_that_leaves_closes_the_upstream_at_once() -> None:
    upstream = Upstream(endless=True)
    async with asyncio.timeout(5):
        await run(upstream, Messages(leave_after=0.05))
    assert upstream.closed


async def test_an_upstream_that_is_down_is_a_problem_not_a_crash() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    messages = Messages()
    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        with pytest.raises(Refused) as refused:
            await fw.forward(
                *(client, "http://up", scope(), messages.receive, messages.send), body=b"", headers=[], added=[]
            )
    assert refused.value.problem.status == 503


def test_path_and_query_reach_the_upstream_exactly_as_they_came() -> None:
    assert fw.target_url("http://up/base/", scope()).raw_path == b"/base/v1/files/a%20b?x=%2F"


@pytest.mark.parametrize(
    "name", [b"x-forwarded-for", b"x-forwarded-host", b"forwarded", b"x-amzn-request-context", b"x-real-ip", b"host"]
)
def test_headers_that_only_an_edge_may_set_are_dropped(name: bytes) -> None:
    headers = fw.outgoing_headers(scope(headers=[(name, b"6.6.6.6"), (b"accept", b"*/*")]))
    assert b"6.6.6.6" not in dict(headers).values()
    assert dict(headers)[b"accept"] == b"*/*"
    assert dict(headers)[b"x-forwarded-for"] == b"192.0.2.7"


async def test_an_announced_body_over_the_limit_is_refused_unread() -> None:
    headers = [(b"content-length", str(fw.BODY_LIMIT + 1).encode())]
    with pytest.raises(Refused) as refused:
        await fw.read_body(scope(headers=headers), Messages(b"x").receive)
    assert refused.value.problem.status == 413


async def test_a_body_that_grows_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fw, "BODY_LIMIT", 5)
    with pytest.raises(Refused):
        await fw.read_body(scope(), Messages(b"abc", b"def").receive)
    assert await fw.read_body(scope(), Messages(b"abc", b"de").receive) == b"abcde"


async def test_one_visitor_s_cookie_is_not_sent_with_another_s_request() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "ambit=somebody; Path=/"}, stream=Upstream())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), cookies=fw.no_cookies()) as client:
        for _ in range(2):
            messages = Messages()
            await fw.forward(
                client, "http://up.test", scope(), messages.receive, messages.send, body=b"", headers=[], added=[]
            )
    assert seen == [None, None]
    assert (b"set-cookie", b"ambit=somebody; Path=/") in messages.sent[0]["headers"]
