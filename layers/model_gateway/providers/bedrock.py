"""Amazon Bedrock by its Converse API, with the function's own role: there is no key.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and …_ConverseStream.html.
"""

import contextlib
import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EventStreamError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from model_gateway.completions import CallDelta, CalledTool, Chunk, Completion, Finish
from model_gateway.errors import (
    AnswerInvalid,
    ModelError,
    ModelNotConfigured,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    NotOffered,
    PromptRejected,
    StreamCut,
)
from model_gateway.reading import text_of, tokens_of, understood
from model_gateway.requests import ChatRequest, Message, NamedTool
from model_gateway.turns import Turn, arguments_of, instructions, turns

_FINISH: Final[Mapping[str, Finish]] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "guardrail_intervened": Finish.FILTER,
    "content_filtered": Finish.FILTER,
}
_CODES: Final[Mapping[str, type[ModelError]]] = {
    "ThrottlingException": ModelRateLimited,
    "ServiceQuotaExceededException": ModelRateLimited,
    "ModelTimeoutException": ModelTimeout,
    "AccessDeniedException": ModelNotConfigured,
    "ResourceNotFoundException": ModelNotConfigured,
    "UnrecognizedClientException": ModelNotConfigured,
    "ExpiredTokenException": ModelNotConfigured,
    "ValidationException": PromptRejected,
}


class BedrockModels:
    """A Provider over boto3's `bedrock-runtime`, made without retries of its own: `client`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def complete(self, request: ChatRequest, model: str) -> Completion:
        """The whole answer."""
        with _normalised():
            answer = self._client.converse(modelId=model, **_body(request))
        return _completion(answer)

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        """The answer in pieces, up to its metadata."""
        with _normalised():
            answer = self._client.converse_stream(modelId=model, **_body(request))
        reader = _Reader()
        with contextlib.closing(answer["stream"]) as pieces, _normalised(reader):
            for event in pieces:
                yield from reader.read(event)
        if not reader.ended:
            raise StreamCut("The provider's answer ended before its end.")


@contextlib.contextmanager
def _normalised(reader: "_Reader | None" = None) -> Iterator[None]:
    try:
        yield
    except ParamValidationError:
        raise PromptRejected("The request cannot be put in the provider's form.") from None
    except NoCredentialsError:
        raise ModelNotConfigured("There is no credential for the provider.") from None
    except ResponseParserError:
        raise AnswerInvalid("The provider's answer does not have the documented shape.") from None
    except (ClientError, BotoCoreError, HTTPError, OSError) as failure:
        if reader is not None and reader.begun:
            raise StreamCut("The provider's answer broke off.") from None
        raise _failure(failure) from None


def _failure(failure: Exception) -> ModelError:
    if isinstance(failure, ClientError | EventStreamError):
        code = str(failure.response.get("Error", {}).get("Code", ""))
        kind = _CODES.get(code[:1].upper() + code[1:], ModelUnavailable)
        return kind(
            "The provider refused the request." if kind is PromptRejected else f"The provider said {kind.title}."
        )
    if isinstance(failure, ReadTimeoutError):
        return ModelTimeout("The provider did not begin to answer in time.")
    if isinstance(failure, ConnectTimeoutError):
        return ModelUnavailable("The provider cannot be reached in time.")
    return ModelUnavailable("The provider cannot be reached.")


def _body(request: ChatRequest) -> dict[str, Any]:
    if request.response_format is not None and request.response_format.type != "text":
        raise NotOffered("This model does not take a response_format.", param="response_format")
    limits = {
        "maxTokens": request.most_output,
        "temperature": None if request.temperature is None else min(request.temperature, 1.0),
        "topP": request.top_p,
        "stopSequences": request.stops or None,
    }
    system = instructions(request)
    return {
        "messages": [_message(turn) for turn in turns(request)],
        "inferenceConfig": {name: value for name, value in limits.items() if value is not None},
        **({"system": [{"text": system}]} if system else {}),
        **_tools(request),
    }


def _tools(request: ChatRequest) -> dict[str, Any]:
    """Converse has no `none`: then the tools are not shown."""
    if not request.tools or request.tool_choice == "none":
        return {}
    tools = [{"toolSpec": _specification(tool.function)} for tool in request.tools]
    return {"toolConfig": {"tools": tools, **_choice(request)}}


def _specification(function: Any) -> dict[str, Any]:
    described = {"description": function.description} if function.description else {}
    return {"name": function.name, **described, "inputSchema": {"json": function.parameters}}


def _choice(request: ChatRequest) -> dict[str, Any]:
    if isinstance(request.tool_choice, NamedTool):
        return {"toolChoice": {"tool": {"name": request.tool_choice.function.name}}}
    return {"toolChoice": {"any": {}}} if request.tool_choice == "required" else {}


def _message(turn: Turn) -> dict[str, Any]:
    return {"role": turn.role, "content": [block for message in turn.messages for block in _blocks(message)]}


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        yield {"toolResult": {"toolUseId": message.tool_call_id, "content": [{"text": message.text}]}}
        return
    if message.text:
        yield {"text": message.text}
    for call in message.tool_calls:
        yield {"toolUse": {"toolUseId": call.id, "name": call.function.name, "input": arguments_of(call)}}


@understood
def _completion(answer: dict[str, Any]) -> Completion:
    blocks = answer["output"]["message"]["content"]
    text = "".join(text_of(block["text"]) for block in blocks if "text" in block)
    used = [block["toolUse"] for block in blocks if "toolUse" in block]
    calls = tuple(CalledTool(one["toolUseId"], one["name"], json.dumps(one["input"])) for one in used)
    tokens = tokens_of(answer.get("usage"), "inputTokens", "outputTokens")
    return Completion(text, calls, _FINISH.get(answer["stopReason"], Finish.STOP), tokens)


class _Reader:
    """Reads one stream; its last event, `metadata`, has the usage."""

    def __init__(self) -> None:
        self.begun = self.ended = False
        self._calls: dict[int, int] = {}

    @understood
    def read(self, event: dict[str, Any]) -> list[Chunk]:
        """What an event brings."""
        self.begun = True
        if "contentBlockStart" in event:
            return self._started(event["contentBlockStart"])
        if "contentBlockDelta" in event:
            return self._went_on(event["contentBlockDelta"])
        if "messageStop" in event:
            self.ended = True
            return [Chunk(finish=_FINISH.get(event["messageStop"]["stopReason"], Finish.STOP))]
        if "metadata" in event:
            return [Chunk(tokens=tokens_of(event["metadata"].get("usage"), "inputTokens", "outputTokens"))]
        return []

    def _started(self, told: dict[str, Any]) -> list[Chunk]:
        used = told["start"].get("toolUse")
        if not used:
            return []
        index = self._calls.setdefault(int(told["contentBlockIndex"]), len(self._calls))
        return [Chunk(calls=(CallDelta(index, used["toolUseId"], used["name"]),))]

    def _went_on(self, told: dict[str, Any]) -> list[Chunk]:
        delta = told["delta"]
        if "toolUse" in delta:
            index = self._calls[int(told["contentBlockIndex"])]
            return [Chunk(calls=(CallDelta(index, arguments=text_of(delta["toolUse"].get("input"))),))]
        return [Chunk(text_of(delta["text"]))] if "text" in delta else []
