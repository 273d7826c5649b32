"""A model that needs no account and no network: what it answers follows from what it is asked, always the same.

It is for development and tests, and obeys simple instructions in the last message:

    echo: TEXT              TEXT
    call NAME {"a": 1}      a call of the tool NAME with these arguments, if it is among the tools of the request
    words: N                N words

After a tool's result it says what the tool said. With a JSON `response_format` it answers with a small document that
fits the schema. Anything else gets a sentence or two that depend on the text.
"""

import hashlib
import json
import re
from collections.abc import Generator
from typing import Any, Final

from model_gateway.completions import CalledTool, Chunk, Completion, Finish, Tokens, as_chunks
from model_gateway.requests import ChatRequest, NamedTool
from model_gateway.tokens import answer_tokens, first_tokens, prompt_tokens

_WORDS: Final = (
    *("a", "model", "that", "runs", "here", "answers", "every", "question", "in", "the", "same", "way"),
    *("each", "time", "it", "is", "asked", "and", "nobody", "has", "to", "pay"),
)
_ECHO: Final = re.compile(r"^echo:[ ]?(.*)\Z", re.DOTALL | re.MULTILINE)
_CALL: Final = re.compile(r"^call ([A-Za-z0-9_.-]{1,64})[ ]*(\{.*\})?[ ]*$", re.MULTILINE)
_COUNT: Final = re.compile(r"^words: ?(\d{1,5})[ ]*$", re.MULTILINE)
_PIECE: Final = re.compile(r"\S+\s*|\s+")
_MOST_DEPTH: Final = 12


class LocalModel:
    """A Provider. `model` makes no difference."""

    def complete(self, request: ChatRequest, model: str) -> Completion:  # noqa: ARG002 - there is one
        """The whole answer."""
        call = _wanted_call(request)
        if call is not None:
            return _counted(request, Completion("", (call,), Finish.TOOL_CALLS))
        text = _until(_text(request), request.stops)
        cut = first_tokens(text, request.most_output)
        return _counted(request, Completion(cut, finish=Finish.STOP if cut == text else Finish.LENGTH))

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        """Word by word."""
        completion = self.complete(request, model)
        yield from as_chunks(completion, _PIECE.findall(completion.text))


def _counted(request: ChatRequest, answer: Completion) -> Completion:
    tokens = Tokens(prompt_tokens(request), answer_tokens(answer))
    return Completion(answer.text, answer.calls, answer.finish, tokens)


def _wanted_call(request: ChatRequest) -> CalledTool | None:
    last, offered = request.messages[-1], [tool.function.name for tool in request.tools]
    if last.role == "tool" or not offered or request.tool_choice == "none":
        return None
    found = _CALL.search(last.text)
    if found and found[1] in offered:
        return _call(request, found[1], found[2] or "{}")
    if isinstance(request.tool_choice, NamedTool):
        return _invented_call(request, request.tool_choice.function.name)
    return _invented_call(request, offered[0]) if request.tool_choice == "required" else None


def _invented_call(request: ChatRequest, name: str) -> CalledTool | None:
    schema = next((tool.function.parameters for tool in request.tools if tool.function.name == name), None)
    return None if schema is None else _call(request, name, json.dumps(_instance(schema)))


def _call(request: ChatRequest, name: str, arguments: str) -> CalledTool:
    return CalledTool(f"call_{_digest(request)[:24]}", name, arguments)


def _text(request: ChatRequest) -> str:
    last, wanted = request.messages[-1], request.response_format
    if wanted is not None and wanted.type != "text":
        return json.dumps(_instance(wanted.json_schema.schema_) if wanted.json_schema else {"answer": last.text})
    if last.role == "tool":
        return f"The tool said: {last.text}"
    echo, many = _ECHO.search(last.text), _COUNT.search(last.text)
    if echo:
        return echo[1]
    return _sentence(_digest(request), int(many[1]) if many else 12)


def _sentence(digest: str, words: int) -> str:
    start = int(digest[:8], 16)
    return " ".join(_WORDS[(start + 7 * number) % len(_WORDS)] for number in range(words)) + "."


def _digest(request: ChatRequest) -> str:
    told = json.dumps([[message.role, message.text] for message in request.messages])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _until(text: str, stops: list[str]) -> str:
    return text[: min((text.index(stop) for stop in stops if stop in text), default=len(text))]


_EMPTY: Final = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}


def _instance(schema: object, depth: int = 0) -> Any:
    """A small value of a JSON Schema, as far as `enum`, `const`, `type`, `properties`, `required` and `items` say."""
    if not isinstance(schema, dict) or depth > _MOST_DEPTH:
        return None
    if "const" in schema or schema.get("enum"):
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type", "object")
    named = kind[0] if isinstance(kind, list) and kind else kind
    if named == "object":
        properties = schema.get("properties") or {}
        return {name: _instance(properties[name], depth + 1) for name in properties}
    if named == "array":
        return [_instance(schema.get("items"), depth + 1)] if "items" in schema else []
    return _EMPTY.get(str(named))
