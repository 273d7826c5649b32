"""The one way out of a sandbox: an HTTP server on the listening socket inside it, which asks the gateway alone.

The socket lives in the session's network namespace, this server in the host: nothing runs in between, and the agent
holds no descriptor of it. Requests are read whole and made anew, so no two readers can differ on where one ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h11
import httpx

from scripts.local_platform.agent_host import door_rules
from scripts.local_platform.agent_host.door_rules import Refusal

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Collection

    Note = Callable[[Refusal, str, str], None]

MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024 * 1024
MAX_CONNECTIONS = 64
REQUEST_SECONDS = 30.0
IDLE_SECONDS = 120.0
ANSWER_SECONDS = 120.0
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "te", "trailer"})


class Refused(Exception):
    """A request that does not pass."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def gateway_client(gateway_url: str) -> httpx.AsyncClient:
    """One client for all doors: straight to the gateway's origin, following nothing."""
    origin = urlsplit(gateway_url)
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=5.0)
    return httpx.AsyncClient(
        base_url=f"{origin.scheme}://{origin.netloc}", timeout=timeout, trust_env=False, follow_redirects=False,
        limits=httpx.Limits(max_connections=256, max_keepalive_connections=64),
    )  # fmt: skip


class GatewayDoor:
    """Serves one session. `runs` are the runs it was given so far, `note` is told every refusal, method and target."""

    def __init__(self, client: httpx.AsyncClient, port: int, runs: Collection[str], note: Note) -> None:
        self._client = client
        self._authorities = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._runs = runs
        self._note = note
        self._open = 0

    async def serve(self, listener: socket.socket, until: asyncio.Event) -> None:
        """Serve until the event is set, then break off whatever is open."""
        server = await asyncio.start_server(self._connected, sock=listener, limit=MAX_HEAD)
        await until.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MAX_CONNECTIONS:
                await Exchange(reader, writer, self).run()
        finally:
            self._open -= 1
            writer.close()

    def judge(self, request: h11.Request) -> None:
        """Raise Refused for a request that may not pass."""
        headers = list(request.headers)
        method, target = request.method.decode("latin-1"), request.target.decode("latin-1")
        refusal = door_rules.judge(method, target, headers, self._authorities)
        refusal = refusal or door_rules.judge_token(dict(headers), self._runs)
        if refusal:
            raise Refused(refusal)

    def note(self, refusal: Refusal, request: h11.Request | None) -> None:
        """Leave a trace of a refusal."""
        method, target = (request.method, request.target) if request else (b"", b"")
        self._note(refusal, method.decode("latin-1"), target.decode("latin-1")[:200])

    async def ask(self, request: h11.Request, body: bytes) -> httpx.Response:
        """The gateway's answer with its body unread; raises Refused when there is none."""
        headers = door_rules.passed_on(request.headers)
        call = self._client.build_request(
            request.method.decode("latin-1"), request.target.decode("latin-1"), headers=headers, content=body
        )
        try:
            return await self._client.send(call, stream=True)
        except httpx.HTTPError as error:
            raise Refused(door_rules.UNREACHABLE) from error


class Exchange:
    """One connection: request, answer, request, answer, each to its end before the next."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, door: GatewayDoor) -> None:
        self._reader = reader
        self._writer = writer
        self._door = door
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)

    async def run(self) -> None:
        """Until the agent closes, breaks the protocol or is refused."""
        with contextlib.suppress(OSError, httpx.HTTPError, h11.LocalProtocolError):
            while await self._one():
                self._http.start_next_cycle()

    async def _one(self) -> bool:
        """Serve one request; whether another may follow."""
        request: h11.Request | None = None
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                event = await self._event()
            if not isinstance(event, h11.Request):
                return False
            request = event
            self._door.judge(request)
            async with asyncio.timeout(REQUEST_SECONDS):
                body = await self._body()
            await self._relay(await self._door.ask(request, body))
        except Refused as refused:
            await self._refuse(refused.refusal, request)
        except h11.RemoteProtocolError:
            await self._refuse(door_rules.MALFORMED, request)
        except TimeoutError:
            if request is not None:
                await self._refuse(door_rules.SLOW, request)
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(MAX_HEAD))
        return event  # type: ignore[return-value] # NEED_DATA is what the loop waits out

    async def _body(self) -> bytes:
        chunks, size = [], 0
        while isinstance(event := await self._event(), h11.Data):
            size += len(event.data)
            if size > MAX_BODY:
                raise Refused(door_rules.TOO_LARGE)
            chunks.append(bytes(event.data))
        if not isinstance(event, h11.EndOfMessage):
            raise Refused(door_rules.MALFORMED)
        return b"".join(chunks)

    async def _relay(self, answer: httpx.Response) -> None:
        """Pass the answer on as it comes; one that breaks off breaks off here too."""
        try:
            kept = [(name, value) for name, value in answer.headers.raw if name.decode().lower() not in HOP_BY_HOP]
            await self._send(h11.Response(status_code=answer.status_code, headers=kept))
            async for chunk in answer.aiter_raw():
                await self._send(h11.Data(data=chunk))
            await self._send(h11.EndOfMessage())
        finally:
            await answer.aclose()

    async def _refuse(self, refusal: Refusal, request: h11.Request | None) -> None:
        """Answer as the platform's own errors look, and hang up: what follows is not read."""
        self._door.note(refusal, request)
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        code = f"SANDBOX_{refusal.reason.upper()}"
        body = json.dumps({"status": refusal.status, "code": code, "detail": refusal.detail}).encode()
        headers = [("content-type", "application/problem+json"), ("connection", "close")]
        headers.append(("content-length", str(len(body))))
        await self._send(h11.Response(status_code=refusal.status, headers=headers))
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()
