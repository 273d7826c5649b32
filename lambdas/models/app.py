"""The function `models`: an ASGI application, because a buffered handler cannot stream.

`platform_kit.asgi` says where its requests come from. Failures are in OpenAI's shape, as OpenAI's clients expect them;
what API Gateway refuses before (no token, no such route) is a problem document, as everywhere.
"""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lambdas.models import errors
from lambdas.models.replays import Live
from lambdas.models.routes import ROUTES
from lambdas.models.sending import PieceStream
from lambdas.models.service import ModelService
from platform_kit import problem
from platform_kit.api import Operation, Reply, parse_body, read_call, refuse_unknown_query
from platform_kit.asgi import event_of, request_context
from platform_kit.errors import AmbitError, NotFound
from platform_kit.observability import count, logger
from platform_kit.tracing import Trace, continue_trace


def create_app(service: Callable[[], ModelService]) -> Starlette:
    """The application; `service` is called for each request: cache inside it what may be kept."""
    routes = [
        Route(operation.route.path, _Endpoint(operation, service), methods=[operation.route.method])
        for operation in ROUTES.operations.values()
    ]
    return Starlette(routes=[Route("/healthz", _alive), *routes], exception_handlers={HTTPException: _no_such_route})


class _Endpoint:
    """Serves one operation (ASGI)."""

    def __init__(self, operation: Operation, service: Callable[[], ModelService]) -> None:
        self._operation = operation
        self._service = service

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        trace = continue_trace(request.headers.get("traceparent"))
        named = {"x-request-id": trace.span_id, "traceparent": trace.traceparent}
        try:
            context = request_context(request)
            named["x-request-id"] = str(context.get("requestId") or trace.span_id)
            event = await event_of(request, self._operation.route, context)
            result = await run_in_threadpool(self._carry_out, event, trace, named["x-request-id"])
            answer = _answer(result, named)
        except ClientDisconnect:
            return
        except AmbitError as error:
            answer = _failure(error, named)
        except Exception:  # noqa: BLE001 - the last line of defence: a client gets an error document, never a stack
            logger().exception("unexpected failure")
            count("UnexpectedFailure", function="models")
            answer = _failure(problem.unexpected(), named)
        await answer(scope, receive, send)

    def _carry_out(self, event: dict[str, Any], trace: Trace, request_id: str) -> Any:
        call = read_call(event, trace, request_id)
        refuse_unknown_query(self._operation, call)
        model = self._operation.request
        arguments = [parse_body(model, call.raw_body, call.headers)] if model else []
        return self._operation.run(call, self._service(), *arguments)


def _answer(result: Any, named: dict[str, str]) -> Response | PieceStream:
    if isinstance(result, Live):
        return PieceStream(result.pieces, named)
    reply = result if isinstance(result, Reply) else Reply(result.model_dump(mode="json"))
    return JSONResponse(
        reply.body,
        reply.status,
        {**reply.headers, "cache-control": "no-store", "x-content-type-options": "nosniff", **named},
    )


def _failure(error: AmbitError, named: dict[str, str]) -> Response:
    return JSONResponse(errors.body(error), error.status, {**errors.headers(error), **named})


async def _no_such_route(request: Request, _error: Exception) -> Response:
    trace = continue_trace(request.headers.get("traceparent"))
    return _failure(NotFound("There is no such route."), {"x-request-id": trace.span_id})


async def _alive(_request: Request) -> Response:
    """What the Lambda Web Adapter polls until the application is up."""
    return Response(status_code=204)


def _build() -> ModelService:
    from lambdas.models.handler import build

    return build()


app = create_app(_build)
