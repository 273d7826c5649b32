"""Anthropic's Messages API.

Sources: https://docs.anthropic.com/en/api/messages, …/messages-streaming, …/errors, …/versioning.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

from model_gateway.completions import CallDelta, CalledTool, Chunk, Completion, Finish, Tokens
from model_gateway.errors import ModelUnavailable, NotOffered, StreamCut
from model_gateway.http import Post
from model_gateway.reading import text_of, tokens_of, understood
from model_gateway.requests import ChatRequest, Message, NamedTool
from model_gateway.sse import Event, events
from model_gateway.turns import Turn, arguments_of, instructions, turns

ORIGIN: Final = "https://api.anthropic.com"
PATH: Final = "/v1/messages"
VERSION: Final = "2023-06-01"
_FINISH: Final[Mapping[str, Finish]] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.FILTER,
}


class AnthropicModels:
    """A Provider, with an API key."""

    def __init__(self, post: Post, key: str) -> None:
        self._post = post
        self._headers = {"x-api-key": key, "anthropic-version": VERSION}

    def complete(self, request: ChatRequest, model: str) -> Completion:
        """The whole answer."""
        return _completion(self._post.whole(PATH, self._headers, _body(request, model)))

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        """The answer in pieces, up to `message_stop`."""
        reader, body = _Reader(), {**_body(request, model), "stream": True}
        with closing(self._post.lines(PATH, self._headers, body)) as lines:
            for event in events(lines):
                yield from reader.read(event)
                if reader.ended:
                    return
        raise StreamCut("The provider's answer ended before its end.")


def _body(request: ChatRequest, model: str) -> dict[str, Any]:
    if request.response_format is not None and request.response_format.type != "text":
        raise NotOffered("This model does not take a response_format.", param="response_format")
    optional = {
        "system": instructions(request),
        "temperature": None if request.temperature is None else min(request.temperature, 1.0),
        "top_p": request.top_p,
        "stop_sequences": request.stops,
        "tools": [_tool(tool.function) for tool in request.tools],
        "tool_choice": _choice(request) if request.tools else None,
    }
    told = {name: value for name, value in optional.items() if value not in (None, [], "")}
    messages = [_message(turn) for turn in turns(request)]
    return {"model": model, "max_tokens": request.most_output, "messages": messages, **told}


def _tool(function: Any) -> dict[str, Any]:
    described = {"description": function.description} if function.description else {}
    return {"name": function.name, **described, "input_schema": function.parameters}


def _choice(request: ChatRequest) -> dict[str, Any] | None:
    chosen = request.tool_choice
    if isinstance(chosen, NamedTool):
        return {"type": "tool", "name": chosen.function.name}
    kind = {"required": "any", "none": "none", "auto": "auto"}.get(chosen or "auto", "auto")
    alone = {"disable_parallel_tool_use": True} if request.parallel_tool_calls is False and kind != "none" else {}
    return {"type": kind, **alone} if chosen or alone else None


def _message(turn: Turn) -> dict[str, Any]:
    return {"role": turn.role, "content": [block for message in turn.messages for block in _blocks(message)]}


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        yield {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.text}
        return
    if message.text:
        yield {"type": "text", "text": message.text}
    for call in message.tool_calls:
        yield {"type": "tool_use", "id": call.id, "name": call.function.name, "input": arguments_of(call)}


@understood
def _completion(answer: dict[str, Any]) -> Completion:
    blocks = answer["content"]
    text = "".join(text_of(block["text"]) for block in blocks if block["type"] == "text")
    calls = tuple(
        CalledTool(block["id"], block["name"], json.dumps(block["input"]))
        for block in blocks
        if block["type"] == "tool_use"
    )
    tokens = tokens_of(answer.get("usage"), "input_tokens", "output_tokens")
    return Completion(text, calls, _FINISH.get(answer.get("stop_reason") or "", Finish.STOP), tokens)


class _Reader:
    """Reads one stream: it says its input tokens first, its output tokens last, and numbers all its blocks."""

    def __init__(self) -> None:
        self.ended = False
        self._input = 0
        self._calls: dict[int, int] = {}

    @understood
    def read(self, event: Event) -> list[Chunk]:
        """What an event brings."""
        match event.name:
            case "message_start":
                self._input = int(event.document()["message"]["usage"]["input_tokens"])
            case "content_block_start":
                return self._started(event.document())
            case "content_block_delta":
                return self._went_on(event.document())
            case "message_delta":
                return [self._told_the_end(event.document())]
            case "message_stop":
                self.ended = True
            case "error":
                raise _error(event.document())
        return []  # `ping`, and events that are yet to be thought of

    def _started(self, told: dict[str, Any]) -> list[Chunk]:
        block = told["content_block"]
        if block["type"] != "tool_use":
            return []
        index = self._calls.setdefault(int(told["index"]), len(self._calls))
        return [Chunk(calls=(CallDelta(index, block["id"], block["name"]),))]

    def _went_on(self, told: dict[str, Any]) -> list[Chunk]:
        delta = told["delta"]
        if delta["type"] == "text_delta":
            return [Chunk(text_of(delta["text"]))]
        if delta["type"] == "input_json_delta":
            return [Chunk(calls=(CallDelta(self._calls[int(told["index"])], arguments=delta["partial_json"]),))]
        return []

    def _told_the_end(self, told: dict[str, Any]) -> Chunk:
        finish = _FINISH.get(told["delta"].get("stop_reason") or "", Finish.STOP)
        return Chunk(finish=finish, tokens=Tokens(self._input, int(told["usage"]["output_tokens"])))


def _error(told: dict[str, Any]) -> ModelUnavailable | StreamCut:
    if told["error"].get("type") == "overloaded_error":
        return ModelUnavailable("The provider is overloaded.")
    return StreamCut("The provider ended its answer with an error.")
