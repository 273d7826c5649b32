"""Canaries of instances, as the API shows and takes them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from governance.canary import WHOLE
from governance.incident_models import Sentence
from platform_kit.models import ApiModel, ApiReply

_PERCENT = WHOLE // 100


def weight_of(percent: float) -> int:
    """A percentage with at most two decimals as a weight of WHOLE; ValueError for more decimals."""
    weight = round(percent * _PERCENT)
    if abs(weight - percent * _PERCENT) > 1e-6:  # noqa: PLR2004 - less than a double's noise in a hundredth of a percent
        raise ValueError("has at most two decimals")
    return weight


def percent_of(weight: int) -> float:
    """A weight as a percentage."""
    return weight / _PERCENT


def _two_decimals(percent: float) -> float:
    return percent_of(weight_of(percent))


VersionId = Annotated[str, Field(pattern=r"^ver_[0-9a-f]{32}$")]
_CANDIDATE = Field(default=None, description="The candidate; left out: the agent's second approved version.")


class PutCanary(ApiModel):
    """How many of an agent's sessions go to its second approved version, in percent with two decimals, and why."""

    percent: Annotated[float, Field(ge=0.01, le=100, allow_inf_nan=False), AfterValidator(_two_decimals)]
    version_id: VersionId | None = _CANDIDATE
    reason: Sentence


class SetCanary(ApiModel):
    """As for a tenant's own administrators; 0 percent ends the canary."""

    percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), AfterValidator(_two_decimals)]
    version_id: VersionId | None = _CANDIDATE
    reason: Sentence


class SeenReply(ApiReply):
    """What was seen of one version while the canary was on. Rates are shares of its runs; times in milliseconds."""

    version_id: str
    runs: int
    failed: int
    blocked: int = Field(description="Runs that guardrails stopped; they are not among the failed.")
    failure_rate: float
    block_rate: float
    p95_ms: float = Field(description="95 % of its runs took no longer, to within a fifth.")


class CanaryReply(ApiReply):
    """A canary of the tenant's instance of an agent, and what was seen of both versions.

    `void`: one of its versions is no longer what it was when the canary began, so every session goes to what tenants
    run. A run counts when it has ended, unless it was cancelled.
    """

    agent: str
    status: Literal["none", "on", "void", "ended"]
    canary_id: str | None = None
    percent: float | None = None
    stable: SeenReply | None = None
    candidate: SeenReply | None = None
    verdict: Literal["as_well", "error_rate", "latency", "guardrails"] | None = Field(
        default=None, description="How the candidate does by what was seen; anything but `as_well` ends the canary."
    )
    started_at: str | None = None
    started_by: str | None = None
    ended_at: str | None = None
    ended_by: str | None = Field(default=None, description="`svc:canary` when it was rolled back by what was seen.")
    reason: str | None = None
