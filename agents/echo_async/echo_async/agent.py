from __future__ import annotations

from typing import TYPE_CHECKING

from ambit_agent import AgentApp

if TYPE_CHECKING:
    from ambit_agent import Job

MAX_STEPS = 10_000
MAX_STEP_MS = 60_000
app = AgentApp()


@app.job
def echo(job: Job) -> str:
    """Take `context.steps` (3) steps of `context.stepMs` (100) each, report each, return the input."""
    steps = int(bounded(job.invocation.context.get("steps", 3), "steps", MAX_STEPS))
    seconds = bounded(job.invocation.context.get("stepMs", 100), "stepMs", MAX_STEP_MS) / 1000
    for step in range(1, steps + 1):
        job.wait(seconds)
        job.progress(100 * step / steps, f"step {step} of {steps}")
    return job.invocation.input


def bounded(value: object, name: str, most: int) -> float:
    """The number; raises ValueError for what is not a number from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"context.{name} must be a number from 0 to {most}")
    return value
