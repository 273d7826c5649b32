"""A tool call: recorded before it is made, made, and recorded again with how it went."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from data_access_lib.conditions import Change
from data_access_lib.repositories.events import EventDraft
from lambdas.gateway.run_desk import RunDesk
from lambdas.gateway.tools import Arguments, Result, Tool
from platform_kit.errors import AmbitError
from platform_kit.observability import count, logger


class ToolFailed(AmbitError):
    """The tool failed for a reason of ours that is not the agent's business."""

    code, status, title = "TOOL_FAILED", 500, "Tool failed"


def call_tool(desk: RunDesk, run: Mapping[str, Any], tool: Tool, arguments: Arguments) -> Result:
    """Make a call for a run that is running: two `tool` events, one more in `toolCalls`.

    An AmbitError says why the tool could not do it; RunClosed when the run ended meanwhile.
    """
    call_id = secrets.token_hex(8)
    intent = EventDraft("tool", "call", {"callId": call_id, "tool": tool.name, "arguments": arguments.told()})
    known = _write(desk, intent, int(run["lastSeq"]), Change(add={"toolCalls": 1}))
    begun = time.perf_counter()
    try:
        result = _run(desk, run, tool, arguments)
    except AmbitError as failure:
        _finish(desk, known, call_id, tool, begun, {"status": "failed", "code": failure.code})
        raise
    _finish(desk, known, call_id, tool, begun, {"status": "succeeded", **result.told()})
    return result


def _run(desk: RunDesk, run: Mapping[str, Any], tool: Tool, arguments: Arguments) -> Result:
    try:
        return tool.run(desk, run, arguments)
    except AmbitError:
        raise
    except Exception:  # noqa: BLE001 - the log gets its result event whatever happened
        logger().exception("tool failed", tool=tool.name)
        raise ToolFailed("The tool failed on our side. Try again.") from None


def _finish(desk: RunDesk, known: int, call_id: str, tool: Tool, begun: float, told: Mapping[str, Any]) -> None:
    elapsed = round((time.perf_counter() - begun) * 1000)
    payload = {"callId": call_id, "tool": tool.name, "durationMs": elapsed, **told}
    count("GatewayToolCall", tool=tool.name, status=told["status"])
    _write(desk, EventDraft("tool", "result", payload), known, None)


def _write(desk: RunDesk, draft: EventDraft, known: int, change: Change | None) -> int:
    binding = desk.binding
    written = desk.runs.log.append(binding.run_id, [draft], session_id=binding.session_id, known=known, change=change)
    return written.last_seq
