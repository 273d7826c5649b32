"""InvokeAgentRuntime and StopRuntimeSession."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response, StreamingResponse

from scripts.local_platform.agent_host.errors import RuntimeClientError, RuntimeNotFoundError, ValidationError
from scripts.local_platform.agent_host.runtimes import DEFAULT_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from starlette.requests import Request

    from scripts.local_platform.agent_host.runtimes import AgentRuntime, RuntimeRegistry
    from scripts.local_platform.agent_host.sessions import Session, SessionPool
    from scripts.local_platform.agent_host.settings import HostSettings

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
CUSTOM_PREFIX = "x-amzn-bedrock-agentcore-runtime-"
# What AgentCore hands on to the agent besides its own headers; the caller's signature stays behind.
FORWARDED = frozenset({"content-type", "accept", "x-amzn-trace-id", "traceparent", "tracestate", "baggage"})
ECHOED = ("x-amzn-trace-id", "traceparent", "tracestate", "baggage")
SESSION_LENGTH = range(33, 257)


class ClientGoneError(Exception):
    """The caller hung up before the agent answered."""


class DataPlane:
    """The two calls that run agents."""

    def __init__(self, registry: RuntimeRegistry, pool: SessionPool, settings: HostSettings) -> None:
        self.registry = registry
        self.pool = pool
        self.settings = settings

    async def invoke(self, request: Request) -> Response:
        """`POST /runtimes/{arn}/invocations?qualifier=`: the agent's answer, passed on as it comes."""
        runtime = self._runtime(request)
        session_id = session_of(request, required=False)
        body = await self._body(request)
        session = await self.pool.acquire(runtime, runtime.latest, session_id)
        session.learn(body)
        deadline = asyncio.get_running_loop().time() + self.settings.invocation_seconds
        try:
            answer = await self._ask(session, request, session_id, body, deadline)
        except ClientGoneError:
            self.pool.release(session)
            return Response(status_code=499)
        except BaseException:
            self.pool.release(session)
            raise
        headers = {name: request.headers[name] for name in ECHOED if name in request.headers}
        headers[SESSION_HEADER] = session_id
        return StreamingResponse(
            self._relay(session, answer, deadline),
            media_type=answer.headers.get("content-type", "application/octet-stream"),
            headers=headers,
        )

    async def stop(self, request: Request) -> Response:
        """`POST /runtimes/{arn}/stopruntimesession`: the session's processes are gone when it answers."""
        runtime = self._runtime(request)
        session_id = session_of(request, required=True)
        await self.pool.stop(runtime, session_id)
        return JSONResponse({}, headers={SESSION_HEADER: session_id})

    def _runtime(self, request: Request) -> AgentRuntime:
        runtime = self.registry.by_arn(request.path_params["arn"])
        qualifier = request.query_params.get("qualifier", DEFAULT_ENDPOINT)
        if qualifier != DEFAULT_ENDPOINT:
            raise RuntimeNotFoundError(f"No endpoint {qualifier} of agent runtime {runtime.runtime_id}")
        return runtime

    async def _body(self, request: Request) -> bytes:
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self.settings.max_payload:
                raise ValidationError(f"The payload is larger than {self.settings.max_payload} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def _ask(
        self, session: Session, request: Request, session_id: str, body: bytes, deadline: float
    ) -> httpx.Response:
        """The agent's response with its body unread; raises RuntimeClientError for any failure of it."""
        call = session.client.build_request(
            "POST", "/invocations", content=body, headers=agent_headers(request, session_id)
        )
        try:
            async with asyncio.timeout_at(deadline):
                answer = await unless_gone(request, session.client.send(call, stream=True))
        except httpx.HTTPError as error:
            raise RuntimeClientError(await self._why(session)) from error
        except TimeoutError:
            await self.pool.end(session)
            raise RuntimeClientError(
                f"The agent did not answer within {self.settings.invocation_seconds:g} s"
            ) from None
        if answer.is_success:
            return answer
        await answer.aclose()
        raise RuntimeClientError(f"Received error ({answer.status_code}) from runtime. Please check the agent's log")

    async def _why(self, session: Session) -> str:
        """How the process ended, when that is why it did not answer."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(session.process.ended.wait(), 1)
        status = session.process.exit_status
        if status is None:
            return "The agent closed the connection"
        how = f"signal {-status}" if status < 0 else f"exit code {status}"
        return f"The agent's process ended ({how})"

    async def _relay(self, session: Session, answer: httpx.Response, deadline: float) -> AsyncIterator[bytes]:
        """Chunk by chunk, one at a time; a caller that leaves closes the agent's connection too.

        An agent that breaks off, or runs past its time, breaks off the response: the caller sees an
        incomplete chunked body, never a clean end.
        """
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in answer.aiter_raw():
                    yield chunk
        except TimeoutError:
            await self.pool.end(session)
            raise
        finally:
            self.pool.release(session)
            with contextlib.suppress(httpx.HTTPError):
                await answer.aclose()


def session_of(request: Request, *, required: bool) -> str:
    """The caller's session id, or a new one; raises ValidationError outside 33 to 256 characters."""
    session_id = request.headers.get(SESSION_HEADER)
    if session_id is None and not required:
        return str(uuid.uuid4())
    if session_id is None or len(session_id) not in SESSION_LENGTH:
        raise ValidationError(f"{SESSION_HEADER} must be 33 to 256 characters long")
    return session_id


def agent_headers(request: Request, session_id: str) -> dict[str, str]:
    """What the agent sees of the caller's headers."""
    headers = {
        name: value for name, value in request.headers.items() if name in FORWARDED or name.startswith(CUSTOM_PREFIX)
    }
    return {**headers, SESSION_HEADER.lower(): session_id}


async def unless_gone(request: Request, call: Coroutine[None, None, httpx.Response]) -> httpx.Response:
    """Wait for the agent and for the caller's hanging up; raises ClientGoneError for the latter."""
    asking = asyncio.ensure_future(call)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise ClientGoneError
        return asking.result()
    finally:
        for task in (asking, leaving):
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
