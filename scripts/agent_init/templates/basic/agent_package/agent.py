"""An agent that answers at once: what it returns is the run's output."""

from __future__ import annotations

import re

from ambit_agent import AgentApp, Invocation

app = AgentApp()


@app.entrypoint
def describe(invocation: Invocation) -> dict[str, int]:
    """How long the input is."""
    text = invocation.input
    return {
        "words": len(re.findall(r"\w+(?:['-]\w+)*", text)),
        "sentences": len(re.findall(r"[^.!?…]*\w[^.!?…]*(?:[.!?…]+|$)", text)),
        "characters": len(text),
    }
