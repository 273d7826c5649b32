import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from platform_kit.access import find
from platform_kit.api import MAX_BODY_BYTES, read_call
from platform_kit.asgi import CONTEXT_HEADER, bounded_body, event_of, request_context
from platform_kit.errors import BadRequest, PayloadTooLarge
from platform_kit.tracing import continue_trace

PATH = "/v1/agents/echo-agent/stream"
WHO = {"tenantId": "acme", "principalId": "usr:1:a", "roles": "Tenant.Developer", "tier": "basic", "credential": "jwt"}


def request(body: bytes = b"", context: str | None = None, pieces: int = 1) -> Request:
    headers = [(CONTEXT_HEADER.encode(), context.encode())] if context is not None else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"a=1",
        "path_params": {"agent": "echo-agent"},
    }

    async def messages() -> AsyncIterator[dict[str, Any]]:
        for number in range(pieces):
            yield {"type": "http.request", "body": body, "more_body": number < pieces - 1}

    stream = messages()

    async def receive() -> Any:
        return await anext(stream)

    return Request({**scope, "headers": headers, "server": ("x", 80), "scheme": "http"}, receive)


@pytest.mark.parametrize("context", ["x", "[]", "5", "null"])
def test_a_context_that_is_none_is_refused(context: str) -> None:
    with pytest.raises(BadRequest):
        request_context(request(context=context))


def test_without_a_context_nobody_is_known() -> None:
    assert request_context(request()) == {}


async def test_a_request_becomes_the_event_that_functions_read() -> None:
    route = find("POST", "/v1/agents/{agent}/stream")
    assert route is not None
    asked = request(
        b'{"a":1}', json.dumps({"requestId": "r", "authorizer": {**WHO, "scopes": "", "environment": "prod"}})
    )

    call = read_call(await event_of(asked, route, request_context(asked)), continue_trace(None), "r")

    assert (call.raw_body, dict(call.path), dict(call.query)) == (b'{"a":1}', {"agent": "echo-agent"}, {"a": "1"})
    assert call.who().tenant() == "acme"


async def test_a_body_is_given_up_as_soon_as_it_is_too_large() -> None:
    piece = b"x" * (MAX_BODY_BYTES // 4 + 1)

    assert len(await bounded_body(request(piece, pieces=3))) == 3 * len(piece)
    with pytest.raises(PayloadTooLarge):
        await bounded_body(request(piece, pieces=4))
