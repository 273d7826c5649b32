"""The Converse adapter with boto3 as it is, against a server that speaks its wire formats."""

import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config

from model_gateway.completions import CallDelta, CalledTool, Chunk, Completion, Finish, Tokens
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
from model_gateway.providers.bedrock import BedrockModels
from model_gateway.requests import ChatRequest, parse_request
from tests.model_provider import Answer, SimulatedProvider, as_json

WHOLE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hi!"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 30, "outputTokens": 8, "totalTokens": 38},
    "metrics": {"latencyMs": 1},
}
HELLO = {"role": "user", "content": "hi"}
START = ("messageStart", {"role": "assistant"})
STOP = ("messageStop", {"stopReason": "end_turn"})
METADATA = ("metadata", {"usage": {"inputTokens": 4, "outputTokens": 2, "totalTokens": 6}, "metrics": {"latencyMs": 1}})


def asking(*messages: dict[str, Any], **more: Any) -> ChatRequest:
    return parse_request({"model": "small", "messages": list(messages) or [HELLO], **more})


@pytest.fixture
def models(provider: SimulatedProvider) -> Iterator[BedrockModels]:
    config = Config(connect_timeout=1, read_timeout=0.4, retries={"total_max_attempts": 1})
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=provider.origin,
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=config,
    )
    with closing(client):
        yield BedrockModels(client)


def frame(name: str, payload: dict[str, Any], kind: str = "event") -> bytes:
    """One message of https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html."""
    told = {":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in told.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def stream(*events: tuple[str, dict[str, Any]], **how: Any) -> Answer:
    headers = {"content-type": "application/vnd.amazon.eventstream"}
    return Answer(200, [frame(*event) for event in events], headers, **how)


def delta(said: str) -> tuple[str, dict[str, Any]]:
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": said}}


def refusal(code: str, status: int) -> Answer:
    answer = as_json({"message": "arn:aws:iam::123456789012:role/x is not authorised"}, status)
    return Answer(status, answer.body, {**answer.headers, "x-amzn-errortype": code})


def test_a_whole_answer_is_read_and_the_request_is_in_the_providers_form(
    models: BedrockModels, provider: SimulatedProvider
) -> None:
    provider.will(as_json(WHOLE))
    request = asking({"role": "system", "content": "Be brief."}, HELLO, stop=["END"], top_p=0.5, max_tokens=9)

    assert models.complete(request, "amazon.nova-lite-v1:0") == Completion("Hi!", tokens=Tokens(30, 8))
    (asked,) = provider.asked
    assert asked.path == "/model/amazon.nova-lite-v1%3A0/converse"
    assert asked.body == {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 9, "topP": 0.5, "stopSequences": ["END"]},
    }


def test_tools_and_results_go_out_and_calls_come_back(models: BedrockModels, provider: SimulatedProvider) -> None:
    used = {"toolUse": {"toolUseId": "t1", "name": "get", "input": {"a": 1}}}
    message = {"message": {"role": "assistant", "content": [used]}}
    provider.will(as_json({**WHOLE, "output": message, "stopReason": "tool_use"}))
    call = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": "{}"}}
    request = asking(
        HELLO,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
        tools=[{"type": "function", "function": {"name": "get"}}],
        tool_choice={"type": "function", "function": {"name": "get"}},
    )

    answer = models.complete(request, "m.x")

    assert answer.calls == (CalledTool("t1", "get", '{"a": 1}'),)
    sent = provider.asked[0].body
    assert sent["messages"][1]["content"] == [{"toolUse": {"toolUseId": "c1", "name": "get", "input": {}}}]
    assert sent["messages"][2]["content"] == [{"toolResult": {"toolUseId": "c1", "content": [{"text": "done"}]}}]
    assert sent["toolConfig"]["toolChoice"] == {"tool": {"name": "get"}}


def test_tools_that_must_not_be_called_are_not_shown(models: BedrockModels, provider: SimulatedProvider) -> None:
    provider.will(as_json(WHOLE))

    models.complete(asking(tools=[{"type": "function", "function": {"name": "get"}}], tool_choice="none"), "m.x")

    assert "toolConfig" not in provider.asked[0].body


def test_a_stream_is_read_to_its_end_with_its_usage(models: BedrockModels, provider: SimulatedProvider) -> None:
    provider.will(
        stream(START, delta("He"), delta("y"), ("contentBlockStop", {"contentBlockIndex": 0}), STOP, METADATA)
    )

    chunks = list(models.stream(asking(), "m.x"))

    assert chunks == [Chunk("He"), Chunk("y"), Chunk(finish=Finish.STOP), Chunk(tokens=Tokens(4, 2))]
    assert provider.asked[0].path == "/model/m.x/converse-stream"


def test_a_streamed_call_comes_in_pieces(models: BedrockModels, provider: SimulatedProvider) -> None:
    begun = {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t1", "name": "get"}}}
    part = {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"a"'}}}
    provider.will(stream(START, ("contentBlockStart", begun), ("contentBlockDelta", part), STOP, METADATA))

    chunks = list(models.stream(asking(), "m.x"))

    assert chunks[0].calls == (CallDelta(0, "t1", "get"),)
    assert chunks[1].calls == (CallDelta(0, arguments='{"a"'),)


@pytest.mark.parametrize("how", [{}, {"cut": True}, {"stuck": True}], ids=["ended", "broken", "silent"])
def test_a_stream_without_its_end_is_cut(
    models: BedrockModels, provider: SimulatedProvider, how: dict[str, Any]
) -> None:
    provider.will(stream(START, delta("He"), **how))
    chunks = models.stream(asking(), "m.x")

    assert next(chunks) == Chunk("He")
    with pytest.raises(StreamCut):
        next(chunks)


def test_an_exception_in_a_stream_is_a_cut(models: BedrockModels, provider: SimulatedProvider) -> None:
    broken = frame("modelStreamErrorException", {"message": "x"}, "exception")
    answer = stream(START, delta("He"))
    provider.will(Answer(200, [*answer.body, broken], answer.headers))

    with pytest.raises(StreamCut):
        list(models.stream(asking(), "m.x"))


def test_an_exception_before_anything_else_is_what_it_says(models: BedrockModels, provider: SimulatedProvider) -> None:
    told = frame("throttlingException", {"message": "x"}, "exception")
    provider.will(Answer(200, [told], {"content-type": "application/vnd.amazon.eventstream"}))

    with pytest.raises(ModelRateLimited):
        list(models.stream(asking(), "m.x"))


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 429, ModelRateLimited),
        ("ServiceQuotaExceededException", 400, ModelRateLimited),
        ("AccessDeniedException", 403, ModelNotConfigured),
        ("ResourceNotFoundException", 404, ModelNotConfigured),
        ("ValidationException", 400, PromptRejected),
        ("ModelTimeoutException", 408, ModelTimeout),
        ("ModelNotReadyException", 429, ModelUnavailable),
        ("InternalServerException", 500, ModelUnavailable),
        ("ServiceUnavailableException", 503, ModelUnavailable),
    ],
)
def test_each_refusal_has_its_meaning(
    models: BedrockModels, provider: SimulatedProvider, code: str, status: int, expected: type[ModelError]
) -> None:
    provider.will(refusal(code, status))

    with pytest.raises(expected) as refused:
        models.complete(asking(), "m.x")
    assert "arn:" not in str(refused.value)
    assert len(provider.asked) == 1, "boto3 does not try again by itself"
    with pytest.raises(expected):
        list(models.stream(asking(), "m.x"))


def test_a_provider_that_does_not_begin_in_time_is_a_timeout(
    models: BedrockModels, provider: SimulatedProvider
) -> None:
    provider.will(Answer(silent=True))

    with pytest.raises(ModelTimeout):
        models.complete(asking(), "m.x")


@pytest.mark.parametrize("answer", [{}, {**WHOLE, "output": {}}, {**WHOLE, "usage": {"inputTokens": 1}}])
def test_an_answer_of_another_shape_is_invalid(
    models: BedrockModels, provider: SimulatedProvider, answer: dict[str, Any]
) -> None:
    provider.will(as_json(answer))

    with pytest.raises(AnswerInvalid):
        models.complete(asking(), "m.x")


def test_what_the_provider_cannot_do_is_left_to_another(models: BedrockModels) -> None:
    with pytest.raises(NotOffered):
        models.complete(asking(response_format={"type": "json_object"}), "m.x")
