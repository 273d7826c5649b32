"""Composition root of the function `jobs`: the tasks of the run workflow, one step an invocation.

    {"step": "start",  "tenantId", "runId", "jobId", "taskToken"}   → {"runId", "status"}; the workflow waits on
    {"step": "settle", "tenantId", "runId", "jobId"}                → {"runId", "status"}
    {"step": "fail",   "tenantId", "runId", "jobId", "error"}       → {"runId", "status"}
    {"step": "reap",   "tenantId"?}                                 → {"reaped": [run ids]}; by schedule or operator

A failure that another attempt may cure leaves as `DependencyUnavailable`, by which the workflow retries.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from lambdas.jobs.models import FailStep, ReapStep, SettleStep, StartStep
from lambdas.jobs.service import JobService
from lambdas.jobs.settings import JobsSettings
from lambdas.jobs.tasks import WorkflowTask
from platform_kit.errors import DependencyUnavailable
from run_lifecycle.assembly import RunParts, assemble

_LONGEST_SECONDS: Final = 900.0

Step = StartStep | SettleStep | FailStep | ReapStep
_STEPS: Final[TypeAdapter[Step]] = TypeAdapter(Annotated[Step, Field(discriminator="step")])


@cache
def build() -> tuple[JobService, RunParts]:
    """The service of this process."""
    parts = assemble(JobsSettings.from_environment(), longest_seconds=_LONGEST_SECONDS)
    service = JobService(
        open_store=parts.open_store,
        conductor=parts.conductor,
        controls=parts.controls,
        tenants=lambda: parts.catalogue.tenants,
        clock=parts.clock,
    )
    return service, parts


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Carry out one step."""
    try:
        return _carry_out(_STEPS.validate_python(dict(event)), _seconds_left(context))
    except DependencyUnavailable as unavailable:
        # Step Functions matches an error by its class name alone: a subclass would not be retried.
        raise DependencyUnavailable(unavailable.detail, retry_after=unavailable.retry_after) from None


def _carry_out(step: Step, seconds_left: float) -> dict[str, Any]:
    service, parts = build()
    match step:
        case StartStep():
            task = WorkflowTask(lambda: parts.clients.get("stepfunctions"), step.task_token)
            status = service.start(step.tenant_id, step.run_id, step.task_token, task, seconds_left=seconds_left)
        case SettleStep():
            status = service.settle(step.tenant_id, step.run_id)
        case FailStep():
            status = service.fail(step.tenant_id, step.run_id, step.error)
        case ReapStep():
            return {"reaped": service.reap(step.tenant_id)}
    return {"runId": step.run_id, "status": status}


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if remaining else _LONGEST_SECONDS
