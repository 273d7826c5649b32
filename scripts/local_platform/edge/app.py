"""The edge as one ASGI application: API, BFF, streaming routes, web app."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response

from scripts.local_platform.edge import gateway as gw
from scripts.local_platform.edge import spa
from scripts.local_platform.edge.buckets import KeyRefused, TokenBuckets
from scripts.local_platform.edge.deployed import DeployedStage, flat_outputs, render
from scripts.local_platform.edge.forward import forward, no_cookies, outgoing_headers, read_body, source_ip
from scripts.local_platform.edge.problems import UNREACHABLE, Refused, respond
from scripts.local_platform.edge.security_headers import security_headers
from scripts.local_platform.edge.stream_function import APPS, StreamFunction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

HEALTH = "/_edge/health"
CREDENTIALS = "/_edge/credentials"
WATCH_SECONDS = 0.5
# a stream may be silent for as long as its agent works; the functions bound it
TIMEOUT = httpx.Timeout(None, connect=5.0)


@dataclass(frozen=True)
class EdgeSettings:
    """Where everything is."""

    port: int
    emulator_url: str
    outputs: Path
    dist: Path
    scratch: Path


@dataclass
class Edge:
    """The application. Everything with a lifetime is made in `lifespan`."""

    settings: EdgeSettings
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        outputs = flat_outputs(self.settings.outputs)
        self.stage = DeployedStage(outputs, self.settings.emulator_url)
        buckets = TokenBuckets(self.stage.limit_of)
        self.gateway = gw.StreamingGateway(
            outputs["RestApiId"],
            outputs["RestApiStage"],
            self.stage.ask_authoriser,
            buckets,
            self.stage.authoriser_cache_seconds,
        )
        url = f"http://127.0.0.1:{self.settings.port}{CREDENTIALS}"
        self.functions = {name: StreamFunction(name, self.stage, self.settings.scratch / name, url) for name in APPS}
        self.api_base = (
            f"{self.settings.emulator_url}/_aws/execute-api/{outputs['RestApiId']}/{outputs['RestApiStage']}"
        )
        headers = security_headers(self.settings.emulator_url)
        self.added = [(name.encode(), value.encode()) for name, value in headers.items()]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the streaming functions and the HTTP client; end all."""
        await self._each(StreamFunction.start)
        limits = httpx.Limits(max_connections=512, max_keepalive_connections=64)
        cookies = no_cookies()
        async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits, cookies=cookies, trust_env=False) as self.client:
            watcher = asyncio.create_task(self._end_with_a_function())
            try:
                yield
            finally:
                watcher.cancel()
                await self._each(StreamFunction.stop)

    async def _each(self, act: Callable[[StreamFunction], None]) -> None:
        await asyncio.gather(*(asyncio.to_thread(act, function) for function in self.functions.values()))

    async def _end_with_a_function(self) -> None:
        """An edge without one of its streaming functions is of no use: end, so that it is seen."""
        while all(function.is_running() for function in self.functions.values()):  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._route(scope, receive, send)
        except Refused as refusal:
            await self._with_headers(respond(refusal.problem, scope["path"]), scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in (HEALTH, CREDENTIALS):
            await (await self._own(scope))(scope, receive, send)
        elif path.startswith(("/v1/", "/bff/")) or path in ("/v1", "/bff"):
            await self._api(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await self._with_headers(spa.serve(self.settings.dist, path), scope, receive, send)
        else:
            await self._with_headers(Response(status_code=405, headers={"allow": "GET, HEAD"}), scope, receive, send)

    async def _own(self, scope: Scope) -> Response:
        """Health, and a streaming function's credentials for whoever has its secret."""
        if scope["path"] == HEALTH:
            return JSONResponse(*await self._health())
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        for function in self.functions.values():
            if secrets.compare_digest(given.encode(), function.secret.encode()):
                return JSONResponse(await asyncio.to_thread(function.credentials))
        return Response(status_code=404)

    async def _health(self) -> tuple[dict[str, bool], int]:
        """Ready when every streaming function answers anything at all."""
        try:
            for function in self.functions.values():
                await self.client.get(f"{function.url}/", timeout=2)
        except httpx.TransportError:
            return {"ready": False}, 503
        return {"ready": True}, 200

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive)
        raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        found = gw.match(scope["method"], raw_path)
        headers = outgoing_headers(scope)
        if found is None:
            await self._forward(self.api_base, scope, receive, send, body, headers)
            return
        call = gw.call_from(scope, found, source_ip(scope))
        try:
            context = await asyncio.to_thread(self.gateway.authorise, call)
        except (gw.GatewayRefusal, KeyRefused) as refusal:
            await self._refuse(refusal.kind, call, scope, receive, send)
            return
        header = gw.context_header(self.gateway, call, context)
        await self._forward(
            *(self.functions[found.route.function].url, scope, receive, send, body),
            [*headers, (b"x-amzn-request-context", header)],
        )

    async def _forward(
        self, base: str, scope: Scope, receive: Receive, send: Send, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> None:
        await forward(self.client, base, scope, receive, send, body=body, headers=headers, added=self.added)

    async def _refuse(self, kind: str, call: gw.Call, scope: Scope, receive: Receive, send: Send) -> None:
        answers = self.stage.gateway_answers
        answer = answers.get(kind) or answers.get("DEFAULT_4XX")
        if answer is None:
            raise Refused(UNREACHABLE)
        status, headers, body = render(answer, path=call.path, request_id=call.request_id)
        await self._with_headers(Response(body, status, headers), scope, receive, send)

    async def _with_headers(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self.added]}
            await send(message)

        await response(scope, receive, send_with_headers)
