"""The tools as an MCP server over streamable HTTP: stateless, one JSON-RPC 2.0 message a request, no stream of events.

Source: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports and …/server/tools.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from data_access_lib.controls import Controls
from data_access_lib.errors import RunClosed
from lambdas.gateway.run_desk import RunDesk
from lambdas.gateway.tool_calls import call_tool
from lambdas.gateway.tools import TOOLS, Tool
from platform_kit import problem
from platform_kit.api import MAX_BODY_BYTES
from platform_kit.errors import AmbitError, Conflict, KillSwitchActive
from platform_kit.observability import count

VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Protocol revisions spoken, newest first."""
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
RUN_REFUSED, UNSUPPORTED_VERSION = -32000, -32022
_MAX_ID: Final = 200
_OK, _ACCEPTED, _BAD, _FORBIDDEN, _CONFLICT = 200, 202, 400, 403, 409


@dataclass(frozen=True)
class RpcAnswer:
    """An HTTP status and a JSON-RPC response; no body answers a notification."""

    status: int
    body: dict[str, Any] | None


class _Refused(Exception):
    """A message that is answered with a JSON-RPC error."""

    def __init__(self, code: int, message: str, status: int = _OK, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"code": code, "message": message, **({"data": dict(data)} if data else {})}
        self.status = status


@dataclass(frozen=True)
class McpServer:
    """`version` is the platform's, as `initialize` tells it; `controls` says which tools have been stopped."""

    version: str
    controls: Controls

    def answer(self, desk: RunDesk, raw: bytes, protocol_version: str | None) -> RpcAnswer:
        """Answer one message; `protocol_version` is the `MCP-Protocol-Version` header."""
        message: dict[str, Any] = {}
        try:
            message = _message(raw)
            if "id" not in message or "method" not in message:
                return RpcAnswer(_ACCEPTED, None)  # a notification, or a response to what was never asked
            result = self._carry_out(desk, message, protocol_version)
        except _Refused as refused:
            count("GatewayRefused", reason=f"rpc{refused.error['code']}")
            return RpcAnswer(refused.status, _envelope(message, error=refused.error))
        return RpcAnswer(_OK, _envelope(message, result=result))

    def _carry_out(self, desk: RunDesk, message: Mapping[str, Any], protocol_version: str | None) -> dict[str, Any]:
        method, params = message["method"], message.get("params", {})
        if not isinstance(params, dict):
            raise _Refused(INVALID_PARAMS, "params must be an object.")
        if method == "initialize":
            return self._initialize(params)
        _check_version(protocol_version)
        match method:
            case "ping":
                return {}
            case "tools/list":
                return {"tools": [tool.listed() for tool in TOOLS.values()]}
            case "tools/call":
                return self._call(desk, params)
        raise _Refused(METHOD_NOT_FOUND, "Methods here: initialize, ping, tools/list, tools/call.")

    def _initialize(self, params: Mapping[str, Any]) -> dict[str, Any]:
        wanted = params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "ambit-gateway", "version": self.version},
        }

    def _call(self, desk: RunDesk, params: Mapping[str, Any]) -> dict[str, Any]:
        tool = TOOLS.get(str(params.get("name")))
        if tool is None:
            raise _Refused(INVALID_PARAMS, f"Unknown tool. There are: {', '.join(TOOLS)}.")
        try:
            self.controls.let_use(tool.name)
            return _called(desk, desk.running(), tool, params.get("arguments", {}))
        except KillSwitchActive as stopped:
            raise _Refused(RUN_REFUSED, stopped.detail, _FORBIDDEN, {"code": stopped.code}) from None
        except Conflict as refused:
            ended = {"runStatus": refused.run_status} if isinstance(refused, RunClosed) else {}
            raise _Refused(RUN_REFUSED, refused.detail, _CONFLICT, {"code": refused.code, **ended}) from None


def _message(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BODY_BYTES:
        raise _Refused(INVALID_REQUEST, "The message is too large; write large files in parts.", _BAD)
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        raise _Refused(PARSE_ERROR, "The body is not JSON.", _BAD) from None
    if isinstance(message, list):
        raise _Refused(INVALID_REQUEST, "Send one message a request: batches are not taken.", _BAD)
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not _identified(message):
        raise _Refused(INVALID_REQUEST, "Not a JSON-RPC 2.0 message.", _BAD)
    return message


def _identified(message: Mapping[str, Any]) -> bool:
    if not isinstance(message.get("method", ""), str):
        return False
    found = message.get("id", 0)
    return type(found) is int or (isinstance(found, str) and len(found) <= _MAX_ID)


def _check_version(header: str | None) -> None:
    if header is not None and header not in VERSIONS:
        data = {"supported": list(VERSIONS), "requested": header[:_MAX_ID]}
        raise _Refused(UNSUPPORTED_VERSION, "That protocol version is not spoken here.", _BAD, data)


def _called(desk: RunDesk, run: Mapping[str, Any], tool: Tool, given: object) -> dict[str, Any]:
    """The tool's result. What is wrong with the call itself is told in it, for the agent to do better (SEP-1303)."""
    try:
        arguments = tool.arguments.model_validate(given)
    except ValidationError as error:
        count("GatewayToolCall", tool=tool.name, status="invalid")
        found = problem.from_validation(error).errors
        return _failed("Bad arguments: " + "; ".join(f"{item.pointer or '/'}: {item.message}" for item in found))
    try:
        result = call_tool(desk, run, tool, arguments)
    except Conflict:
        raise
    except AmbitError as failure:
        return _failed(failure.detail)
    text = [{"type": "text", "text": result.summary()}]
    return {"content": text, "structuredContent": result.model_dump(by_alias=True), "isError": False}


def _failed(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": True}


def _envelope(message: Mapping[str, Any], **outcome: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": message.get("id"), **outcome}
