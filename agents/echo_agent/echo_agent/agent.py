from __future__ import annotations

from ambit_agent import AgentApp, Invocation

app = AgentApp()


@app.entrypoint
def echo(invocation: Invocation) -> str:
    """Answer with the input."""
    return invocation.input
