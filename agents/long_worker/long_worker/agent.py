"""An agent for hours of work: `context.steps` of `context.stepMs` each, a file and a checkpoint after every one.

    {"input": "report", "context": {"steps": 3, "stepMs": 1000}}

Broken off, it goes on after its last checkpoint and leaves no file twice. Where people have to decide about a file it
ends until they have. It answers with the names of its files, and in which attempt it wrote each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp, ApprovalRefusedError, CallMadeBeforeError

if TYPE_CHECKING:
    from ambit_agent import Job

MAX_STEPS = 10_000
MAX_STEP_MS = 600_000
app = AgentApp()


class UnknownOutcomeError(Exception):
    """An earlier attempt has written this file, or has not: nobody knows."""


@app.job
def work(job: Job) -> list[dict[str, Any]]:
    """What was left, step by step."""
    context = job.invocation.context
    steps = bounded(context.get("steps", 3), "steps", MAX_STEPS)
    seconds = bounded(context.get("stepMs", 100), "stepMs", MAX_STEP_MS) / 1000
    done: list[dict[str, Any]] = list(job.state or [])
    for step in range(len(done) + 1, steps + 1):
        job.wait(seconds)
        done.append(left(job, f"{job.invocation.run_id}-{step:05d}.txt"))
        job.checkpoint(done)
        job.progress(100 * step / steps, f"step {step} of {steps}")
    return done


def left(job: Job, name: str) -> dict[str, Any]:
    """A file, or why there is none. UnknownOutcomeError when an earlier attempt may have written it."""
    told = {"name": name, "attempt": job.invocation.attempt}
    try:
        job.call("files.write", name=name, contentType="text/plain", text=job.invocation.input)
    except ApprovalRefusedError as refused:
        return {**told, "refused": refused.code}
    except CallMadeBeforeError as before:
        if before.outcome != "succeeded":
            raise UnknownOutcomeError(name) from None
        return {**told, "before": True}
    return told


def bounded(value: object, name: str, most: int) -> int:
    """The whole number; raises ValueError for what is none from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"context.{name} must be a whole number from 0 to {most}")
    return value
