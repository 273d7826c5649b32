"""Runs, jobs and sessions as the API shows and takes them."""

import json
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from governance.policy.scope import MOST_TOOLS
from lambdas.bridge.decisions import LOOKED_AT
from platform_kit.models import ApiModel, ApiReply, Money

MAX_INPUT_CHARACTERS: Final = 50_000
MAX_CONTEXT_BYTES: Final = 32_000
MAX_METADATA_BYTES: Final = 16_000
MAX_FILES: Final = 20
MAX_JOBS: Final = 50

Mode = Literal["sync", "streaming", "async"]
Status = Literal[
    "queued",
    "running",
    "awaiting_approval",
    "paused",
    "retrying",
    "succeeded",
    "failed",
    "halted",
    "cancelled",
    "timed_out",
]


def _text(value: str) -> str:
    if not _encodable(value):
        raise ValueError("holds half of a surrogate pair")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _at_most(most: int) -> AfterValidator:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if not _encodable(text):
            raise ValueError("holds half of a surrogate pair")
        if len(text.encode()) > most:
            raise ValueError(f"may have at most {most} bytes of JSON; upload more as a file")
        return value

    return AfterValidator(check)


class RunScope(ApiModel):
    """What a run may do at most, within what policy allows its agent. It can only take away."""

    tools: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=MOST_TOOLS)] | None = Field(
        default=None, description="Tools of the agent that the run may call, by name. Models need not be named."
    )
    autonomy_tier: Annotated[int, Field(ge=0, le=5, strict=True)] | None = Field(
        default=None, description="The autonomy tier at most: what is done without asking."
    )


class InvokeRequest(ApiModel):
    """What an agent is asked."""

    input: Annotated[str, Field(min_length=1, max_length=MAX_INPUT_CHARACTERS), AfterValidator(_text)]
    session_id: str | None = Field(default=None, max_length=64, description="Continue this session; else a new one.")
    context: Annotated[dict[str, Any], _at_most(MAX_CONTEXT_BYTES)] | None = Field(
        default=None, description=f"For the agent: any object of at most {MAX_CONTEXT_BYTES} bytes."
    )
    files: list[Annotated[str, Field(max_length=64)]] = Field(
        default_factory=list, max_length=MAX_FILES, description="Ids of uploaded files."
    )
    scope: RunScope | None = Field(default=None, description="Narrows what this run may do; left out: nothing.")
    webhook_id: str | None = Field(
        default=None,
        max_length=64,
        description="An endpoint that is told of the job, whatever it asked for: docs/webhooks.md.",
    )
    metadata: Annotated[dict[str, Any], _at_most(MAX_METADATA_BYTES)] = Field(
        default_factory=dict, description=f"Kept with the run: any object of at most {MAX_METADATA_BYTES} bytes."
    )


class UsageReply(ApiReply):
    """What a run used, as metered by the platform."""

    input_tokens: int
    output_tokens: int
    tool_calls: int
    duration_ms: int


class RunError(ApiReply):
    """Why a run did not succeed."""

    code: str
    message: str


class ResultReply(ApiReply):
    """A finished run: the answer of a synchronous call, the payload of a stream's last event, a job's result."""

    run_id: str
    agent: str
    version: str
    mode: Mode
    status: Status
    output: Any = None
    usage: UsageReply
    cost: Money
    session_id: str
    job_id: str | None = None
    error: RunError | None = None
    scope: RunScope | None = Field(default=None, description="To what the caller has narrowed the run.")
    output_omitted: bool | None = Field(
        default=None, description="It is large: `GET /v1/jobs/{id}` has its address, `GET /v1/runs/{id}` the output."
    )


class AcceptedReply(ApiReply):
    """A job that has been accepted; `pollUrl` is relative to the API."""

    job_id: str
    run_id: str
    status: Status
    mode: Literal["async"]
    poll_url: str
    requeued_from: str | None = Field(default=None, description="The job that it goes on with.")


class RunSummary(ResultReply):
    """A run in a list, without what went in and came out."""

    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    canary: Literal["stable", "candidate"] | None = Field(
        default=None, description="To which version of a canary its session belonged, when one was on."
    )
    metadata: dict[str, Any] = Field(default_factory=dict)


class RunBudget(ApiReply):
    """A run's money: the most it may cost, what was set aside for it, what calls in flight may still use.

    `limit` is known from the run's first call on.
    """

    limit: Money | None = None
    reserved: Money
    held: Money


class RunGovernorRule(ApiReply):
    """A rule that halts the run when what it counts (`observed`) reaches its threshold."""

    rule: str
    halt: Literal["SAFETY", "OVERRISK", "EXTERNAL", "STAGNATION", "EXHAUSTION"]
    says: str
    threshold: int
    observed: int


class RunGovernor(ApiReply):
    """How the governor sees the run, after `step` of its calls."""

    profile: Literal["conservative", "balanced", "aggressive"]
    step: int
    rules: list[RunGovernorRule]


class PolicyDecision(ApiReply):
    """What was decided about a call, without its arguments. `seq` is the number of its event in the run's log."""

    seq: int
    at: str
    tool: str
    outcome: Literal["made", "held", "refused"] = Field(description="`held`: people have to decide before it is made.")
    decision: Literal["ALLOW", "NEEDS_APPROVAL", "DENY"] | None = Field(
        default=None, description="What policy answered; left out where something else refused: see `code`."
    )
    rule_id: str | None = None
    risk: Literal["low", "medium", "high", "critical"] | None = None
    explanation: str | None = None
    code: str | None = Field(default=None, description="Why it was refused, where it was not by policy.")
    call_id: str | None = None
    approval_id: str | None = None
    policy_id: str | None = Field(default=None, description="The tenant's policy that narrowed the agent's, if any.")
    version: int | None = Field(default=None, description="The version of that policy.")


class RunReply(RunSummary):
    """One run. `policyDecisions` and `halt` say what governance did to it, `budget` and `governor` how near it was."""

    input: str
    context: dict[str, Any] | None = None
    files: list[dict[str, Any]] = Field(default_factory=list)
    principal_id: str
    instance_id: str | None = None
    price_version: str
    trace_id: str | None = None
    canary_id: str | None = Field(default=None, description="That canary: `GET /v1/instances/{agent}/canary`.")
    progress: dict[str, Any] | None = None
    policy_decisions: list[PolicyDecision] = Field(
        default_factory=list,
        description=f"The decisions among the last {LOOKED_AT} events of the run's log, in their order.",
    )
    policy_decisions_omitted: bool | None = Field(
        default=None, description="The log is longer: `GET /v1/runs/{id}/events` has the decisions before these."
    )
    halt: dict[str, Any] | None = None
    recorded: bool | None = Field(default=None, description="Its calls are kept: `POST /v1/runs/{id}/replays`.")
    budget: RunBudget | None = None
    governor: RunGovernor | None = None


class RunPage(ApiReply):
    """Part of the history, newest first."""

    items: list[RunSummary]
    next_cursor: str | None = None


class StartReplay(ApiModel):
    """How to replay a run. Everything may be left out."""

    version: Annotated[str, StringConstraints(pattern=r"^ver_[0-9a-f]{32}$")] | None = Field(
        default=None, description="Another version of the agent, to see what its code changes; left out, the run's own."
    )
    on_divergence: Literal["stop", "continue"] = Field(
        default="stop",
        description="What follows a call that is not the recorded one. `stop`: it is refused, and so is every later "
        "one. `continue`: where the record has a call of the same tool or model in its place, it gets that answer.",
    )


class ReplayedCall(ApiReply):
    """One call: its position in the record (none: the record does not have it), and what became of it in the replay."""

    position: int | None = None
    kind: Literal["tool", "tools", "model", "models", "events", "complete", "checkpoint"]
    name: str
    hash: str = Field(description="SHA-256 of what was asked, canonical JSON (RFC 8785).")
    result: Literal["same", "diverged", "moved", "missing", "added"]


class ReplayDifference(ApiReply):
    """One difference, by position in the record's calls or events. Without `expected` it is new, without `got` gone."""

    what: Literal["call", "event", "outcome"]
    position: int
    expected: str | None = None
    got: str | None = None


class ReplaySequence(ApiReply):
    """What one side did. Equal hashes: the same calls and events in the same order, and the same end."""

    hash: str
    calls: int
    events: int


class ReplaySummary(ApiReply):
    """One replay of a run. While it is `running`, and when it `failed`, it shows no result."""

    replay_id: str
    run_id: str
    agent: str
    mode: Mode
    status: Literal["running", "finished", "failed"]
    on_divergence: Literal["stop", "continue"]
    version: str
    recorded_version_id: str
    attempt: int = Field(default=1, description="Which attempt of the run is replayed: its last one.")
    principal_id: str
    created_at: str
    finished_at: str | None = None
    error: dict[str, Any] | None = Field(default=None, description="`code` and `message`: why it shows nothing.")
    identical: bool | None = None


class ReplayReply(ReplaySummary):
    """One replay of a run with what it found."""

    recorded: ReplaySequence | None = None
    replayed: ReplaySequence | None = None
    calls: list[ReplayedCall] = Field(default_factory=list, description="The record's calls in order, then new ones.")
    differences: list[ReplayDifference] = Field(default_factory=list)
    differences_omitted: int | None = Field(default=None, description="How many more differences there are.")


class ReplayPage(ApiReply):
    """Part of a run's replays, newest first."""

    items: list[ReplaySummary]
    next_cursor: str | None = None


class JobReply(ApiReply):
    """How an asynchronous run stands."""

    job_id: str
    run_id: str
    status: Status
    progress: dict[str, Any] | None = Field(default=None, description="`percent`, `message`, `at`: when it was told.")
    attempt: int | None = Field(default=None, description="Which attempt is, or was, at work: 1 is the first.")
    heartbeat_at: str | None = Field(default=None, description="The agent's last sign of life.")
    checkpoint_at: str | None = Field(default=None, description="From when the next attempt would go on.")
    approval_id: str | None = Field(default=None, description="What it waits for while it is `awaiting_approval`.")
    agent: str
    created_at: str
    finished_at: str | None = None
    requeued_from: str | None = Field(default=None, description="The job that it goes on with.")
    requeued_as: str | None = Field(default=None, description="The job that goes on with it.")
    result: ResultReply | None = None
    result_url: str | None = Field(
        default=None,
        description=(
            "Where the output can be downloaded, when it is large. "
            "Whoever has this address has the output, until `resultUrlExpiresAt`; ask again for another."
        ),
    )
    result_url_expires_at: str | None = None
    error: RunError | None = None


class JobSummary(ApiReply):
    """A job in a list: how it stands, without what went in and came out."""

    job_id: str
    run_id: str
    agent: str
    version: str
    status: Status
    session_id: str
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    progress: dict[str, Any] | None = None
    attempt: int | None = None
    heartbeat_at: str | None = None
    checkpoint_at: str | None = None
    approval_id: str | None = None
    requeued_from: str | None = None
    requeued_as: str | None = None
    error: RunError | None = None
    cost: Money


class JobPage(ApiReply):
    """Part of a tenant's jobs, newest first."""

    items: list[JobSummary]
    next_cursor: str | None = None


class Requeue(ApiModel):
    """From where a job is done again."""

    from_: Literal["checkpoint", "start"] = Field(
        default="checkpoint",
        alias="from",
        description=(
            "`checkpoint`: as its next attempt would go on, and nothing that it did is done twice. "
            "`start`: anew, with everything that it does."
        ),
    )


class CancelJobs(ApiModel):
    """Jobs to cancel: each by itself, so that one refusal stops no other."""

    job_ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=MAX_JOBS)
    ]


class CancelledJob(ApiReply):
    """What became of one: the `status` it has now, or the problem's `code` and `detail`."""

    job_id: str
    done: bool
    status: Status | None = None
    code: str | None = None
    detail: str | None = None


class CancelledJobs(ApiReply):
    """What became of each, in the order they were named."""

    done: int
    failed: int
    items: list[CancelledJob]


class SessionSummary(ApiReply):
    """A conversation in a list."""

    session_id: str
    agent: str
    runs: int
    created_at: str
    last_run_at: str


class SessionRun(ApiReply):
    """A run in a session's history."""

    run_id: str
    status: Status
    created_at: str


class SessionReply(SessionSummary):
    """A conversation with its latest runs, newest first."""

    history: list[SessionRun]


class SessionPage(ApiReply):
    """Part of the caller's own conversations, newest first."""

    items: list[SessionSummary]
    next_cursor: str | None = None


class EventReply(ApiReply):
    """One event of a run."""

    run_id: str
    session_id: str
    seq: int
    stream: Literal["assistant", "tool", "lifecycle"]
    event: str
    payload: dict[str, Any]
    timestamp: str


class EventPage(ApiReply):
    """Part of a run's log; go on with `?after=<nextAfter>`, absent at the end of what there is."""

    items: list[EventReply]
    status: Status
    next_after: int | None = None


Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500), AfterValidator(_printable)
]


class OpenBreakGlass(ApiModel):
    """Why a tenant's runs must be seen, and for how long. The tenant's administrators read the reason."""

    reason: Reason
    minutes: Annotated[int, Field(ge=5, le=60, strict=True)] = 30


class GrantReply(ApiReply):
    """A time-bound access of one principal to one tenant's runs; `open` until it expires or is ended."""

    grant_id: str
    tenant_id: str
    principal_id: str
    reason: str
    status: Literal["open", "expired", "ended"]
    opened_at: str
    expires_at: str
    ended_at: str | None = None
    ended_by: str | None = None


class GrantPage(ApiReply):
    """Part of a tenant's grants, newest first, open or not."""

    items: list[GrantReply]
    next_cursor: str | None = None
