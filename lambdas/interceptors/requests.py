"""Reading a client's message: one JSON-RPC message of a method that is known here, or a refusal."""

import json
from collections.abc import Mapping
from typing import Any, Final

from enforcement.rpc import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, RpcRefused, each_once, identified
from lambdas.interceptors.models import Exchange

INITIALIZED: Final = "notifications/initialized"
METHODS: Final = ("initialize", "ping", "tools/list", "tools/call")
_BAD, _NO_SUCH_METHOD = 400, 405
_POST: Final = "POST"

Message = dict[str, Any]


def message_of(exchange: Exchange) -> Message:
    """The one message of a request; RpcRefused for anything else."""
    body = exchange.gateway_request.body
    if exchange.gateway_request.http_method != _POST:
        raise RpcRefused(INVALID_REQUEST, "Send messages with POST.", _NO_SUCH_METHOD)
    if isinstance(body, list):
        raise RpcRefused(INVALID_REQUEST, "Send one message a request: batches are not taken.", _BAD)
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0" or "method" not in body or not identified(body):
        raise RpcRefused(INVALID_REQUEST, "Not a JSON-RPC 2.0 request.", _BAD)
    _check_raw(exchange, body)
    return body


def is_notification(message: Mapping[str, Any]) -> bool:
    """Whether nobody waits for an answer."""
    return "id" not in message


def params_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """What the method is called with; RpcRefused for a method that is not let through, or for no object."""
    if message["method"] not in METHODS:
        raise RpcRefused(METHOD_NOT_FOUND, f"Methods here: {', '.join(METHODS)}.")
    params = message.get("params", {})
    if not isinstance(params, dict):
        raise RpcRefused(INVALID_PARAMS, "params must be an object.")
    return params


def rebuilt(message: Mapping[str, Any], params: Mapping[str, Any] | None = None) -> Message:
    """The message of these parameters and nothing else: no `_meta`, which would ask for progress that none looks at."""
    named = {name: message[name] for name in ("jsonrpc", "id", "method") if name in message}
    return named if params is None else {**named, "params": dict(params)}


def _check_raw(exchange: Exchange, body: Message) -> None:
    """What the gateway read must be what was sent: with a name twice, two readers may see two calls.

    Text that is no JSON is not looked at: what is passed on is the body that was decided on.
    """
    raw = exchange.raw_gateway_request.body if exchange.raw_gateway_request else None
    if not isinstance(raw, str):
        return
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return
    try:
        same = json.loads(raw, object_pairs_hook=each_once) == body
    except ValueError:
        same = False
    if not same:
        raise RpcRefused(INVALID_REQUEST, "The request can be read in more than one way.", _BAD)
