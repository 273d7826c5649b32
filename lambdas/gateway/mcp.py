"""The tools as an MCP server over streamable HTTP: stateless, one JSON-RPC 2.0 message a request, no stream of events.

Source: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports and …/server/tools.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.controls import Controls
from data_access_lib.errors import Superseded
from enforcement.errors import PolicyUnavailable, RunHalted
from enforcement.policies import InForce, PoliciesInForce, scope_of
from enforcement.recording import Asked, Recorder
from enforcement.replaying import ReplayDesk
from enforcement.rpc import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MOST_ID,
    PARSE_ERROR,
    RpcRefused,
    each_once,
    envelope,
    failed,
    identified,
    refused_call,
    refused_run,
)
from enforcement.run_desk import RunDesk
from governance.replays.calls import LISTED, TOOL
from lambdas.gateway.refusals import refusal
from lambdas.gateway.tool_calls import call_tool
from lambdas.gateway.tools import BadArguments, Tool
from platform_kit.api import MAX_BODY_BYTES
from platform_kit.errors import AmbitError, Conflict, KillSwitchActive
from platform_kit.observability import count

VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Protocol revisions spoken, newest first."""
UNSUPPORTED_VERSION: Final = -32022
_OK, _ACCEPTED, _BAD = 200, 202, 400
Ask = Callable[[Asked], dict[str, Any]]
"""Answers a question of an agent's: `{status, body: {result | error}}`."""


@dataclass(frozen=True)
class RpcAnswer:
    """An HTTP status and a JSON-RPC response; no body answers a notification."""

    status: int
    body: dict[str, Any] | None


@dataclass(frozen=True)
class McpServer:
    """`version` is the platform's, as `initialize` tells it.

    `controls` says which tools have been stopped, `policies` what each run may call, `tools` which there are, by name.
    """

    version: str
    controls: Controls
    policies: PoliciesInForce
    tools: Callable[[], Mapping[str, Tool]]

    def answer(self, desk: RunDesk, raw: bytes, protocol_version: str | None) -> RpcAnswer:
        """Answer one message; `protocol_version` is the `MCP-Protocol-Version` header."""
        return self._answer(raw, protocol_version, lambda asked: self._recorded(desk, asked))

    def replayed(self, desk: ReplayDesk, raw: bytes, protocol_version: str | None) -> RpcAnswer:
        """Answer one message of a replay, from the record: no tool is looked up, let alone called."""
        return self._answer(raw, protocol_version, desk.ask)

    def _answer(self, raw: bytes, protocol_version: str | None, ask: Ask) -> RpcAnswer:
        message: dict[str, Any] = {}
        try:
            message = _message(raw)
            if "id" not in message or "method" not in message:
                return RpcAnswer(_ACCEPTED, None)  # a notification, or a response to what was never asked
            answer = self._carry_out(message, protocol_version, ask)
        except RpcRefused as refused:
            answer = _refused(refused)
        return RpcAnswer(answer["status"], envelope(message, **answer["body"]))

    def _carry_out(self, message: Mapping[str, Any], protocol_version: str | None, ask: Ask) -> dict[str, Any]:
        method, params = message["method"], message.get("params", {})
        if not isinstance(params, dict):
            raise RpcRefused(INVALID_PARAMS, "params must be an object.")
        if method == "initialize":
            return _result(self._initialize(params))
        _check_version(protocol_version)
        match method:
            case "ping":
                return _result({})
            case "tools/list":
                return ask(Asked(LISTED, "tools", {}))
            case "tools/call":
                named = str(params.get("name"))
                return ask(Asked(TOOL, named, {"name": named, "arguments": params.get("arguments", {})}))
        raise RpcRefused(METHOD_NOT_FOUND, "Methods here: initialize, ping, tools/list, tools/call.")

    def _initialize(self, params: Mapping[str, Any]) -> dict[str, Any]:
        wanted = params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "ambit-gateway", "version": self.version},
        }

    def _recorded(self, desk: RunDesk, asked: Asked) -> dict[str, Any]:
        """What a question gives, kept where the run is recorded."""
        recorder = Recorder(desk, self.policies.of(desk), refusal)
        return recorder.keep(asked, lambda: self._asked(desk, asked), _kept)

    def _asked(self, desk: RunDesk, asked: Asked) -> dict[str, Any]:
        try:
            given = {"tools": self._listed(desk)} if asked.kind == LISTED else self._call(desk, asked.document)
        except RpcRefused as refused:
            return _refused(refused)
        return _result(given)

    def _listed(self, desk: RunDesk) -> list[dict[str, Any]]:
        """Those of which policy, and the scope of the run, let it make some call."""
        in_force, scope = self.policies.of(desk), scope_of(desk)
        entries = (tool.entry for tool in self.tools().values())
        return [entry.listed() for entry in entries if in_force.may_ever(desk, entry.registered, scope)]

    def _call(self, desk: RunDesk, params: Mapping[str, Any]) -> dict[str, Any]:
        tool = self.tools().get(str(params.get("name")))
        if tool is None:
            raise RpcRefused(INVALID_PARAMS, "Unknown tool. tools/list shows those that this run may call.")
        try:
            self.controls.let_use(tool.entry.name)
            return _called(desk, tool, params.get("arguments", {}), self.policies.of(desk))
        except (KillSwitchActive, Conflict) as stopped:
            raise refused_run(stopped) from None


def _result(given: dict[str, Any]) -> dict[str, Any]:
    return {"status": _OK, "body": {"result": given}}


def _refused(refused: RpcRefused) -> dict[str, Any]:
    count("GatewayRefused", reason=f"rpc{refused.error['code']}")
    return {"status": refused.status, "body": {"error": refused.error}}


def _kept(answer: dict[str, Any]) -> dict[str, Any] | None:
    """An answer as it is recorded; None where the run was over before, or another attempt's: nothing was asked then."""
    told = (answer["body"].get("error") or {}).get("data") or {}
    over = "runStatus" in told and told.get("code") != RunHalted.code
    return None if over or told.get("code") == Superseded.code else answer


def _message(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BODY_BYTES:
        raise RpcRefused(INVALID_REQUEST, "The message is too large; write large files in parts.", _BAD)
    try:
        message = json.loads(raw, object_pairs_hook=each_once)
    except (ValueError, RecursionError):
        raise RpcRefused(PARSE_ERROR, "The body is not JSON.", _BAD) from None
    if isinstance(message, list):
        raise RpcRefused(INVALID_REQUEST, "Send one message a request: batches are not taken.", _BAD)
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not identified(message):
        raise RpcRefused(INVALID_REQUEST, "Not a JSON-RPC 2.0 message.", _BAD)
    return message


def _check_version(header: str | None) -> None:
    if header is not None and header not in VERSIONS:
        data = {"supported": list(VERSIONS), "requested": header[:MOST_ID]}
        raise RpcRefused(UNSUPPORTED_VERSION, "That protocol version is not spoken here.", _BAD, data)


def _called(desk: RunDesk, tool: Tool, given: object, in_force: InForce) -> dict[str, Any]:
    """The tool's result. What is wrong with the call itself is told in it, for the agent to do better (SEP-1303)."""
    try:
        result = call_tool(desk, in_force, tool.read(given))
    except BadArguments as bad:
        desk.running()  # of a run that has ended, that is what is wrong
        count("GatewayToolCall", tool=tool.entry.name, status="invalid")
        return failed(f"Bad arguments: {bad}")
    except (Conflict, PolicyUnavailable):
        raise
    except AmbitError as failure:
        return refused_call(failure)
    text = [{"type": "text", "text": result.text}]
    return {"content": text, "structuredContent": result.structured, "isError": False}
