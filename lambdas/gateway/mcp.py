"""The Model Context Protocol's messages (https://modelcontextprotocol.io/specification/2025-06-18), one at a time."""

from collections.abc import Callable
from typing import Any, Final

from lambdas.gateway.models import RpcReply, RpcRequest
from platform_kit.errors import AmbitError, NotFound

VERSIONS: Final = ("2025-06-18", "2025-03-26", "2024-11-05")
_METHOD_NOT_FOUND: Final = -32601
_INVALID_PARAMS: Final = -32602

CallTool = Callable[[str, dict[str, Any]], dict[str, Any]]


def answer(request: RpcRequest, *, version: str, tools: list[dict[str, Any]], call_tool: CallTool) -> RpcReply | None:
    """The response to a request; None to a notification, which wants none."""
    if request.method.startswith("notifications/") or request.id is None:
        return None
    if request.method == "initialize":
        return _result(request, _initialize(request.params, version))
    if request.method == "ping":
        return _result(request, {})
    if request.method == "tools/list":
        return _result(request, {"tools": tools})
    if request.method == "tools/call":
        return _call(request, call_tool)
    return _error(request, _METHOD_NOT_FOUND, "There is no such method.")


def _initialize(params: dict[str, Any], version: str) -> dict[str, Any]:
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "ambit-gateway", "version": version},
    }


def _call(request: RpcRequest, call_tool: CallTool) -> RpcReply:
    name, arguments = request.params.get("name"), request.params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return _error(request, _INVALID_PARAMS, "params needs name, a string, and arguments, an object.")
    try:
        found = call_tool(name, arguments)
    except NotFound as error:
        return _error(request, _INVALID_PARAMS, error.detail)
    except ToolFailed as failed:
        return _result(request, _failure(failed.error))
    return _result(request, {"content": [_summary(name, found)], "structuredContent": found, "isError": False})


class ToolFailed(Exception):
    """A tool that exists was called and could not do it: told as a result, so that the agent can react."""

    def __init__(self, error: AmbitError) -> None:
        super().__init__(error.detail)
        self.error = error


def _failure(error: AmbitError) -> dict[str, Any]:
    places = "".join(f" {item.pointer}: {item.message}." for item in error.errors)
    return {"content": [{"type": "text", "text": f"{error.code}: {error.detail}{places}"}], "isError": True}


def _summary(name: str, found: dict[str, Any]) -> dict[str, str]:
    size = found.get("length", found.get("bytes", 0))
    return {"type": "text", "text": f"{name}: {size} bytes of {found['fileId']}"}


def _result(request: RpcRequest, result: dict[str, Any]) -> RpcReply:
    return RpcReply(id=request.id, result=result)


def _error(request: RpcRequest, code: int, message: str) -> RpcReply:
    return RpcReply(id=request.id, error={"code": code, "message": message})
