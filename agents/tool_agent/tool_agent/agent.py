"""An agent that calls the tools that `context.calls` names, in their order, and answers with what each gave.

    {"input": "go", "context": {"calls": [{"tool": "calculator", "arguments": {"expression": "6 * 7"}}]}}

A call that is refused is told beside the others. For trying tools and policies out; it is not seeded.
"""

from __future__ import annotations

from typing import Any, Final

from ambit_agent import AgentApp, Gateway, GatewayError, Invocation

app = AgentApp()
MOST_CALLS: Final = 20


@app.entrypoint
def call_tools(invocation: Invocation, gateway: Gateway) -> list[dict[str, Any]]:
    """What each call gave, or why it did not."""
    wanted = invocation.context.get("calls")
    calls = wanted if isinstance(wanted, list) else []
    return [_called(gateway, call) for call in calls[:MOST_CALLS]]


def _called(gateway: Gateway, call: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"tool": call["tool"], "result": gateway.tools.call(call["tool"], **call.get("arguments", {}))}
    except GatewayError as refused:
        return {"tool": call["tool"], "refused": str(refused)}
