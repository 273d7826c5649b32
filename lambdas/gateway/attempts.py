"""What agents ask for that no agent has a reason to ask for: a metric to alarm on, a security event to find it by.

Policy's own refusals are not among them: they stand in the run's log with their rule, counted as `PolicyDenied`.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from data_access_lib.signals import AgentAttempt
from enforcement.replaying import ReplayDiverged
from platform_kit.observability import count

Event = Mapping[str, Any]
Handler = Callable[[Event, object], dict[str, Any]]
_RPC_HEAD: Final = 1024  # an error is told right after the id, which is at most 200 characters
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_USUAL: Final = frozenset({405, 429})
"""Every MCP client asks for a stream once, and is told that there is none."""
_REMEMBERED: Final = 4096


class AgentSignals(Protocol):
    """Takes an attempt down; must not raise."""

    def agent_refused(self, attempt: AgentAttempt) -> None:
        """Record the attempt."""
        ...


class Attempts:
    """Told of every answer; `signals` is called when there is something to tell.

    The first refusal of a kind by a route in a run becomes an event: an agent cannot flood the log.
    """

    def __init__(self, signals: Callable[[], AgentSignals]) -> None:
        self._signals = signals
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def watch(self, handle: Handler) -> Handler:
        """The handler, with its refusals taken down."""

        def handle_and_tell(event: Event, context: object) -> dict[str, Any]:
            answer = handle(event, context)
            reason = refusal(answer)
            if reason is not None:
                self._take_down(event, reason)
            return answer

        return handle_and_tell

    def _take_down(self, event: Event, reason: str) -> None:
        count("AgentRefused", reason=reason)
        context = (event.get("requestContext") or {}).get("authorizer") or {}
        run = str(context.get("principalId") or "")
        operation = f"{event.get('httpMethod')} {event.get('resource')}"
        if (run, operation, reason) in self._seen:
            return
        self._seen[run, operation, reason] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        about = (str(context.get("tenantId") or ""), run, str(context.get("agent") or ""))
        self._signals().agent_refused(AgentAttempt(*about, operation=operation, reason=reason))


def refusal(answer: Mapping[str, Any]) -> str | None:
    """The code of a refusal that says something of the agent; None for success, what is usual and faults of ours."""
    status, body = int(answer["statusCode"]), str(answer.get("body") or "")
    if status >= _SERVER_ERROR or status in _USUAL:
        return None
    if status < _CLIENT_ERROR and '"error":' not in body[:_RPC_HEAD]:
        return None
    code = _code(body)
    return None if code == ReplayDiverged.code else code  # that changed code asks for something else is what it shows


def _code(body: str) -> str | None:
    """`code` of a problem document, or that of a JSON-RPC error: its own where it has one, else the number."""
    try:
        told = json.loads(body)
    except ValueError:
        return "UNREADABLE"
    error = told.get("error")
    if not isinstance(error, dict):
        return str(told["code"]) if "code" in told else None
    return str((error.get("data") or {}).get("code") or f"RPC{error.get('code')}")
