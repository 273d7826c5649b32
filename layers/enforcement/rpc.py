"""The Model Context Protocol as every door speaks it: what a message must look like, and how a refusal is told.

Source: JSON-RPC 2.0, and https://modelcontextprotocol.io/specification/2025-11-25/server/tools.
"""

from collections.abc import Mapping
from typing import Any, Final

from data_access_lib.errors import RunClosed
from enforcement.errors import CallMadeBefore, GuardrailBlocked, PolicyRefused, RunHalted
from governance.approvals import ToldToAgents
from platform_kit.errors import AmbitError, Conflict, KillSwitchActive

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
RUN_REFUSED = -32000
MOST_ID: Final = 200
_OK, _FORBIDDEN, _CONFLICT = 200, 403, 409


class RpcRefused(Exception):
    """A message that is answered with a JSON-RPC error, and the HTTP status of that answer."""

    def __init__(self, code: int, message: str, status: int = _OK, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"code": code, "message": message, **({"data": dict(data)} if data else {})}
        self.status = status


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: with two of one name, two readers may see two different calls (RFC 8259 §4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def identified(message: Mapping[str, Any]) -> bool:
    """Whether its method and its id, where it has them, are what they may be."""
    if not isinstance(message.get("method", ""), str):
        return False
    found = message.get("id", 0)
    return type(found) is int or (isinstance(found, str) and len(found) <= MOST_ID)


def refused_run(failure: KillSwitchActive | Conflict) -> RpcRefused:
    """A run, or a tool, that has been stopped, as the protocol's own error."""
    ended = {"runStatus": failure.run_status} if isinstance(failure, RunClosed | RunHalted) else {}
    status = _FORBIDDEN if isinstance(failure, KillSwitchActive) else _CONFLICT
    return RpcRefused(RUN_REFUSED, failure.detail, status, {"code": failure.code, **ended})


def failed(text: str) -> dict[str, Any]:
    """The result of a call that was not made, or did not succeed."""
    return {"content": [{"type": "text", "text": text}], "isError": True}


def refused_call(failure: AmbitError) -> dict[str, Any]:
    """Why a call was refused, as its result: what is wrong with it is told for the agent to do better (SEP-1303)."""
    if isinstance(failure, PolicyRefused | GuardrailBlocked | CallMadeBefore | ToldToAgents):
        return {**failed(failure.detail), "structuredContent": failure.as_dict()}
    return failed(failure.detail)


def envelope(message: Mapping[str, Any], **outcome: object) -> dict[str, Any]:
    """The response to a message."""
    return {"jsonrpc": "2.0", "id": message.get("id"), **outcome}
