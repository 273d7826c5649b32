"""What a running agent sends and is told. Every size is bounded: agents are other people's code."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from platform_kit.models import ApiModel, ApiReply

MAX_EVENTS: Final = 100
MAX_TOOL_BYTES: Final = 4 * 1024 * 1024
_EVENT_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"


class Nothing(ApiModel):
    """An empty object."""


class TokenReply(ApiReply):
    """A fresh run token; `expiresAt` in epoch seconds."""

    token: str
    expires_at: int


class Progress(ApiModel):
    """How far the work is."""

    percent: float | None = Field(default=None, ge=0, le=100)
    message: str | None = Field(default=None, max_length=500)


class Heartbeat(ApiModel):
    """A sign of life."""

    progress: Progress | None = None


class HeartbeatReply(ApiReply):
    """Where the run stands; `cancelled` means: stop working."""

    status: str
    cancelled: bool


class AgentEvent(ApiModel):
    """One thing the agent tells. Lifecycle events are the platform's own and are not accepted."""

    stream: Literal["assistant", "tool"]
    event: Annotated[str, Field(pattern=_EVENT_NAME)]
    payload: dict[str, Any] = Field(default_factory=dict)


class Events(ApiModel):
    """Events in the order they happened."""

    events: Annotated[list[AgentEvent], Field(min_length=1, max_length=MAX_EVENTS)]


class EventsReply(ApiReply):
    """The sequence number of the last event written."""

    last_seq: int


class Failure(ApiModel):
    """Why the agent did not succeed, in words for the tenant."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")] = "AGENT_FAILED"
    message: Annotated[str, Field(max_length=2000)] = ""


class Complete(ApiModel):
    """The end of an async run."""

    status: Literal["succeeded", "failed"]
    output: Any = None
    error: Failure | None = None


class CompleteReply(ApiReply):
    """What was recorded."""

    status: str


class RpcRequest(ApiModel):
    """A JSON-RPC 2.0 request or notification of the Model Context Protocol."""

    jsonrpc: Literal["2.0"]
    method: Annotated[str, Field(min_length=1, max_length=128)]
    id: str | int | None = None
    params: dict[str, Any] = Field(default_factory=dict)


class RpcReply(ApiReply):
    """A JSON-RPC 2.0 response: `result` or `error`."""

    jsonrpc: Literal["2.0"] = "2.0"
    id: str | int | None = None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class ReadFile(ApiModel):
    """Arguments of `files.read`."""

    file_id: Annotated[str, Field(max_length=64, description="The file's id, `fil_…`.")]
    offset: int = Field(default=0, ge=0, strict=True, description="The first byte wanted.")
    length: int = Field(default=MAX_TOOL_BYTES, ge=1, le=MAX_TOOL_BYTES, strict=True, description="How many bytes.")


class WriteFile(ApiModel):
    """Arguments of `files.write`: `text`, or `data` in base64, at most 4 MiB."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="A plain file name.")]
    content_type: Annotated[str, Field(max_length=100, pattern=r"^[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:; ?charset=[\w-]+)?$")]
    text: str | None = None
    data: str | None = None
