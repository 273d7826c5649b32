"""What an AgentCore Gateway hands its interceptors, and what it takes from them.

Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-interceptors-types.html, for MCP targets:

    in   {"interceptorInputVersion": "1.0", "mcp": {
            "rawGatewayRequest": {"body": "<text>"},
            "gatewayRequest":    {"path", "httpMethod", "headers"?, "body": <JSON-RPC>},
            "gatewayResponse"?:  {"statusCode"?, "headers"?, "body", "isStreamingResponse"?}}}
    out  {"interceptorOutputVersion": "1.0", "mcp": {"transformedGatewayRequest":  {"headers", "body"}}}
    out  {"interceptorOutputVersion": "1.0", "mcp": {"transformedGatewayResponse": {"statusCode", "headers"?, "body"}}}

`headers` of the request are there when `passRequestHeaders` is on; `gatewayResponse` is there for RESPONSE alone. A
request interceptor that gives a `transformedGatewayResponse` has answered: the target is not called, and the response
interceptor is called all the same. HTTP targets have `http` in place of `mcp`, and bodies in base64; a
`transformedGatewayResponse` has a `contentType` there.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

VERSION: Final = "1.0"
SESSION: Final = "mcp-session-id"
_KEPT_BACK: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that a target never gets: the run token is for this platform alone (ADR 0004)."""


class _Handed(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class RawRequest(_Handed):
    """The request's body as it came in."""

    body: Any = None


class GatewayRequest(_Handed):
    """The client's request; `body` is parsed already."""

    http_method: str
    headers: dict[str, Any] | None = None
    body: Any = None


class GatewayResponse(_Handed):
    """The target's answer, or the request interceptor's own; of a stream, one event of it."""

    status_code: int | None = None
    headers: dict[str, Any] | None = None
    body: Any = None
    is_streaming_response: bool = False


class Exchange(_Handed):
    """A request, with its response when there is one."""

    raw_gateway_request: RawRequest | None = None
    gateway_request: GatewayRequest
    gateway_response: GatewayResponse | None = None

    @property
    def session(self) -> str:
        """The client's session as the gateway named it, "" for none."""
        found = [value for name, value in (self.gateway_request.headers or {}).items() if name.lower() == SESSION]
        return str(found[0]) if len(found) == 1 else ""


class Intercepted(_Handed):
    """One invocation."""

    interceptor_input_version: Literal["1.0"]
    mcp: Exchange


def read(event: Mapping[str, Any]) -> Exchange:
    """The exchange of an event; ValueError when it is not of the documented shape."""
    found = Intercepted.model_validate(event).mcp
    if found.gateway_response is None and "gatewayResponse" in event["mcp"]:
        raise ValueError("a response that is none")
    return found


def passed(request: GatewayRequest, body: Mapping[str, Any]) -> dict[str, Any]:
    """Let the target have this body, and no credential."""
    headers = {name: value for name, value in (request.headers or {}).items() if name.lower() not in _KEPT_BACK}
    return _output({"transformedGatewayRequest": {"headers": headers, "body": dict(body)}})


def answered(status: int, body: Mapping[str, Any], response: GatewayResponse | None = None) -> dict[str, Any]:
    """Answer the client with this; of what the target's response has in headers, the name of the session stays."""
    given = (response.headers if response else None) or {}
    headers = {name: value for name, value in given.items() if name.lower() == SESSION}
    return _output({"transformedGatewayResponse": {"statusCode": status, "headers": headers, "body": dict(body)}})


def answered_over_http(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the client of an HTTP target."""
    text = base64.b64encode(json.dumps(body).encode()).decode()
    answer = {"statusCode": status, "contentType": "application/json", "body": text}
    return {"interceptorOutputVersion": VERSION, "http": {"transformedGatewayResponse": answer}}


def _output(what: dict[str, Any]) -> dict[str, Any]:
    return {"interceptorOutputVersion": VERSION, "mcp": what}
