"""What the evaluation workflow sends: one step at a time."""

from typing import Annotated, Any, Literal

from pydantic import Field

from platform_kit.models import ApiModel


class BeginStep(ApiModel):
    """Look what there is to ask."""

    step: Literal["begin"]
    evaluation_id: str


class CaseStep(ApiModel):
    """Ask one case once, and score the answer."""

    step: Literal["case"]
    evaluation_id: str
    case_id: str
    repeat: Annotated[int, Field(ge=0)]


class GiveUpStep(ApiModel):
    """A case could not be asked, however often it was tried: `error` is `{Error, Cause}` of Step Functions."""

    step: Literal["give_up"]
    evaluation_id: str
    case_id: str
    repeat: Annotated[int, Field(ge=0)]
    error: dict[str, Any] = Field(default_factory=dict)


class FinishStep(ApiModel):
    """Every case is decided."""

    step: Literal["finish"]
    evaluation_id: str


class FailStep(ApiModel):
    """The workflow itself failed."""

    step: Literal["fail"]
    evaluation_id: str
    error: dict[str, Any] = Field(default_factory=dict)
