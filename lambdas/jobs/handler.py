"""Composition root of the function `jobs`: the tasks of the run workflow, one step an invocation.

    {"step": "start",  "tenantId", "runId", "jobId", "taskToken"}   → {"runId", "status"}; the workflow waits on
    {"step": "settle", "tenantId", "runId", "jobId"}                → {"runId", "status"}
    {"step": "recover", "tenantId", "runId", "jobId", "error"}      → {"runId", "lead"}: what to do next
    {"step": "await",  "tenantId", "runId", "jobId", "taskToken"}   → {"runId", "status"}; the workflow waits on
    {"step": "resume", "tenantId", "runId", "jobId"}                → {"runId", "lead"}
    {"step": "reap",   "tenantId"?}                                 → {"reaped": [run ids]}; by schedule or operator
    {"step": "silent"}                                              → {"silent": [runs]}; by operators
    {"step": "give_up", "tenantId", "runId"}                        → {"runId", "status"}; by operators

A failure that another attempt may cure leaves as `DependencyUnavailable`, by which the workflow retries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from lambdas.jobs.models import (
    AwaitStep,
    GiveUpStep,
    ReapStep,
    RecoverStep,
    ResumeStep,
    SettleStep,
    SilentStep,
    StartStep,
)
from lambdas.jobs.reaping import Reaper
from lambdas.jobs.recovering import Recovery
from lambdas.jobs.service import JobService
from lambdas.jobs.settings import JobsSettings
from lambdas.jobs.tasks import WorkflowTask
from platform_kit.errors import DependencyUnavailable
from run_lifecycle.assembly import RunParts, assemble
from run_lifecycle.workflows import RunWorkflows

_LONGEST_SECONDS: Final = 900.0

Step = StartStep | SettleStep | RecoverStep | AwaitStep | ResumeStep | ReapStep | SilentStep | GiveUpStep
_STEPS: Final[TypeAdapter[Step]] = TypeAdapter(Annotated[Step, Field(discriminator="step")])


@dataclass(frozen=True)
class Jobs:
    """The services of this function, and the parts that they are made of."""

    service: JobService
    recovery: Recovery
    reaper: Reaper
    parts: RunParts


@cache
def build() -> Jobs:
    """The services of this process."""
    settings = JobsSettings.from_environment()
    parts = assemble(settings, longest_seconds=_LONGEST_SECONDS)
    service = JobService(
        open_store=parts.open_store,
        conductor=parts.conductor,
        controls=parts.controls,
        clock=parts.clock,
        place=parts.resolver.runtime_of,
    )
    recovery = Recovery(parts.open_store, parts.conductor, parts.clock)

    def step_functions() -> Any:
        return parts.clients.get("stepfunctions")

    reaper = Reaper(
        open_store=parts.open_store,
        recovery=recovery,
        tasks=lambda token: WorkflowTask(step_functions, token),
        workflows=RunWorkflows(step_functions, settings.run_state_machine_arn),
        tenants=lambda: parts.catalogue.tenants,
        clock=parts.clock,
    )
    return Jobs(service, recovery, reaper, parts)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Carry out one step."""
    try:
        return _carry_out(_STEPS.validate_python(dict(event)), _seconds_left(context))
    except DependencyUnavailable as unavailable:
        # Step Functions matches an error by its class name alone: a subclass would not be retried.
        raise DependencyUnavailable(unavailable.detail, retry_after=unavailable.retry_after) from None


def _carry_out(step: Step, seconds_left: float) -> dict[str, Any]:
    jobs = build()
    match step:
        case StartStep():
            task = _task(jobs, step.task_token)
            status = jobs.service.start(step.tenant_id, step.run_id, step.task_token, task, seconds_left=seconds_left)
        case SettleStep():
            status = jobs.service.settle(step.tenant_id, step.run_id)
        case AwaitStep():
            task = _task(jobs, step.task_token)
            status = jobs.recovery.hold(step.tenant_id, step.run_id, step.task_token, task)
        case RecoverStep():
            return {"runId": step.run_id, "lead": jobs.recovery.recover(step.tenant_id, step.run_id, step.error)}
        case ResumeStep():
            return {"runId": step.run_id, "lead": jobs.recovery.resume(step.tenant_id, step.run_id)}
        case ReapStep():
            return {"reaped": jobs.reaper.reap(step.tenant_id)}
        case SilentStep():
            return {"silent": [one.as_dict() for one in jobs.reaper.silent()]}
        case GiveUpStep():
            status = jobs.reaper.give_up(step.tenant_id, step.run_id)
    return {"runId": step.run_id, "status": status}


def _task(jobs: Jobs, token: str) -> WorkflowTask:
    return WorkflowTask(lambda: jobs.parts.clients.get("stepfunctions"), token)


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if remaining else _LONGEST_SECONDS
