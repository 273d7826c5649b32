"""The third door: what agents ask of tools behind an Amazon Bedrock AgentCore Gateway takes the one way of all.

The request interceptor begins a call and the response interceptor finishes it; between them it stands open in the run's
record. Whatever is not understood, not begun or not known is refused: an interceptor answers, it does not fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.controls import Controls
from enforcement import open_calls
from enforcement.actions import Action, Outcome
from enforcement.admission import Admission
from enforcement.pipeline import begin, finish, taken_up
from enforcement.policies import PoliciesInForce, scope_of
from enforcement.registrations import Registered
from enforcement.rpc import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    RUN_REFUSED,
    RpcRefused,
    envelope,
    failed,
    refused_call,
    refused_run,
)
from enforcement.run_desk import RunDesk
from governance.toolbox.custom import CustomTool
from lambdas.interceptors import results
from lambdas.interceptors.models import Exchange, GatewayResponse, answered, answered_over_http, passed, read
from lambdas.interceptors.requests import INITIALIZED, Message, is_notification, message_of, params_of, rebuilt
from lambdas.interceptors.results import Unusable
from lambdas.interceptors.seals import Seal
from platform_kit.errors import AmbitError, Conflict, DependencyUnavailable, KillSwitchActive
from platform_kit.identity import Identity
from platform_kit.observability import count, logger

_OK, _ACCEPTED, _BAD, _FORBIDDEN, _FAILED, _BAD_GATEWAY = 200, 202, 400, 403, 500, 502
_UNFIT: Final = "UNPROCESSABLE"


class CallRefused(Exception):
    """A call that is answered with a result that says why it was not made, or what it does not give."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__("refused")
        self.result = result


@dataclass(frozen=True)
class Interceptors:
    """`desk` opens the caller's own run, `registered` are the operators' tools, `secret` is its tenant's for seals."""

    version: str
    admission: Admission
    controls: Controls
    desk: Callable[[Identity], RunDesk]
    policies: PoliciesInForce
    registered: Callable[[], Registered]
    secret: Callable[[RunDesk], bytes]

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What the gateway is to do; never raises."""
        if "http" in event:
            count("InterceptorRefused", reason="http_target")
            return answered_over_http(_FORBIDDEN, {"code": "FORBIDDEN", "detail": "Only MCP targets are served here."})
        try:
            exchange = read(event)
        except (ValueError, LookupError, TypeError):
            count("InterceptorRefused", reason="unreadable")
            return answered(_BAD, envelope({}, error=_error(INVALID_REQUEST, "Not an exchange of an MCP gateway.")))
        response = exchange.gateway_response
        return self._before(exchange) if response is None else self._after(exchange, response)

    def _before(self, exchange: Exchange) -> dict[str, Any]:
        """Let a request pass, as it was decided on, or answer it."""
        message, desk = {}, None
        try:
            message = message_of(exchange)
            desk = self._open(exchange)
            if is_notification(message):
                return self._notified(exchange, message)
            return passed(exchange.gateway_request, self._let_through(desk, exchange, message))
        except Exception as failure:  # noqa: BLE001 - what an interceptor raises, nobody promises to refuse
            status, body = _told(failure, message)
        try:
            return answered(status, self._seal(desk, exchange, message).put(body) if desk else body)
        except Exception:  # noqa: BLE001 - unsealed it is refused again, without its reasons
            return answered(status, body)

    def _after(self, exchange: Exchange, response: GatewayResponse) -> dict[str, Any]:
        """Give the client what it may have of a response."""
        message: Message = {}
        try:
            message = message_of(exchange)
            desk = self._open(exchange)
            if is_notification(message):
                return answered(_ACCEPTED, {}, response)
            ours = self._seal(desk, exchange, message).opened(response.body)
            if ours is not None:
                return answered(response.status_code or _OK, ours, response)
            return answered(_OK, envelope(message, result=self._returned(desk, exchange, message, response)), response)
        except Exception as failure:  # noqa: BLE001 - as above
            return answered(*_told(failure, message), response)

    def _open(self, exchange: Exchange) -> RunDesk:
        """The caller's own run, unless it, its tenant, its agent or the platform has been stopped."""
        who = self.admission.of(exchange.gateway_request.headers)
        run = who.agent_run()
        self.controls.let_run(tenant=who.tenant(), agent=run.agent, run_id=run.run_id)
        return self.desk(who)

    def _seal(self, desk: RunDesk, exchange: Exchange, message: Message) -> Seal:
        return Seal(self.secret(desk), desk.binding.run_id, exchange.session, message.get("id"))

    def _notified(self, exchange: Exchange, message: Message) -> dict[str, Any]:
        """Of notifications only the one that ends the handshake goes on: nobody could answer for what others carry."""
        if message["method"] == INITIALIZED:
            return passed(exchange.gateway_request, rebuilt(message))
        return answered(_ACCEPTED, {})

    def _let_through(self, desk: RunDesk, exchange: Exchange, message: Message) -> Message:
        params = params_of(message)
        match message["method"]:
            case "tools/call":
                return rebuilt(message, self._begun(desk, exchange, message, params))
            case "tools/list":
                cursor = params.get("cursor")
                return rebuilt(message, {"cursor": cursor} if isinstance(cursor, str) else {})
            case "initialize":
                return rebuilt(message, params)
        return rebuilt(message)

    def _begun(self, desk: RunDesk, exchange: Exchange, message: Message, params: Message) -> dict[str, Any]:
        """The call as it may be made, once its intent is written."""
        tool = self._tool(params.get("name"))
        if tool is None:
            raise RpcRefused(INVALID_PARAMS, "Unknown tool. tools/list shows those that this run may call.")
        self.controls.let_use(tool.name)
        arguments = _fitting(desk, tool, params.get("arguments", {}))
        action = Action(tool.name, arguments, {"fields": len(arguments)}, registration=tool.registered, leaves=True)
        in_force = self.policies.of(desk)
        with _refusals():
            begun = begin(desk, in_force, action, open_as=open_calls.name_of(exchange.session, message["id"]))
            allowed = begun.action.arguments
            if tool.bad_arguments(allowed):
                finish(desk, in_force, begun, Outcome("failed", told={"code": _UNFIT}, error=_UNFIT))
                raise CallRefused(failed("Without what the guardrails keep back, the arguments do not fit any more."))
        return {"name": params["name"], "arguments": allowed}

    def _returned(
        self, desk: RunDesk, exchange: Exchange, message: Message, response: GatewayResponse
    ) -> dict[str, Any]:
        if message["method"] == "tools/call":
            return self._finished(desk, exchange, message, response)
        params_of(message)
        result = results.result_in(message, response)
        match message["method"]:
            case "initialize":
                return results.initialized(result, self.version)
            case "tools/list":
                return self._listed(desk, result)
        return {}

    def _finished(
        self, desk: RunDesk, exchange: Exchange, message: Message, response: GatewayResponse
    ) -> dict[str, Any]:
        """The result of a call that was begun, as the agent may have it."""
        run = desk.running()
        call = open_calls.find(run, open_calls.name_of(exchange.session, message["id"]))
        tool = self._tool(params_of(message).get("name"))
        if tool is None or tool.name != call.tool:
            raise open_calls.NoOpenCall("The call with this id is of another tool, or its tool is gone.")
        begun = taken_up(desk, call, run, tool.registered)
        with _refusals():
            in_force = self.policies.of(desk)
            try:
                outcome = results.outcome_of(tool, results.result_in(message, response))
            except Unusable as why:
                count("ToolUnreachable", tool=tool.name)
                finish(desk, in_force, begun, results.lost(why))
                raise CallRefused(failed(str(why))) from None
            return results.shown(outcome, finish(desk, in_force, begun, outcome).value)

    def _listed(self, desk: RunDesk, result: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the gateway's tools of which policy lets the run make some call, in their operators' words."""
        in_force, listed = self.policies.of(desk), result.get("tools")
        if not isinstance(listed, list):
            raise Unusable("The gateway's list of tools cannot be read.")
        scope = scope_of(desk)
        found = {name: tool for name in map(_name, listed) if (tool := self._tool(name)) is not None}
        shown = [
            {**tool.entry().listed(), "name": name}
            for name, tool in found.items()
            if in_force.may_ever(desk, tool.registered, scope)
        ]
        cursor = result.get("nextCursor")
        return {"tools": shown} | ({"nextCursor": cursor} if isinstance(cursor, str) else {})

    def _tool(self, name: object) -> CustomTool | None:
        """The tool that is registered with exactly this name at the gateway; None for none, and for two."""
        found = [tool for tool in self.registered().values() if tool.target.agentcore == name]
        return found[0] if isinstance(name, str) and len(found) == 1 else None


class _refusals:  # noqa: N801 - used as a function
    """Turns what a call is refused with into its result; what ends or stops a run, or is down, goes on as it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, failure: BaseException | None, _trace: object) -> None:
        if isinstance(failure, KillSwitchActive | Conflict | DependencyUnavailable):
            return
        if isinstance(failure, AmbitError):
            raise CallRefused(refused_call(failure)) from None


def _fitting(desk: RunDesk, tool: CustomTool, given: object) -> dict[str, Any]:
    faults = tool.bad_arguments(given)
    if not faults and isinstance(given, dict):
        return given
    desk.running()  # of a run that has ended, that is what is wrong
    count("GatewayToolCall", tool=tool.name, status="invalid")
    raise CallRefused(failed(f"Bad arguments: {'; '.join(faults) or '/: not an object'}"))


def _name(listed: object) -> object:
    return listed.get("name") if isinstance(listed, dict) else None


def refused_whole(failure: Exception) -> dict[str, Any]:
    """The answer of a process that cannot even begin to decide."""
    return answered(*_told(failure, {}))


def _told(failure: Exception, message: Message) -> tuple[int, dict[str, Any]]:
    """A refusal as the client hears it: the HTTP status and the JSON-RPC response."""
    if isinstance(failure, CallRefused):
        return _OK, envelope(message, result=failure.result)
    refused = _as_rpc(failure)
    count("InterceptorRefused", reason=str(refused.error.get("data", {}).get("code") or refused.error["code"]))
    return refused.status, envelope(message, error=refused.error)


def _as_rpc(failure: Exception) -> RpcRefused:
    match failure:
        case RpcRefused():
            return failure
        case open_calls.NoOpenCall():
            count("InterceptorOrphan")
            return refused_run(failure)
        case KillSwitchActive() | Conflict():
            return refused_run(failure)
        case AmbitError():
            return RpcRefused(RUN_REFUSED, failure.detail, failure.status, {"code": failure.code})
        case Unusable():
            return RpcRefused(RUN_REFUSED, str(failure), _BAD_GATEWAY, {"code": results.UNREADABLE})
    logger().error("unexpected failure", exc_info=failure)
    count("UnexpectedFailure", function="interceptors")
    return RpcRefused(RUN_REFUSED, "This failed on our side, so it is refused. Try again.", _FAILED)


def _error(code: int, text: str) -> dict[str, Any]:
    return RpcRefused(code, text).error
