"""Messages as providers want them that know two roles: instructions apart, and turns that alternate."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal

from model_gateway.errors import BadModelRequest
from model_gateway.requests import ChatRequest, Message, ToolCall

_INSTRUCTING: Final = frozenset({"system", "developer"})


@dataclass(frozen=True)
class Turn:
    """Neighbouring messages of one side; a tool's result is on the user's."""

    role: Literal["user", "assistant"]
    messages: tuple[Message, ...]


def instructions(request: ChatRequest) -> str:
    """What the system's and developer's messages say, put together."""
    return "\n\n".join(message.text for message in request.messages if message.role in _INSTRUCTING)


def turns(request: ChatRequest) -> Iterator[Turn]:
    """The conversation, with empty messages left out; BadModelRequest when nothing is left."""
    said = [message for message in request.messages if message.role not in _INSTRUCTING and _says_something(message)]
    if not said:
        raise BadModelRequest("This model needs a message that is not an instruction.", param="messages")
    for side, messages in groupby(said, key=lambda message: message.role == "assistant"):
        yield Turn("assistant" if side else "user", tuple(messages))


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """A call's arguments as an object; BadModelRequest when they are none."""
    try:
        value = json.loads(call.function.arguments or "{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadModelRequest("The arguments of a tool call must be a JSON object.", param="messages.tool_calls")
    return value


def _says_something(message: Message) -> bool:
    return bool(message.text or message.tool_calls or message.role == "tool")
