"""Policies and decisions as the API shows and takes them."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from governance.policy.envelope import Dollars, Override, pico
from governance.policy.tools import MOST_NAME
from lambdas.policies.replaying import MOST_RUNS
from platform_kit.models import ApiModel, ApiReply

_MOST_CALLS: Final = 1_000_000


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]
Agent = Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
Version = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]
Word = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]


class CreatePolicy(ApiModel):
    """What shall narrow one agent, or every agent of the tenant when none is named.

    `shadow` is another override that is asked beside it and decides nothing.
    """

    name: Name
    agent: Agent | None = None
    override: Override
    shadow: Override | None = None


class PutPolicy(ApiModel):
    """The next version of a policy: its override whole; the name stays when it is left out.

    `shadow` is asked beside it and decides nothing; left out, no override is in shadow any more.
    """

    name: Name | None = None
    override: Override
    shadow: Override | None = None


class PolicySummary(ApiReply):
    """A policy without its override. `agent` is absent when it is for all agents."""

    policy_id: str
    name: str
    agent: str | None = None
    version: int
    created_by: str
    created_at: str
    updated_by: str
    updated_at: str


class PolicyReply(PolicySummary):
    """A policy with the overrides of one version; `updatedBy` and `updatedAt` are that version's."""

    override: dict[str, Any]
    shadow: dict[str, Any] | None = None


class PolicyPage(ApiReply):
    """Part of the list of policies, newest first."""

    items: list[PolicySummary]
    next_cursor: str | None = None


class CostUsed(ApiModel):
    """US dollars as a decimal string."""

    amount: Dollars
    currency: Literal["USD"] = "USD"


class CallContext(ApiModel):
    """A call as an agent would ask for it, and what its run has used before: nothing unless told."""

    tool: Word
    action: Word | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    cost_usage: Dollars | CostUsed = "0"
    calls_so_far: Annotated[int, Field(ge=0, le=_MOST_CALLS, strict=True)] = 0
    tainted: Annotated[bool, Field(strict=True)] = False
    input: Annotated[str, Field(max_length=50_000)] | None = Field(
        default=None, description="What the run was asked: the text that a grant's `provenance` trusts."
    )

    @property
    def cost(self) -> int:
        """What the run has cost, in pico-dollars."""
        return pico(self.cost_usage if isinstance(self.cost_usage, str) else self.cost_usage.amount)


class Evaluate(ApiModel):
    """A question: of an agent as it stands, or of a policy (`version`: another than its newest)."""

    policy_id: Annotated[str, Field(max_length=64)] | None = None
    version: Version | None = None
    agent: Agent | None = None
    context: CallContext

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.policy_id is None and self.agent is None:
            raise ValueError("give policyId or agent")
        if self.version is not None and self.policy_id is None:
            raise ValueError("version is a policy's: give policyId")
        return self


class PolicyVersion(ApiReply):
    """A policy that took part in a decision."""

    policy_id: str
    version: int


class DecisionReply(ApiReply):
    """What would become of the call, and why. `policies` are the tenant's own that were asked."""

    decision: Literal["ALLOW", "NEEDS_APPROVAL", "DENY"]
    risk_level: Literal["low", "medium", "high", "critical"]
    required_approvals: list[str]
    explanation: str
    rule_id: str
    policies: list[PolicyVersion]


class Simulate(ApiModel):
    """An override to hold against what an agent's latest runs, at most 100, have asked for."""

    agent: Agent
    override: Override
    runs: Annotated[int, Field(ge=1, le=MOST_RUNS, strict=True)] = 20


class Outcome(ApiReply):
    """A decision and the rule that made it; `explanation` is empty where the run's log does not tell it."""

    decision: Literal["ALLOW", "NEEDS_APPROVAL", "DENY"]
    rule_id: str
    explanation: str


class Move(ApiReply):
    """How many calls were decided as `from` and would be as `to`."""

    from_: Annotated[Literal["ALLOW", "NEEDS_APPROVAL", "DENY"], Field(alias="from")]
    to: Literal["ALLOW", "NEEDS_APPROVAL", "DENY"]
    count: int


class Changed(ApiReply):
    """A call of a run, `event` its number in the run's log, whose answer would be another."""

    run_id: str
    event: int
    tool: str
    direction: Literal["stricter", "looser"]
    before: Outcome
    after: Outcome


class SimulationReply(ApiReply):
    """What would become of recorded calls. `changes` are the latest runs' first 100 of the `changed`.

    `undecidable` hang on what the log does not tell; they are not among the `total`.
    """

    runs: int
    total: int
    changed: int
    undecidable: int
    counts: list[Move]
    changes: list[Changed]


class CedarReply(ApiReply):
    """What is in force for an agent, in Cedar: policies, schema, and entities as JSON, each a text."""

    policies: str
    cedar_schema: str
    entities: str
