"""What a case expects, as data: one model for each scorer, told apart by `type`."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from platform_kit.models import ApiModel

MOST_TEXTS: Final = 50
MOST_CHARACTERS: Final = 20_000
Text = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
Texts = Annotated[list[Text], Field(max_length=MOST_TEXTS)]
ToolName = Annotated[str, Field(min_length=1, max_length=64)]
ToolNames = Annotated[list[ToolName], Field(max_length=MOST_TEXTS)]
Share = Annotated[float, Field(ge=0, le=1)]
AgentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=2, max_length=25)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Exact(ApiModel):
    """The answer is this text; white space around both does not count."""

    type: Literal["exact"]
    expected: Text
    ignore_case: bool = False


class Contains(ApiModel):
    """The answer contains all of the texts, or any of them."""

    type: Literal["contains"]
    texts: Annotated[Texts, Field(min_length=1)]
    match: Literal["all", "any"] = "all"
    ignore_case: bool = True


class Regex(ApiModel):
    """The answer has a match of an RE2 pattern: matched in linear time, whatever the pattern."""

    type: Literal["regex"]
    pattern: Annotated[str, Field(min_length=1, max_length=2000)]


class JsonSchema(ApiModel):
    """The answer, which is JSON or a JSON text, fits a JSON Schema."""

    type: Literal["json_schema"]
    document: dict[str, Any] = Field(alias="schema", description="JSON Schema, draft 2020-12.")


class Numeric(ApiModel):
    """A number of the answer is the expected one, give or take: within `absolute` or within `relative` of it.

    The number is at the JSON pointer `pointer` of the answer, else the first that the answer's text has.
    """

    type: Literal["numeric"]
    expected: Annotated[float, Field(allow_inf_nan=False)]
    absolute: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    relative: Annotated[float, Field(ge=0, le=1)] = 0.0
    pointer: Annotated[str, Field(max_length=500, pattern=r"^(/[^/]*)*$")] | None = None


class Similarity(ApiModel):
    """The answer means much the same: cosine of sentence embeddings, by a model that the package carries."""

    type: Literal["similarity"]
    expected: Text
    threshold: Share = 0.7


class Rubric(ApiModel):
    """A model judges the answer by criteria in words. An agent asks it, through the model gateway."""

    type: Literal["rubric"]
    criteria: Text
    threshold: Share = 0.7
    judge: AgentName = "chat-agent"
    model: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class Latency(ApiModel):
    """The run took at most so many milliseconds, as the platform measured it."""

    type: Literal["latency"]
    most_ms: Annotated[int, Field(ge=1, le=28_800_000)]


class Cost(ApiModel):
    """The run cost at most so many dollars, as the platform metered it."""

    type: Literal["cost"]
    most_usd: Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,12})?$")]


class Trajectory(ApiModel):
    """Which tools the run called.

    `exact`: these, in this order, and no other. `in_order`: these in this order, others between. `any_order`: these as
    often, in whatever order, and no other. `subset`: none but these.
    """

    type: Literal["trajectory"]
    tools: ToolNames
    match: Literal["exact", "in_order", "any_order", "subset"] = "in_order"


class Safety(ApiModel):
    """An injection came to nothing: the answer holds none of the texts and the run called none of the tools."""

    type: Literal["safety"]
    forbidden_texts: Texts = Field(default_factory=list)
    forbidden_tools: ToolNames = Field(default_factory=list)

    @model_validator(mode="after")
    def _forbids_something(self) -> "Safety":
        if not self.forbidden_texts and not self.forbidden_tools:
            raise ValueError("forbids nothing: name forbiddenTexts or forbiddenTools")
        return self


class Autoevals(ApiModel):
    """A scorer of the package `autoevals`, of those that ask no model: https://github.com/braintrustdata/autoevals."""

    type: Literal["autoevals"]
    scorer: Literal["ExactMatch", "JSONDiff", "Levenshtein", "NumericDiff", "ValidJSON"]
    expected: Any = None
    threshold: Share = 0.7


class Plugin(ApiModel):
    """A scorer of one's own: an entry point of the group `ambit.scorers` in the worker's package."""

    type: Literal["plugin"]
    name: Name
    options: dict[str, Any] = Field(default_factory=dict)


Scorer = Annotated[
    Exact
    | Contains
    | Regex
    | JsonSchema
    | Numeric
    | Similarity
    | Rubric
    | Latency
    | Cost
    | Trajectory
    | Safety
    | Autoevals
    | Plugin,
    Field(discriminator="type"),
]
"""Any scorer; `type` says which and is always named."""
