"""Registered tools: called at their URL through the guarded door, or as a Lambda function, with the run's context.

    {"tool", "version", "arguments", "context": {"tenantId", "runId", "agent", "callId"}}  →  any JSON value

The call's id says the same call again: whoever is called twice with one does it once.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from enforcement.actions import Action, Outcome
from enforcement.errors import ToolUnreachable
from enforcement.registrations import Registered
from enforcement.run_desk import RunDesk
from governance.toolbox.custom import Credential, CustomTool
from governance.toolbox.entries import ToolEntry
from governance.toolbox.http import MOST_BYTES
from lambdas.gateway.requests import HttpTools
from lambdas.gateway.tools import Asked, BadArguments, Made, Tool
from platform_kit.clock import Clock
from platform_kit.errors import Unprocessable
from platform_kit.observability import count
from platform_kit.outbound import Outbound

_FINE: Final = range(200, 300)
_REFUSING: Final = range(400, 500)


class Functions(Protocol):
    """The functions that tools are."""

    def call(self, name: str, payload: bytes, seconds: int) -> bytes:
        """What a function answers; ToolUnreachable when it does not, or not in time."""
        ...


@dataclass(frozen=True)
class Ways:
    """How registered tools are reached: over HTTP, as functions, and with which secret of what name."""

    outbound: Outbound
    functions: Functions
    secret: Callable[[str], str]
    clock: Clock


@dataclass(frozen=True)
class RegisteredTool:
    """A registered tool, with the ways to it."""

    tool: CustomTool
    ways: Ways

    @property
    def entry(self) -> ToolEntry:
        """What the registry says of it."""
        return self.tool.entry()

    def read(self, given: object) -> Asked:
        """Hold what it is asked with against its schema; BadArguments."""
        arguments = self._fitting(given)
        told = {"fields": len(arguments)}
        hosts = self.tool.target.hosts
        action = Action(self.tool.name, arguments, told, hosts=hosts, registration=self.tool.registered)
        return Asked(action, self._act)

    def _fitting(self, given: object) -> dict[str, Any]:
        faults = self.tool.bad_arguments(given)
        if faults or not isinstance(given, dict):
            raise BadArguments("; ".join(faults) or "/: not an object")
        return given

    def _act(self, desk: RunDesk, _run: Mapping[str, Any], action: Action) -> Made:
        if self.tool.bad_arguments(action.arguments):
            raise Unprocessable("Without what the guardrails keep back, the arguments do not fit any more.")
        try:
            result = self._parsed(self._called(action.call_id, _message(self.tool, desk, action)))
        except ToolUnreachable as failure:
            return Made(Outcome("outage", told={"code": failure.code}, error=failure.code), failure=failure)
        structured = result if isinstance(result, dict) else {"result": result}
        return Made(Outcome(result=structured, told={"bytes": len(json.dumps(structured))}), None, json.dumps)

    def _called(self, call_id: str, body: bytes) -> bytes:
        target = self.tool.target
        if target.function is not None:
            return self.ways.functions.call(target.function, body, self.tool.timeout_seconds)
        headers = {"content-type": "application/json", "accept": "application/json"}
        headers |= self._proof(target.credential, call_id, body) if target.credential else {}
        door = HttpTools(self.ways.outbound, self.tool.timeout_seconds)
        answer = door.ask(self.tool.name, "POST", str(target.http), headers, body)
        return _accepted(answer.status, answer.body)

    def _proof(self, credential: Credential, call_id: str, body: bytes) -> dict[str, str]:
        secret = self.ways.secret(credential.secret)
        if credential.scheme == "bearer":
            return {"authorization": f"Bearer {secret}"}
        return signed(secret, call_id, body, self.ways.clock.now())

    def _parsed(self, body: bytes) -> Any:
        try:
            result = json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            count("ToolUnreachable", tool=self.tool.name)
            raise ToolUnreachable("The tool's answer is not JSON.") from None
        if self.tool.bad_result(result):
            count("ToolUnreachable", tool=self.tool.name)
            raise ToolUnreachable("The tool's answer does not fit its schema.")
        return result


@dataclass(frozen=True)
class Toolbox:
    """Call it for the tools there are now, by name. A registered tool never takes the place of one of the platform.

    What is behind an AgentCore Gateway is called there, by way of the interceptors.
    """

    own: Mapping[str, Tool]
    registered: Callable[[], Registered]
    ways: Ways

    def __call__(self) -> Mapping[str, Tool]:
        """PolicyUnavailable when it cannot be known which are registered."""
        here = {name: tool for name, tool in self.registered().items() if tool.target.agentcore is None}
        made = {name: RegisteredTool(tool, self.ways) for name, tool in here.items()}
        return {**made, **self.own}


def signed(secret: str, call_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a signed call: https://github.com/standard-webhooks/standard-webhooks, version `v1`."""
    moment = str(int(now.timestamp()))
    content = b".".join((call_id.encode(), moment.encode(), body))
    mac = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
    return {"webhook-id": call_id, "webhook-timestamp": moment, "webhook-signature": f"v1,{mac}"}


def _message(tool: CustomTool, desk: RunDesk, action: Action) -> bytes:
    context = {
        "tenantId": str(desk.tenant.tenant_id),
        "runId": desk.binding.run_id,
        "agent": desk.binding.agent,
        "callId": action.call_id,
    }
    message = {"tool": tool.name, "version": tool.version, "arguments": action.arguments, "context": context}
    body = json.dumps(message, separators=(",", ":")).encode()
    if len(body) > MOST_BYTES:
        raise Unprocessable(f"A registered tool takes at most {MOST_BYTES // 1024} KiB.")
    return body


def _accepted(status: int, body: bytes) -> bytes:
    """The body of an answer that is one. What a refusal says is not passed on: nobody has looked at it."""
    if status in _REFUSING:
        raise Unprocessable(f"The tool refused the call with the status {status}.")
    if status not in _FINE:
        raise ToolUnreachable(f"The tool answered with the status {status}.")
    return body


def _no_number(name: str) -> Any:
    raise ValueError(name)
