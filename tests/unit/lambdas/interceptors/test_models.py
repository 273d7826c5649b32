import base64
import json
from typing import Any

import pytest

from lambdas.interceptors.models import GatewayRequest, GatewayResponse, answered, answered_over_http, passed, read

REQUEST = {"path": "/mcp", "httpMethod": "POST", "headers": {"A": "b"}, "body": {"id": 1}}


def event(**mcp: Any) -> dict[str, Any]:
    return {"interceptorInputVersion": "1.0", "mcp": {"gatewayRequest": REQUEST, **mcp}}


def test_an_exchange_without_a_response_is_a_request() -> None:
    found = read(event())
    assert (found.gateway_response, found.gateway_request.body) == (None, {"id": 1})


def test_later_events_of_a_stream_have_a_body_alone() -> None:
    found = read(event(gatewayResponse={"isStreamingResponse": True, "body": {"id": 1}})).gateway_response
    assert found is not None
    assert (found.status_code, found.headers, found.is_streaming_response) == (None, None, True)


@pytest.mark.parametrize(
    "broken",
    [
        *({}, {"interceptorInputVersion": "1.0"}, {**event(), "interceptorInputVersion": "1.1"}),
        *(event(gatewayResponse=None), event(gatewayResponse="x"), event(gatewayRequest={"body": {}})),
    ],
    ids=lambda broken: str(broken)[:70],
)
def test_anything_else_is_no_exchange(broken: dict[str, Any]) -> None:
    with pytest.raises((ValueError, LookupError)):
        read(broken)


@pytest.mark.parametrize(
    ("headers", "session"),
    [(None, ""), ({"Mcp-Session-Id": "s"}, "s"), ({"mcp-session-id": "a", "Mcp-Session-Id": "b"}, "")],
)
def test_a_session_is_the_one_that_is_named_once(headers: dict[str, str] | None, session: str) -> None:
    assert read(event(gatewayRequest={**REQUEST, "headers": headers})).session == session


def test_a_target_gets_the_headers_without_credentials() -> None:
    headers = {"AUTHORIZATION": "x", "Cookie": "y", "Proxy-Authorization": "z", "Accept": "json"}
    output = passed(GatewayRequest.model_validate({**REQUEST, "headers": headers}), {"id": 1})
    sent = {"transformedGatewayRequest": {"headers": {"Accept": "json"}, "body": {"id": 1}}}
    assert output == {"interceptorOutputVersion": "1.0", "mcp": sent}


def test_a_client_gets_of_the_targets_headers_its_session_alone() -> None:
    response = GatewayResponse(headers={"Mcp-Session-Id": "s", "Set-Cookie": "x"}, body={})
    told = answered(403, {"id": 1}, response)["mcp"]["transformedGatewayResponse"]
    assert told == {"statusCode": 403, "headers": {"Mcp-Session-Id": "s"}, "body": {"id": 1}}
    assert answered(200, {})["mcp"]["transformedGatewayResponse"]["headers"] == {}


def test_a_client_of_an_http_target_is_answered_in_base64() -> None:
    told = answered_over_http(403, {"code": "FORBIDDEN"})["http"]["transformedGatewayResponse"]
    assert (told["statusCode"], told["contentType"]) == (403, "application/json")
    assert json.loads(base64.b64decode(told["body"])) == {"code": "FORBIDDEN"}
