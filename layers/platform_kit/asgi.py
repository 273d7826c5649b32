"""Requests of the functions that stream: ASGI in, the event that API Gateway gives to functions out.

In AWS they run under uvicorn behind the Lambda Web Adapter, which puts API Gateway's request context (JSON) into the
header `x-amzn-request-context` and overwrites whatever a client sent there; the local edge does the same. That header
is where the authoriser's findings come from, so these applications must be reachable through one of the two only.
"""

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from platform_kit.access import Route
from platform_kit.api import MAX_BODY_BYTES
from platform_kit.errors import BadRequest, PayloadTooLarge

if TYPE_CHECKING:
    from starlette.requests import Request

CONTEXT_HEADER: Final = "x-amzn-request-context"


def request_context(request: "Request") -> dict[str, Any]:
    """API Gateway's context of a request; BadRequest for one that did not come through it."""
    try:
        context = json.loads(request.headers.get(CONTEXT_HEADER, "{}"))
    except ValueError:
        context = None
    if not isinstance(context, dict):
        raise BadRequest("The request did not come through the API.")
    return context


async def event_of(request: "Request", route: Route, context: dict[str, Any]) -> dict[str, Any]:
    """The request in the shape that API Gateway gives to functions, so that one parser serves both."""
    return {
        "httpMethod": request.method,
        "resource": route.path,
        "path": request.url.path,
        "pathParameters": request.path_params,
        "queryStringParameters": dict(request.query_params),
        "headers": dict(request.headers),
        "body": base64.b64encode(await bounded_body(request)),
        "isBase64Encoded": True,
        "requestContext": context,
    }


async def bounded_body(request: "Request") -> bytes:
    """The body, as it comes; PayloadTooLarge as soon as it is."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"The body may have at most {MAX_BODY_BYTES} bytes; upload large inputs as files.")
        chunks.append(chunk)
    return b"".join(chunks)
