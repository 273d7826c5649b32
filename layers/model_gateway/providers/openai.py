"""OpenAI, and Azure OpenAI, which speaks the same at another place.

Sources: https://platform.openai.com/docs/api-reference/chat,
https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle (the `v1` API needs no version).
"""

from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any, Final

from model_gateway.completions import CallDelta, CalledTool, Chunk, Completion, Finish
from model_gateway.errors import StreamCut
from model_gateway.http import Post
from model_gateway.reading import text_of, tokens_of, understood
from model_gateway.requests import ChatRequest
from model_gateway.sse import Event, events

OPENAI_ORIGIN: Final = "https://api.openai.com"
OPENAI_PATH: Final = "/v1/chat/completions"
AZURE_ORIGIN: Final = "https://{resource}.openai.azure.com"
AZURE_PATH: Final = "/openai/v1/chat/completions"
_DONE: Final = "[DONE]"
_PASSED_ON: Final = frozenset(
    {"messages", "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "response_format", "stop"}
)


class OpenAiModels:
    """A Provider. `headers` carry the credential, `path` is where completions are."""

    def __init__(self, post: Post, path: str, headers: Mapping[str, str]) -> None:
        self._post = post
        self._path = path
        self._headers = headers

    def complete(self, request: ChatRequest, model: str) -> Completion:
        """The whole answer."""
        return _completion(self._post.whole(self._path, self._headers, _body(request, model)))

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        """The answer in pieces, up to `[DONE]`."""
        body = {**_body(request, model), "stream": True, "stream_options": {"include_usage": True}}
        with closing(self._post.lines(self._path, self._headers, body)) as lines:
            for event in events(lines):
                if event.data == _DONE:
                    return
                yield _chunk(event)
        raise StreamCut("The provider's answer ended before its end.")


def openai(post: Post, key: str) -> OpenAiModels:
    """OpenAI's own."""
    return OpenAiModels(post, OPENAI_PATH, {"authorization": f"Bearer {key}"})


def azure(post: Post, key: str) -> OpenAiModels:
    """Azure's; a model is named by its deployment."""
    return OpenAiModels(post, AZURE_PATH, {"api-key": key})


def _body(request: ChatRequest, model: str) -> dict[str, Any]:
    told = request.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_unset=True, include=set(_PASSED_ON)
    )
    return {**told, "model": model, "max_completion_tokens": request.most_output}


@understood
def _completion(answer: dict[str, Any]) -> Completion:
    choice = answer["choices"][0]
    message = choice["message"]
    calls = tuple(
        CalledTool(str(call["id"]), call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    )
    tokens = tokens_of(answer.get("usage"), "prompt_tokens", "completion_tokens")
    return Completion(text_of(message.get("content")), calls, _finish(choice.get("finish_reason")), tokens)


@understood
def _chunk(event: Event) -> Chunk:
    piece = event.document()
    if "error" in piece:
        raise StreamCut("The provider ended its answer with an error.")
    tokens = tokens_of(piece.get("usage"), "prompt_tokens", "completion_tokens")
    if not piece["choices"]:
        return Chunk(tokens=tokens)
    choice = piece["choices"][0]
    delta = choice.get("delta") or {}
    ended = choice.get("finish_reason")
    calls = tuple(map(_call, delta.get("tool_calls") or ()))
    return Chunk(text_of(delta.get("content")), calls, _finish(ended) if ended else None, tokens)


def _call(delta: dict[str, Any]) -> CallDelta:
    function = delta.get("function") or {}
    name, arguments = text_of(function.get("name")), text_of(function.get("arguments"))
    return CallDelta(int(delta["index"]), text_of(delta.get("id")), name, arguments)


def _finish(reason: str | None) -> Finish:
    return Finish(reason) if reason in set(Finish) else Finish.STOP
