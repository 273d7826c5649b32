"""The function `stream`: an ASGI application over the service of `bridge`, because a buffered handler cannot stream.

`platform_kit.asgi` says where its requests come from, and why from nowhere else.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from data_access_lib.key_uses import count_use
from lambdas.bridge.event_channel import EventChannel
from lambdas.bridge.event_stream import HEARTBEAT_SECONDS, EventStream
from lambdas.bridge.service import BridgeService
from lambdas.bridge.stream_routes import ROUTES, Live, Recorded
from platform_kit import problem
from platform_kit.api import Call, Operation, Reply, parse_body, read_call, refuse_unknown_query
from platform_kit.asgi import event_of, request_context
from platform_kit.errors import AmbitError, NotFound
from platform_kit.identity import Identity
from platform_kit.observability import count, logger
from platform_kit.tracing import Trace, continue_trace
from run_lifecycle.conduct import Audience
from run_lifecycle.journal import ends_a_run

POLL_SECONDS: Final = 0.4
_SECURITY: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

Answer = Response | EventStream
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(service: Callable[[], BridgeService], used: Callable[[Identity], None] = count_use) -> Starlette:
    """The application; `service` is called for each request: cache inside it what may be kept. `used`: see `api`."""
    routes = [
        Route(operation.route.path, _Endpoint(operation, service, used), methods=[operation.route.method])
        for operation in ROUTES.operations.values()
    ]
    return Starlette(routes=[Route("/healthz", _alive), *routes], exception_handlers={HTTPException: _no_such_route})


class _Endpoint:
    """Serves one operation (ASGI)."""

    def __init__(
        self, operation: Operation, service: Callable[[], BridgeService], used: Callable[[Identity], None]
    ) -> None:
        self._operation = operation
        self._service = service
        self._used = used

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        trace = continue_trace(request.headers.get("traceparent"))
        request_id = trace.span_id
        try:
            context = request_context(request)
            request_id = str(context.get("requestId") or trace.span_id)
            event = await event_of(request, self._operation.route, context)
            result = await run_in_threadpool(self._carry_out, event, trace, request_id)
            answer = self._answer(result, _named(request_id, trace))
        except ClientDisconnect:
            return
        except AmbitError as error:
            answer = _problem(error, request.url.path, request_id, trace)
        except Exception:  # noqa: BLE001 - the last line of defence: a client gets a problem document, never a stack
            logger().exception("unexpected failure")
            count("UnexpectedFailure", function="stream")
            answer = _problem(problem.unexpected(), request.url.path, request_id, trace)
        await answer(scope, receive, send)

    def _carry_out(self, event: dict[str, Any], trace: Trace, request_id: str) -> "tuple[Call, Any]":
        call = read_call(event, trace, request_id)
        self._used(call.who())
        refuse_unknown_query(self._operation, call)
        model = self._operation.request
        arguments = [parse_body(model, call.raw_body, call.headers)] if model else []
        return call, self._operation.run(call, self._service(), *arguments)

    def _answer(self, result: "tuple[Call, Any]", headers: dict[str, str]) -> Answer:
        call, decided = result
        match decided:
            case Live():
                return _lead(self._service(), decided, headers)
            case Recorded():
                batches = _follow(self._service(), call, decided)
                return EventStream(batches, {**headers, **decided.headers})
            case Reply():
                return JSONResponse(decided.body, decided.status, {**_SECURITY, **headers, **decided.headers})
        raise TypeError(f"not an answer: {type(decided).__name__}")


def _lead(service: BridgeService, live: Live, headers: dict[str, str]) -> EventStream:
    """Lead a run in a thread of its own; its first event is sent at once, before the agent is called."""
    channel = EventChannel(asyncio.get_running_loop(), time.monotonic() + service.timeouts.stream)
    channel.put(live.run.started.events)

    def lead() -> None:
        try:
            service.lead_stream(live.run, Audience(channel.put, channel.client_gone))
        except Exception:  # noqa: BLE001 - a thread has nobody above it
            # The stream ends without its last event; the client reads the run's state, and `reap` ends the run.
            logger().exception("leading a streamed run failed", run_id=live.run.started.run["runId"])
            count("UnexpectedFailure", function="stream")
        finally:
            channel.close()

    threading.Thread(target=lead, name="stream-run", daemon=True).start()
    return EventStream(_batches(channel), headers, leave=channel.leave)


async def _batches(channel: EventChannel) -> AsyncIterator[list[dict[str, Any]] | None]:
    while True:
        try:
            events = await channel.next(HEARTBEAT_SECONDS)
        except TimeoutError:
            yield None
            continue
        if events is None:
            return
        yield events


async def _follow(service: BridgeService, call: Call, recorded: Recorded) -> AsyncIterator[list[dict[str, Any]] | None]:
    """The log from where the client stands, then whatever is added, until the run ends or the stream's time is up."""
    until = time.monotonic() + service.timeouts.stream
    heartbeat = time.monotonic() + HEARTBEAT_SECONDS
    events, after = recorded.first, recorded.after
    while time.monotonic() < until:
        if events:
            yield events
            after, heartbeat = events[-1]["seq"], time.monotonic() + HEARTBEAT_SECONDS
            if ends_a_run(events[-1]):
                return
        elif await run_in_threadpool(_is_over, service, call, recorded.run_id, after):
            return
        else:
            await asyncio.sleep(POLL_SECONDS)
        if time.monotonic() > heartbeat:
            yield None
            heartbeat = time.monotonic() + HEARTBEAT_SECONDS
        events = await run_in_threadpool(service.next_events, call.who(), recorded.run_id, after=after)


def _is_over(service: BridgeService, call: Call, run_id: str, after: int) -> bool:
    """Whether a client that stands at `after` has everything there will ever be."""
    run = service.run(call.who(), run_id)
    return bool(run["status"] in _TERMINAL and run["lastSeq"] <= after)


_TERMINAL: Final = frozenset({"succeeded", "failed", "halted", "cancelled", "timed_out"})


def _named(request_id: str, trace: Trace) -> dict[str, str]:
    return {"x-request-id": request_id, "traceparent": trace.traceparent}


def _problem(error: AmbitError, path: str, request_id: str, trace: Trace) -> Response:
    document = problem.document(error, request_id=request_id, instance=path)
    headers = {**_SECURITY, **problem.headers(error), **_named(request_id, trace)}
    return JSONResponse(document, error.status, headers, media_type=problem.MEDIA_TYPE)


async def _no_such_route(request: Request, _error: Exception) -> Response:
    trace = continue_trace(request.headers.get("traceparent"))
    return _problem(NotFound("There is no such route."), request.url.path, trace.span_id, trace)


async def _alive(_request: Request) -> Response:
    """What the Lambda Web Adapter polls until the application is up."""
    return Response(status_code=204)


def _build() -> BridgeService:
    from lambdas.bridge.handler import build

    return build()


app = create_app(_build)
