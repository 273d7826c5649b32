from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp

if TYPE_CHECKING:
    from ambit_agent import Job

MAX_STEPS = 10_000
MAX_STEP_MS = 60_000
app = AgentApp()


@app.job
def echo(job: Job) -> str:
    """Take `context.steps` (3) steps of `context.stepMs` (100) each, report each, return the input.

    With `context.checkpoints` it leaves one after each step, and goes on after the last of them when it is broken off.
    """
    context = job.invocation.context
    steps = int(bounded(context.get("steps", 3), "steps", MAX_STEPS))
    seconds = bounded(context.get("stepMs", 100), "stepMs", MAX_STEP_MS) / 1000
    for step in range(_done(job.state) + 1, steps + 1):
        job.wait(seconds)
        if context.get("checkpoints"):
            job.checkpoint({"done": step})
        job.progress(100 * step / steps, f"step {step} of {steps}")
    return job.invocation.input


def _done(state: Any) -> int:
    return int(state["done"]) if state else 0


def bounded(value: object, name: str, most: int) -> float:
    """The number; raises ValueError for what is not a number from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"context.{name} must be a number from 0 to {most}")
    return value
