"""How a function that serves routes is built: `routes.py` declares operations, `handler.py` binds them to a service.

API Gateway has matched the route already and hands over its template in `event["resource"]`, so dispatch is one look-up
and no second router runs on the hot path (ADR 0017). Around each operation: the route must stand in the table of
`platform_kit.access` and admit the caller, the body must be JSON of the declared model, and every failure becomes
problem+json.
"""

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from platform_kit import access, problem
from platform_kit.errors import (
    AmbitError,
    BadRequest,
    FieldError,
    Forbidden,
    InvalidBody,
    NotFound,
    PayloadTooLarge,
    PreconditionRequired,
    UnsupportedMediaType,
)
from platform_kit.identity import Identity
from platform_kit.observability import count, logger
from platform_kit.tracing import Trace, continue_trace

MAX_BODY_BYTES: Final = 6 * 1024 * 1024
_MAX_DEPTH: Final = 64
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")

Event = Mapping[str, Any]
Model = TypeVar("Model", bound=BaseModel)
Service = TypeVar("Service")


@dataclass(frozen=True)
class Reply:
    """A response: `body` is a model (serialised by alias), a plain JSON value, or None for an empty body.

    Text is sent as it is; its own `content-type` header goes with it.
    """

    body: BaseModel | dict[str, Any] | str | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """One request, parsed. `identity` is None on public and cookie routes only. Header names are lower case."""

    route: access.Route
    identity: Identity | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes
    request_id: str
    source_ip: str
    url_path: str
    trace: Trace

    def who(self) -> Identity:
        """The verified caller; Forbidden on a route that has none."""
        if self.identity is None:
            raise Forbidden("This route needs an identity.")
        return self.identity

    @property
    def idempotency_key(self) -> str | None:
        """The `Idempotency-Key` header: 1 to 255 printable ASCII characters, or None when absent."""
        value = self.headers.get("idempotency-key")
        if value is not None and not (1 <= len(value) <= 255 and value.isascii() and value.isprintable()):  # noqa: PLR2004 - stated in the docstring
            raise BadRequest("Idempotency-Key must be 1 to 255 printable ASCII characters.")
        return value

    def if_match(self) -> int:
        """The version that `If-Match` names; PreconditionRequired when the header is absent."""
        value = self.headers.get("if-match")
        if value is None:
            raise PreconditionRequired("Send If-Match with the ETag you last read, so that no change is lost.")
        text = value.removeprefix("W/").strip('"')
        if not text.isdecimal() or not text.isascii() or len(text) > 18:  # noqa: PLR2004 - fits 64 bits
            raise BadRequest("If-Match is not an ETag of this API.")
        return int(text)

    def limit(self, *, default: int = 50, most: int = 100) -> int:
        """The `limit` query parameter, 1 to `most`."""
        text = self.query.get("limit")
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= most):  # noqa: PLR2004 - no huge numerals
            raise BadRequest(f"limit must be 1 to {most}.", errors=(FieldError("?limit", f"1 to {most}"),))
        return int(text)

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """A query parameter that is one of these; None when it is left out, BadRequest for anything else."""
        value = self.query.get(name)
        if value is not None and value not in choices:
            told = f"one of {', '.join(choices)}"
            raise BadRequest(f"{name} must be {told}.", errors=(FieldError(f"?{name}", told),))
        return value

    @property
    def cursor(self) -> str | None:
        """The `cursor` query parameter as sent; its repository verifies it."""
        return self.query.get("cursor") or None


@dataclass(frozen=True)
class Operation:
    """One declared route: the function that carries it out and the models that describe it."""

    route: access.Route
    run: Callable[..., Any]
    request: type[BaseModel] | None
    replies: Mapping[int, type[BaseModel] | None]
    query: Mapping[str, str]
    summary: str
    text: tuple[str, ...] = ()


class Routes:
    """The operations of one function, filled by `routes.py` with the decorator `handle`."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.operations: dict[str, Operation] = {}

    def handle(
        self,
        key: str,
        *,
        request: type[BaseModel] | None = None,
        replies: Mapping[int, type[BaseModel] | None],
        query: Mapping[str, str] | None = None,
        text: tuple[str, ...] = (),
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the operation for `METHOD /path/{template}`.

        The decorated function is called as `fn(call, service)` or, with `request`, `fn(call, service, body)` and
        returns a Reply or a model (then 200). `query` maps each accepted query parameter to its description; any other
        is a 400. `text` lists the media types of an answer that is no JSON document.
        """
        method, _, path = key.partition(" ")
        route = access.find(method, path)
        if route is None or route.function != self.function:
            raise LookupError(f"{key} is not a route of {self.function} in platform_kit.access")

        def register(run: Callable[..., Any]) -> Callable[..., Any]:
            summary = (run.__doc__ or "").strip().split("\n")[0]
            self.operations[key] = Operation(route, run, request, replies, query or {}, summary, text)
            return run

        return register


def lambda_handler(
    routes: Routes, service: Callable[[], Service], *, used: Callable[[Identity], None] | None = None
) -> Callable[[Event, object], dict[str, Any]]:
    """The Lambda handler for these routes. `service` is called for each request: cache inside it what may be kept.

    `used` is told of every caller that was admitted; a function that machines' keys may call counts them so.
    """

    def handle(event: Event, _context: object) -> dict[str, Any]:
        trace = continue_trace(_lower(event.get("headers")).get("traceparent"))
        request_id = str(event.get("requestContext", {}).get("requestId") or trace.span_id)
        path = str(event.get("path") or "/")
        logger().set_correlation_id(request_id)
        try:
            call = read_call(event, trace, request_id)
            if used is not None and call.identity is not None:
                used(call.identity)
            return _finish(_dispatch(routes, service, call), request_id, trace)
        except AmbitError as error:
            return _finish(_problem(error, request_id, path), request_id, trace)
        except Exception:  # noqa: BLE001 - the last line of defence: a client gets a problem document, never a stack
            logger().exception("unexpected failure")
            count("UnexpectedFailure", function=routes.function)
            return _finish(_problem(problem.unexpected(), request_id, path), request_id, trace)

    return handle


def read_call(event: Event, trace: Trace, request_id: str) -> Call:
    """Parse an API Gateway REST event; NotFound outside the table of routes, Forbidden for a caller outside its row."""
    route = access.find(str(event.get("httpMethod")), str(event.get("resource")))
    if route is None:
        raise NotFound("There is no such route.")
    identity = admit(route, event)
    context = event.get("requestContext", {})
    return Call(
        route=route,
        identity=identity,
        path={name: str(value) for name, value in (event.get("pathParameters") or {}).items()},
        query={name: str(value) for name, value in (event.get("queryStringParameters") or {}).items()},
        headers=_lower(event.get("headers")),
        raw_body=_raw_body(event),
        request_id=request_id,
        source_ip=str((context.get("identity") or {}).get("sourceIp") or ""),
        url_path=str(event.get("path") or "/"),
        trace=trace,
    )


def admit(route: access.Route, event: Event) -> Identity | None:
    """Check the matched route against the table once more: a cached policy of the gateway is not the last word."""
    if route.auth in {access.Auth.PUBLIC, access.Auth.COOKIE}:
        return None
    identity = Identity.from_event(event)
    if route.auth is access.Auth.RUN:
        identity.agent_run()
    elif identity.credential in access.SCOPED:
        if not access.permitted(route, (), credential=identity.credential, scopes=identity.scopes):
            raise Forbidden(f"This credential lacks the scope {route.scope}." if route.scope else "People only.")
    elif identity.credential == "run" or not access.permitted(route, identity.roles):
        raise Forbidden("Your roles do not include this operation.")
    return identity


def parse_body(model: type[Model], raw: bytes, headers: Mapping[str, str]) -> Model:
    """The body as `model`; UnsupportedMediaType, PayloadTooLarge or InvalidBody otherwise."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    if len(raw) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"The body may have at most {MAX_BODY_BYTES} bytes; upload large inputs as files.")
    value = _json(raw)
    if not isinstance(value, dict):
        raise InvalidBody("The body must be a JSON object.", errors=(FieldError("", "must be an object"),))
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise problem.from_validation(error) from None


def _json(raw: bytes) -> Any:
    try:
        value = json.loads(raw.decode(), parse_constant=_no_constant, parse_float=_finite)
        _check_depth(value)
        _check_text(raw, value)
    except (ValueError, RecursionError):
        raise InvalidBody("The body is not valid JSON.", errors=(FieldError("", "not valid JSON"),)) from None
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # `1e999` is valid JSON, and would leave as `Infinity`, which is not
        raise ValueError("the number is too large")
    return value


def _check_depth(value: object) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        level = [child for item in level for child in _children(item)]


def _check_text(raw: bytes, value: object) -> None:
    """An escaped half of a surrogate pair is JSON but no text: nothing could store or answer it."""
    if _SURROGATE.search(raw):
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError


def _children(item: object) -> list[object]:
    if isinstance(item, dict):
        return list(item.values())
    return list(item) if isinstance(item, list) else []


def _dispatch(routes: Routes, service: Callable[[], Service], call: Call) -> Reply:
    operation = routes.operations.get(call.route.key)
    if operation is None:
        raise NotFound("There is no such route.")
    refuse_unknown_query(operation, call)
    arguments = [parse_body(operation.request, call.raw_body, call.headers)] if operation.request else []
    result = operation.run(call, service(), *arguments)
    return result if isinstance(result, Reply) else Reply(result)


def refuse_unknown_query(operation: Operation, call: Call) -> None:
    """BadRequest naming each query parameter that the operation does not declare."""
    unknown = sorted(set(call.query) - set(operation.query))
    if unknown:
        found = tuple(FieldError(f"?{name}", "unknown parameter") for name in unknown)
        raise BadRequest("The query has parameters this route does not know; see errors.", errors=found)


def _problem(error: AmbitError, request_id: str, path: str) -> Reply:
    body = problem.document(error, request_id=request_id, instance=path)
    return Reply(body, error.status, problem.headers(error))


def _finish(reply: Reply, request_id: str, trace: Trace) -> dict[str, Any]:
    headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **reply.headers,
        "x-request-id": request_id,
        "traceparent": trace.traceparent,
    }
    response: dict[str, Any] = {"statusCode": reply.status, "headers": headers, "body": _encode(reply.body)}
    if reply.cookies:
        response["multiValueHeaders"] = {"set-cookie": list(reply.cookies)}
    return response


def _encode(body: BaseModel | dict[str, Any] | str | None) -> str:
    if body is None or isinstance(body, str):
        return body or ""
    if isinstance(body, BaseModel):
        return body.model_dump_json(by_alias=True, exclude_none=True)
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _raw_body(event: Event) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body)
    return str(body).encode()


def _lower(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (headers or {}).items()}
