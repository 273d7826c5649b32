"""An answer, whole or in pieces, and how OpenAI's clients want to see it.

Source: https://platform.openai.com/docs/api-reference/chat/object and …/chat/streaming.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Finish(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    FILTER = "content_filter"


@dataclass(frozen=True)
class Tokens:
    """Tokens used."""

    input: int
    output: int


@dataclass(frozen=True)
class CalledTool:
    """A call of a function that the model wants made; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Completion:
    """A whole answer. `tokens` is None when the provider did not say."""

    text: str
    calls: tuple[CalledTool, ...] = ()
    finish: Finish = Finish.STOP
    tokens: Tokens | None = None


@dataclass(frozen=True)
class CallDelta:
    """A piece of a call: its `id` and `name` come once, `arguments` in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True)
class Chunk:
    """A piece of an answer. The last ones have `finish` and `tokens`."""

    text: str = ""
    calls: tuple[CallDelta, ...] = ()
    finish: Finish | None = None
    tokens: Tokens | None = None


@dataclass
class Gathered:
    """What has come of a stream so far."""

    texts: list[str] = field(default_factory=list)
    calls: dict[int, CalledTool] = field(default_factory=dict)
    finish: Finish | None = None
    tokens: Tokens | None = None

    def add(self, chunk: Chunk) -> None:
        """Take a piece in."""
        self.texts.append(chunk.text)
        for delta in chunk.calls:
            had = self.calls.get(delta.index, CalledTool("", "", ""))
            self.calls[delta.index] = CalledTool(
                had.id or delta.id, had.name or delta.name, had.arguments + delta.arguments
            )
        self.finish = chunk.finish or self.finish
        self.tokens = chunk.tokens or self.tokens

    def completion(self) -> Completion:
        """As one answer."""
        calls = tuple(self.calls[index] for index in sorted(self.calls))
        return Completion("".join(self.texts), calls, self.finish or Finish.STOP, self.tokens)


def as_chunks(completion: Completion, texts: Iterable[str]) -> Iterable[Chunk]:
    """A whole answer in pieces: its text as `texts`, its calls, its end."""
    yield from (Chunk(text=text) for text in texts)
    for index, call in enumerate(completion.calls):
        yield Chunk(calls=(CallDelta(index, call.id, call.name, call.arguments),))
    yield Chunk(finish=completion.finish, tokens=completion.tokens)


@dataclass(frozen=True)
class Stamp:
    """What each piece of one answer repeats: `chatcmpl-…`, the model's name, epoch seconds."""

    id: str
    model: str
    created: int

    def whole(self, completion: Completion, tokens: Tokens) -> dict[str, Any]:
        """A `chat.completion`."""
        choice = {
            "index": 0,
            "message": _message(completion),
            "finish_reason": completion.finish.value,
            "logprobs": None,
        }
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(tokens)}

    def piece(self, delta: dict[str, Any], finish: Finish | None = None) -> dict[str, Any]:
        """A `chat.completion.chunk`."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish.value if finish else None, "logprobs": None}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def total(self, tokens: Tokens) -> dict[str, Any]:
        """The chunk without choices that ends a stream with its usage."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": usage(tokens)}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def delta_of(text: str, calls: Iterable[CallDelta] = ()) -> dict[str, Any]:
    """The `delta` of a chunk."""
    told = [_call_delta(call) for call in calls]
    return {**({"content": text} if text else {}), **({"tool_calls": told} if told else {})}


def usage(tokens: Tokens) -> dict[str, int]:
    """The `usage` of an answer."""
    total = tokens.input + tokens.output
    return {"prompt_tokens": tokens.input, "completion_tokens": tokens.output, "total_tokens": total}


def _message(completion: Completion) -> dict[str, Any]:
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in completion.calls
    ]
    message: dict[str, Any] = {"role": "assistant", "content": completion.text or None, "refusal": None}
    return {**message, "tool_calls": calls} if calls else {**message, "content": completion.text}


def _call_delta(call: CallDelta) -> dict[str, Any]:
    first = {"id": call.id, "type": "function"} if call.id else {}
    function = {**({"name": call.name} if call.name else {}), "arguments": call.arguments}
    return {"index": call.index, **first, "function": function}
