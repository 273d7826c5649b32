"""Where agents run, as operators see and say it, and the step that the schedule asks for."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from platform_kit.fields import printable
from platform_kit.models import ApiModel, ApiReply


class SwitchRuntime(ApiModel):
    """Where agents shall run from now on, and why.

    `hold` keeps them there whatever happens, until the next switch; left out: away from home it does, at home not.
    """

    target: Annotated[str, Field(max_length=25, description="One of the stage's two regions.")]
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(printable)
    ]
    hold: bool | None = None


class RegionReply(ApiReply):
    """A region as its runtimes answer: failures in a row of late, since when, and since when looks at it go well."""

    name: str
    failures: int
    failing_since: str | None = None
    well_since: str | None = None
    looked_at: str | None = None


class FailoverReply(ApiReply):
    """Where agents run. `token` is the fencing token of the last switch, 0 while there was none.

    `held`: nothing is switched by itself. `failovers` is how often agents left home by themselves of late: each doubles
    `stableSeconds`, for which home must answer before agents go back.
    """

    active: str
    home: str
    standby: str | None = None
    held: bool
    token: int
    failovers: int
    stable_seconds: int
    switched_at: str | None = None
    reason: str | None = None
    switched_by: str | None = None
    regions: list[RegionReply]


class Step(BaseModel):
    """What the schedule asks for."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["failover"]
