"""What a running agent says to the gateway, and what it hears."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from governance.audit.run_events import TOOL_EVENTS
from platform_kit.models import ApiModel, ApiReply

MAX_EVENTS: Final = 100
MAX_WAIT_SECONDS: Final = 25  # of the 29 that API Gateway gives an answer
_OWN: Final = frozenset(TOOL_EVENTS)
"""Each makes an entry in the audit chain, so none is an agent's to write."""
AWAITING: Final = "awaiting_approval"
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Nothing(ApiModel):
    """An empty object."""


class Progress(ApiModel):
    """How far the work is."""

    percent: Percent | None = None
    message: Annotated[str, Field(max_length=500)] | None = None


class Heartbeat(ApiModel):
    """A sign of life."""

    progress: Progress | None = None


class AgentEvent(ApiModel):
    """One event for the run's log; the payload gets `type` = `event`."""

    stream: Literal["assistant", "tool"]
    event: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")]
    payload: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _not_the_gateways_own(self) -> Self:
        if self.stream == "tool" and self.event in _OWN:
            raise ValueError(f"{self.event} is an event of the gateway's own")
        return self


class AppendEvents(ApiModel):
    """Events in their order."""

    events: Annotated[list[AgentEvent], Field(min_length=1, max_length=MAX_EVENTS)]


class AgentError(ApiModel):
    """Why the agent failed, in its own words."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
    message: Annotated[str, Field(min_length=1, max_length=2000)]
    retryable: bool = Field(default=False, description="Whether another attempt may go better.")


class Complete(ApiModel):
    """How an asynchronous run ended, or that its agent stops here until people have decided about a call."""

    status: Literal["succeeded", "failed", "awaiting_approval"]
    output: Any = None
    error: AgentError | None = None
    approval_id: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="What it waits for: exactly when `status` is `awaiting_approval`."
    )

    @model_validator(mode="after")
    def _error_exactly_when_failed(self) -> Self:
        if (self.status == "failed") != (self.error is not None):
            raise ValueError("give error exactly when status is failed")
        if self.status != "succeeded" and self.output is not None:
            raise ValueError("only a run that succeeded has an output")
        if (self.status == AWAITING) != (self.approval_id is not None):
            raise ValueError("give approvalId exactly when status is awaiting_approval")
        return self


class RunTokenReply(ApiReply):
    """A fresh run token; `expiresAt` in epoch seconds."""

    token: str
    expires_at: int


class HeartbeatReply(ApiReply):
    """How the run stands; `cancelled`: stop now."""

    status: str
    cancelled: bool


class EventsReply(ApiReply):
    """The sequence number of the last event written."""

    last_seq: int


class CompleteReply(ApiReply):
    """The outcome that was taken down; for a run that was to wait, how the approval stands if it is decided already."""

    status: str


class SaveCheckpoint(ApiModel):
    """From where the run's next attempt goes on: any JSON of at most 1 MiB."""

    state: Any


class RunCheckpointReply(ApiReply):
    """The checkpoint that stands now. `sha256` is that of the state as it is kept, in hex."""

    number: int
    sha256: str
    saved_at: str


class AwaitApproval(ApiModel):
    """How long to wait for people, in seconds; with 0 the answer is how it stands."""

    wait_seconds: Annotated[int, Field(ge=0, le=MAX_WAIT_SECONDS, strict=True)] = 0


class ApprovalState(ApiReply):
    """How an approval of this run's stands; `reason` is a denial's. Once approved, make the same call again."""

    approval_id: str
    status: Literal["pending", "approved", "denied", "expired", "void", "consumed"]
    expires_at: str
    reason: str | None = None


class RpcError(ApiReply):
    """A JSON-RPC 2.0 error."""

    code: int
    message: str
    data: dict[str, Any] | None = None


class RpcReply(ApiReply):
    """A JSON-RPC 2.0 response: `result` or `error`. `id` is null when the request's could not be read."""

    jsonrpc: Literal["2.0"] = "2.0"
    id: int | float | str | None = None
    result: dict[str, Any] | None = None
    error: RpcError | None = None
