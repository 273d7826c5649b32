"""What the run workflow sends: one step at a time."""

from typing import Any, Literal

from pydantic import Field

from platform_kit.models import ApiModel


class StartStep(ApiModel):
    """Start the agent; `taskToken` is what the workflow waits with."""

    step: Literal["start"]
    tenant_id: str
    run_id: str
    job_id: str
    task_token: str = Field(min_length=1, max_length=2048)


class SettleStep(ApiModel):
    """The agent has completed its run."""

    step: Literal["settle"]
    tenant_id: str
    run_id: str
    job_id: str


class RecoverStep(ApiModel):
    """The agent failed, fell silent or ran too long: `error` is `{Error, Cause}` of Step Functions.

    `fail` is what executions call it that began before runs could go on.
    """

    step: Literal["recover", "fail"]
    tenant_id: str
    run_id: str
    job_id: str
    error: dict[str, Any] = Field(default_factory=dict)


class AwaitStep(ApiModel):
    """The agent has stopped for an approval; `taskToken` is what the workflow waits with for people."""

    step: Literal["await"]
    tenant_id: str
    run_id: str
    job_id: str
    task_token: str = Field(min_length=1, max_length=2048)


class ResumeStep(ApiModel):
    """People have decided, or could in vain."""

    step: Literal["resume"]
    tenant_id: str
    run_id: str
    job_id: str


class ReapStep(ApiModel):
    """End runs that nobody leads any more: one tenant's, or every tenant's."""

    step: Literal["reap"]
    tenant_id: str | None = None
    detail: dict[str, Any] | None = None  # what a scheduled rule adds


class SilentStep(ApiModel):
    """Tell which runs gave no sign of life for longer than they may."""

    step: Literal["silent"]


class GiveUpStep(ApiModel):
    """End a silent run that cannot be brought back."""

    step: Literal["give_up"]
    tenant_id: str
    run_id: str
