import json
from typing import Any

import pytest

from model_gateway.completions import CallDelta, CalledTool, Chunk, Completion, Finish, Tokens
from model_gateway.errors import AnswerInvalid, StreamCut
from model_gateway.http import ProviderHttp
from model_gateway.providers.openai import azure, openai
from model_gateway.requests import ChatRequest, parse_request
from tests.model_provider import SimulatedProvider, as_json, sse

USAGE = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}
# The shapes that https://platform.openai.com/docs/api-reference/chat shows.
WHOLE = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1741569952, "model": "gpt-4.1-2025-04-14",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!", "refusal": None, "annotations": []},
                 "logprobs": None, "finish_reason": "stop"}],
    "usage": USAGE, "service_tier": "default",
}  # fmt: skip


def asking(**more: Any) -> ChatRequest:
    return parse_request({"model": "small", "messages": [{"role": "user", "content": "hi"}], **more})


def piece(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def test_a_whole_answer_is_read(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(as_json(WHOLE))

    answer = openai(post, "sk-1").complete(asking(max_tokens=50, temperature=0.2, user="somebody"), "gpt-4.1")

    assert answer == Completion("Hello!", tokens=Tokens(9, 12))
    (asked,) = provider.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer sk-1"
    assert asked.body == {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": "hi"}],
        "temperature": 0.2,
        "max_completion_tokens": 50,
    }


def test_azure_is_the_same_at_another_place_with_another_header(
    post: ProviderHttp, provider: SimulatedProvider
) -> None:
    provider.will(as_json(WHOLE))

    azure(post, "az-1").complete(asking(), "my-deployment")

    (asked,) = provider.asked
    assert asked.path == "/openai/v1/chat/completions"
    assert asked.headers["api-key"] == "az-1"
    assert "authorization" not in asked.headers
    assert asked.body["model"] == "my-deployment"


def test_tools_go_out_and_calls_come_back(post: ProviderHttp, provider: SimulatedProvider) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "get", "arguments": '{"a": 1}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    provider.will(as_json({"choices": [{"message": message, "finish_reason": "tool_calls"}]}))
    tools = [{"type": "function", "function": {"name": "get", "parameters": {"type": "object"}}}]
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}

    answer = openai(post, "k").complete(asking(tools=tools, response_format=schema, tool_choice="auto"), "m")

    assert answer == Completion("", (CalledTool("call_1", "get", '{"a": 1}'),), Finish.TOOL_CALLS)
    assert provider.asked[0].body["tools"] == tools
    assert provider.asked[0].body["response_format"] == schema


def test_a_stream_is_read_to_its_end_with_its_usage(post: ProviderHttp, provider: SimulatedProvider) -> None:
    end = {"object": "chat.completion.chunk", "choices": [], "usage": USAGE}
    provider.will(sse(piece({"role": "assistant", "content": ""}), piece({"content": "He"}), piece({"content": "y"}),
                      piece({}, "stop"), end, "[DONE]"))  # fmt: skip

    chunks = list(openai(post, "k").stream(asking(), "m"))

    assert chunks == [Chunk(), Chunk("He"), Chunk("y"), Chunk(finish=Finish.STOP), Chunk(tokens=Tokens(9, 12))]
    assert provider.asked[0].body["stream"] is True
    assert provider.asked[0].body["stream_options"] == {"include_usage": True}


def test_a_streamed_call_comes_in_pieces(post: ProviderHttp, provider: SimulatedProvider) -> None:
    first = {
        "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "get", "arguments": ""}}]
    }
    more = {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]}
    provider.will(sse(piece(first), piece(more), piece({}, "tool_calls"), "[DONE]"))

    chunks = list(openai(post, "k").stream(asking(), "m"))

    assert chunks[0].calls == (CallDelta(0, "call_1", "get", ""),)
    assert chunks[1].calls == (CallDelta(0, arguments='{"a"'),)


@pytest.mark.parametrize("cut", [False, True], ids=["ended", "broken"])
def test_a_stream_without_its_end_is_cut_and_never_taken_for_whole(
    post: ProviderHttp, provider: SimulatedProvider, *, cut: bool
) -> None:
    provider.will(sse(piece({"content": "He"}), cut=cut))
    chunks = openai(post, "k").stream(asking(), "m")

    assert next(chunks) == Chunk("He")
    with pytest.raises(StreamCut):
        next(chunks)


def test_an_error_in_a_stream_is_a_cut(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(sse(piece({"content": "He"}), {"error": {"message": "internal", "type": "server_error"}}))

    with pytest.raises(StreamCut):
        list(openai(post, "k").stream(asking(), "m"))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [{"message": {"content": 5}}]},
        {"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "many", "completion_tokens": 1}},
        {"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": -4, "completion_tokens": 1}},
        {"choices": [{"message": {"tool_calls": [{"id": "x"}]}}]},
    ],
    ids=json.dumps,
)
def test_an_answer_of_another_shape_is_invalid(
    post: ProviderHttp, provider: SimulatedProvider, answer: dict[str, Any]
) -> None:
    provider.will(as_json(answer))

    with pytest.raises(AnswerInvalid):
        openai(post, "k").complete(asking(), "m")


@pytest.mark.parametrize("event", ["{not json", "[]", '{"choices": [{"delta": {"content": 5}}]}', '{"other": 1}'])
def test_a_piece_of_another_shape_is_invalid(post: ProviderHttp, provider: SimulatedProvider, event: str) -> None:
    provider.will(sse(event, "[DONE]"))

    with pytest.raises(AnswerInvalid):
        list(openai(post, "k").stream(asking(), "m"))
