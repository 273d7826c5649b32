"""A request as it is served: the part of OpenAI's chat completions that every provider can carry out.

Source: https://platform.openai.com/docs/api-reference/chat/create. What is not here is refused by its name, so that
nobody believes a field was heeded that was not. `null` is the same as leaving out, as OpenAI's own client sends it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from model_gateway.errors import BadModelRequest

MOST_MESSAGES: Final = 1_000
MOST_TOOLS: Final = 128
MOST_OUTPUT_TOKENS: Final = 64_000
DEFAULT_OUTPUT_TOKENS: Final = 2_048
"""Of a request that says nothing: money is set aside for as many before the call."""
_NAME: Final = r"^[A-Za-z0-9_.-]{1,64}$"

Text = Annotated[str, Field(max_length=1_048_576)]
Stop = Annotated[str, Field(min_length=1, max_length=256)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextPart(_Part):
    """A piece of a message."""

    type: Literal["text"]
    text: Text


class FunctionCall(_Part):
    """A function and its arguments, as JSON text."""

    name: Annotated[str, Field(pattern=_NAME)]
    arguments: Text


class ToolCall(_Part):
    """A call that the assistant made earlier."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(_Part):
    """One message. `tool_call_id` says which call a tool's message answers."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | Annotated[list[TextPart], Field(max_length=100)] | None = None
    name: Annotated[str, Field(max_length=64)] | None = None
    tool_calls: Annotated[list[ToolCall], Field(max_length=MOST_TOOLS)] = Field(default_factory=list)
    tool_call_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None

    @property
    def text(self) -> str:
        """Its content as one text."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class Function(_Part):
    """A function that the model may call; `parameters` is its JSON Schema."""

    name: Annotated[str, Field(pattern=_NAME)]
    description: Text | None = None
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None


class Tool(_Part):
    """A tool that the model may call."""

    type: Literal["function"]
    function: Function


class NamedFunction(_Part):
    """A function by its name."""

    name: Annotated[str, Field(pattern=_NAME)]


class NamedTool(_Part):
    """The one tool that must be called."""

    type: Literal["function"]
    function: NamedFunction


class JsonSchema(_Part):
    """The schema that an answer must fit."""

    name: Annotated[str, Field(pattern=_NAME)]
    description: Text | None = None
    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    strict: bool | None = None


class ResponseFormat(_Part):
    """What an answer must be."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StreamOptions(_Part):
    """What a stream brings besides."""

    include_usage: bool = False
    include_obfuscation: bool | None = None


class ChatRequest(_Part):
    """A request. `user` is taken and passed to nobody: the platform knows who calls."""

    model: Annotated[str, Field(min_length=1, max_length=128)]
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    tools: Annotated[list[Tool], Field(max_length=MOST_TOOLS)] = Field(default_factory=list)
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=MOST_OUTPUT_TOKENS)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=MOST_OUTPUT_TOKENS)] | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    n: Literal[1] = 1
    user: Annotated[str, Field(max_length=256)] | None = None

    @property
    def most_output(self) -> int:
        """Tokens that the answer may have."""
        return self.max_completion_tokens or self.max_tokens or DEFAULT_OUTPUT_TOKENS

    @property
    def stops(self) -> list[str]:
        """Texts at which the answer ends."""
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or ())

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with a chunk that has the usage."""
        return self.stream_options is not None and self.stream_options.include_usage


def parse_request(document: object) -> ChatRequest:
    """Read plain JSON values; BadModelRequest naming the first field that is wrong or not served."""
    if not isinstance(document, dict):
        raise BadModelRequest("The body must be a JSON object.")
    try:
        return ChatRequest.model_validate(_without_nulls(document))
    except ValidationError as error:
        raise _bad(error.errors(include_url=False, include_input=False)[0]) from None


def _without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: item for name, item in value.items() if item is not None}
    messages = kept.get("messages")
    if isinstance(messages, list):
        kept["messages"] = [_message(item) if isinstance(item, dict) else item for item in messages]
    return kept


def _message(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if item is not None}


def _bad(found: ErrorDetails) -> BadModelRequest:
    param = ".".join(str(part) for part in found["loc"] if not _is_alternative(part))
    if found["type"] == "extra_forbidden":
        return BadModelRequest(f"{param} is not supported here.", param=param)
    return BadModelRequest(f"{param}: {found['msg']}", param=param)


def _is_alternative(part: int | str) -> bool:
    """Whether a step of the path is one of the types a field may have, which pydantic names there."""
    return isinstance(part, str) and (part[:1].isupper() or part.startswith(("literal[", "list[", "constrained-")))
