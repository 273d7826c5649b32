"""The application: tries the ways it is told to, one after another, and answers with what became of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp, Cancelled

from hostile_agent import calls, files, network, processes, runs, tokens, wire
from hostile_agent.ways import WAYS, Scene, try_all

if TYPE_CHECKING:
    from ambit_agent import Job

MODULES = (calls, files, network, processes, runs, tokens, wire)
app = AgentApp()
kept: dict[str, str] = {}


@app.job
def attack(job: Job) -> dict[str, Any]:
    """`context.ways` names them; `context.facts` is what they may know, the bytes of its JSON."""
    context = job.invocation.context
    facts = {**json.loads(bytes(context["facts"])), "ended": kept.get("token", "")}
    kept["token"] = job.invocation.run_token
    scene = Scene(job.invocation, facts)
    if context["ways"] == ["hold"]:
        runs.hold(scene, lambda: is_over(job))
    return {"known": sorted(WAYS), "report": try_all(context["ways"], scene)}


def is_over(job: Job) -> bool:
    """Whether the run was cancelled; asks more often than it must, to have the more time left."""
    try:
        job.progress()
        job.wait(0.1)
    except Cancelled:
        return True
    return False
