"""Which failures a route can answer with, and how they are described."""

from collections.abc import Mapping
from typing import Any, Final

from platform_kit.access import Auth, Route
from platform_kit.api import Operation

REASONS: Final[Mapping[int, str]] = {
    200: "Done",
    201: "Created",
    202: "Accepted: it goes on after this answer",
    204: "Done, nothing to say",
    302: "Go there",
    303: "Go there",
    400: "The request cannot be understood; `errors` names each bad place",
    401: "No identity, or one that does not hold",
    403: "Known, but not allowed",
    404: "Not there, or another tenant's",
    405: "Not with this method; `Allow` names those it takes",
    409: "The state of things does not permit it",
    412: "`If-Match` is stale",
    413: "The body is too large",
    415: "The body is not `application/json`",
    422: "Understood, but impossible",
    428: "`If-Match` is missing",
    429: "Over a limit: wait `Retry-After` seconds",
    500: "A fault on our side; give the request id",
    502: "The agent failed",
    503: "Something needed does not answer: wait `Retry-After` seconds",
    504: "The agent did not finish in time",
}
_NAMES: Final[Mapping[int, str]] = {
    400: "BadRequest",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    422: "Unprocessable",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    500: "InternalError",
    502: "AgentFailed",
    503: "Unavailable",
    504: "AgentTimeout",
}
SCHEMA: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was wrong, and what to do next."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs."},
        "requestId": {"type": "string"},
        "runId": {"type": "string", "description": "Of the run that failed, where there was one."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
OPENAI_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A failure in OpenAI's shape: `code` is stable, `param` names the field that is wrong.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code", "param"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "code": {"type": "string"},
                "param": {"type": ["string", "null"]},
            },
        }
    },
}
HEADERS: Final[dict[str, Any]] = {
    "RequestId": {"description": "Name this request when asking for help.", "schema": {"type": "string"}},
    "TraceParent": {"description": "W3C trace context.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}
HEADER_REFERENCES: Final[dict[str, Any]] = {
    "x-request-id": {"$ref": "#/components/headers/RequestId"},
    "traceparent": {"$ref": "#/components/headers/TraceParent"},
}
_WAITING: Final = frozenset({429, 503})
_BY_VERSION: Final = frozenset(
    {
        *("DELETE /v1/tenants/{id}", "DELETE /v1/budgets/{id}", "DELETE /v1/models/{alias}"),
        "DELETE /v1/instances/{agent}/canary",
        *("DELETE /v1/webhooks/{id}", "POST /v1/platform/failover"),
    }
)
_MOVING: Final = (
    *("/cancel", "/promote", "/rollback", "/resume", "/instances/bulk", "/install", "/uninstall", "/revoke"),
    *("/{approvalId}/decision", "/confirm", "/canary", "/redeliver", "/redrive", "/purge", "/pause", "/run"),
)
"""Routes that bring something from one state into another: doing that twice is refused by the state."""
_NAMING: Final = ("/accept", "/policy/evaluate", "/evaluation-runs")
"""Routes whose body names what may not be there."""


def responses() -> dict[str, Any]:
    """The reusable problem responses by name."""
    return {name: response(status) for status, name in _NAMES.items()}


def of(operation: Operation) -> dict[int, str]:
    """Status → name of the reusable response, for every failure this operation may answer with."""
    return {status: _NAMES[status] for status in sorted(_statuses(operation))}


def takes_idempotency_key(route: Route) -> bool:
    """Whether the route creates something on behalf of a caller who may repeat the call."""
    return route.auth is Auth.BEARER and route.method == "POST" and not route.path.endswith(_MOVING)


def takes_version(route: Route) -> bool:
    """Whether the route changes or removes something by the version its caller has seen (`If-Match`)."""
    return route.method in {"PATCH", "PUT"} or route.key in _BY_VERSION


def _statuses(operation: Operation) -> set[int]:
    route = operation.route
    found = {400, 429, 500, 503}
    if route.auth is not Auth.PUBLIC:
        found |= {401, 403}
    if "{" in route.path or route.auth is Auth.RUN or "agent" in operation.query or route.path.endswith(_NAMING):
        found |= {404}
    if route.method != "GET":
        found |= {409, 413, 422}
    if "agent" in operation.query:
        found |= {422}
    if operation.request is not None:
        found |= {415}
    if takes_version(route):
        found |= {412, 428}
    if route.path.endswith(("/invoke", "/stream", "/completions")):
        found |= {502, 504}
    return found


def response(status: int) -> dict[str, Any]:
    """The problem response of a status."""
    headers = dict(HEADER_REFERENCES)
    if status in _WAITING:
        headers["retry-after"] = {"$ref": "#/components/headers/RetryAfter"}
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": REASONS[status], "headers": headers, "content": content}
