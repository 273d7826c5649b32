"""An agent that uses the platform's tools. It holds no credential: the gateway decides about each call and makes it."""

from __future__ import annotations

import re
from typing import Final

from ambit_agent import AgentApp, Gateway, GatewayError, Invocation

app = AgentApp()
_SUM: Final = re.compile(r"\d[\d\s.]*(?:[-+*/%^()]+[\d\s.()]*)+")
_ZONE: Final = re.compile(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?\b")


@app.entrypoint
def answer(invocation: Invocation, gateway: Gateway) -> str:
    """Choose a tool by what is asked, call it, say what it said."""
    question = invocation.input
    try:
        if found := _SUM.search(question):
            return _calculate(gateway, found[0].strip().replace("^", "**"))
        if "time" in question.lower():
            return _tell_time(gateway, question)
    except GatewayError as refused:  # policy, a budget, or the tool itself: the reason is in its words
        return f"I could not find out: {refused}"
    return "I can do sums, such as 6 * 7, and tell the time, such as that in Europe/Berlin."


def _calculate(gateway: Gateway, expression: str) -> str:
    result = gateway.tools.call("calculator", expression=expression)
    return f"{expression} = {result['result']}"


def _tell_time(gateway: Gateway, question: str) -> str:
    zone = _ZONE.search(question)
    result = gateway.tools.call("time", zone=zone[0] if zone else "UTC")
    return f"It is {result['local']}, a {result['weekday']}, in {zone[0] if zone else 'UTC'}."
