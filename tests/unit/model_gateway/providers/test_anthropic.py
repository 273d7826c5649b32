from typing import Any

import pytest

from model_gateway.completions import CallDelta, CalledTool, Chunk, Completion, Finish, Tokens
from model_gateway.errors import AnswerInvalid, BadModelRequest, ModelUnavailable, NotOffered, StreamCut
from model_gateway.http import ProviderHttp
from model_gateway.providers.anthropic import AnthropicModels
from model_gateway.requests import ChatRequest, parse_request
from tests.model_provider import Answer, SimulatedProvider, as_json, sse

# The shapes that https://docs.anthropic.com/en/api/messages and …/messages-streaming show.
WHOLE = {
    "id": "msg_01", "type": "message", "role": "assistant", "model": "claude",
    "content": [{"type": "text", "text": "Hi!"}], "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 12, "output_tokens": 6},
}  # fmt: skip
START = {"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 25, "output_tokens": 1}}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
STOP_BLOCK = {"type": "content_block_stop", "index": 0}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 15}}
STOP = {"type": "message_stop"}
HELLO = {"role": "user", "content": "hi"}


def asking(*messages: dict[str, Any], **more: Any) -> ChatRequest:
    return parse_request({"model": "large", "messages": list(messages) or [HELLO], **more})


def text(said: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": said}}


def stream(*events: Any, **how: Any) -> Answer:
    return sse(*events, names=lambda event: str(event["type"]), **how)


def test_a_whole_answer_is_read_and_the_request_is_in_the_providers_form(
    post: ProviderHttp, provider: SimulatedProvider
) -> None:
    provider.will(as_json(WHOLE))
    request = asking({"role": "system", "content": "Be brief."}, HELLO, stop="END", temperature=1.5, max_tokens=9)

    assert AnthropicModels(post, "ak-1").complete(request, "claude") == Completion("Hi!", tokens=Tokens(12, 6))
    (asked,) = provider.asked
    assert asked.path == "/v1/messages"
    assert (asked.headers["x-api-key"], asked.headers["anthropic-version"]) == ("ak-1", "2023-06-01")
    assert asked.body == {
        "model": "claude",
        "max_tokens": 9,
        "system": "Be brief.",
        "temperature": 1.0,
        "stop_sequences": ["END"],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }


def test_calls_and_their_results_become_blocks_and_neighbours_one_turn(
    post: ProviderHttp, provider: SimulatedProvider
) -> None:
    used = {"type": "tool_use", "id": "toolu_1", "name": "get", "input": {"a": 1}}
    provider.will(as_json({**WHOLE, "content": [used], "stop_reason": "tool_use"}))
    calls = [{"id": f"c{n}", "type": "function", "function": {"name": "get", "arguments": '{"a":1}'}} for n in (1, 2)]
    tools = [
        {"type": "function", "function": {"name": "get", "description": "Gets.", "parameters": {"type": "object"}}}
    ]
    request = asking(
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
        {"role": "tool", "tool_call_id": "c2", "content": "two"},
        tools=tools,
        tool_choice="required",
    )

    answer = AnthropicModels(post, "k").complete(request, "claude")

    assert answer.calls == (CalledTool("toolu_1", "get", '{"a": 1}'),)
    assert answer.finish is Finish.TOOL_CALLS
    sent = provider.asked[0].body
    assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "user"]
    assert [block["tool_use_id"] for block in sent["messages"][2]["content"]] == ["c1", "c2"]
    assert sent["messages"][1]["content"][0] == {"type": "tool_use", "id": "c1", "name": "get", "input": {"a": 1}}
    assert sent["tools"] == [{"name": "get", "description": "Gets.", "input_schema": {"type": "object"}}]
    assert sent["tool_choice"] == {"type": "any"}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"tool_choice": "none"}, {"type": "none"}),
        ({"tool_choice": {"type": "function", "function": {"name": "get"}}}, {"type": "tool", "name": "get"}),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({}, None),
    ],
)
def test_the_choice_of_a_tool_is_translated(
    post: ProviderHttp, provider: SimulatedProvider, chosen: dict[str, Any], expected: object
) -> None:
    provider.will(as_json(WHOLE))
    tools = [{"type": "function", "function": {"name": "get"}}]

    AnthropicModels(post, "k").complete(asking(tools=tools, **chosen), "claude")

    assert provider.asked[0].body.get("tool_choice") == expected


def test_a_stream_is_read_to_its_end_with_its_usage(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(stream(START, BLOCK, {"type": "ping"}, text("He"), text("y"), STOP_BLOCK, END, STOP))

    chunks = list(AnthropicModels(post, "k").stream(asking(), "claude"))

    assert chunks == [Chunk("He"), Chunk("y"), Chunk(finish=Finish.STOP, tokens=Tokens(25, 15))]
    assert provider.asked[0].body["stream"] is True


def test_a_streamed_call_is_numbered_by_itself(post: ProviderHttp, provider: SimulatedProvider) -> None:
    begun = {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "t1", "name": "get"},
    }
    part = {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a"'}}
    provider.will(stream(START, BLOCK, text("x"), begun, part, END, STOP))

    chunks = list(AnthropicModels(post, "k").stream(asking(), "claude"))

    assert chunks[1].calls == (CallDelta(0, "t1", "get"),)
    assert chunks[2].calls == (CallDelta(0, arguments='{"a"'),)


@pytest.mark.parametrize("cut", [False, True], ids=["ended", "broken"])
def test_a_stream_without_its_end_is_cut(post: ProviderHttp, provider: SimulatedProvider, *, cut: bool) -> None:
    provider.will(stream(START, BLOCK, text("He"), cut=cut))
    chunks = AnthropicModels(post, "k").stream(asking(), "claude")

    assert next(chunks) == Chunk("He")
    with pytest.raises(StreamCut):
        next(chunks)


@pytest.mark.parametrize(("kind", "expected"), [("overloaded_error", ModelUnavailable), ("api_error", StreamCut)])
def test_an_error_in_a_stream_is_told_apart(
    post: ProviderHttp, provider: SimulatedProvider, kind: str, expected: type[Exception]
) -> None:
    provider.will(stream(START, {"type": "error", "error": {"type": kind, "message": "secret"}}))

    with pytest.raises(expected):
        list(AnthropicModels(post, "k").stream(asking(), "claude"))


@pytest.mark.parametrize("event", [{"type": "message_start"}, {**END, "usage": {}}, {**text("x"), "delta": {}}])
def test_a_piece_of_another_shape_is_invalid(
    post: ProviderHttp, provider: SimulatedProvider, event: dict[str, Any]
) -> None:
    provider.will(stream(event, STOP))

    with pytest.raises(AnswerInvalid):
        list(AnthropicModels(post, "k").stream(asking(), "claude"))


def test_what_the_provider_cannot_do_is_left_to_another(post: ProviderHttp) -> None:
    with pytest.raises(NotOffered) as refused:
        AnthropicModels(post, "k").complete(asking(response_format={"type": "json_object"}), "claude")
    assert refused.value.param == "response_format"
    assert refused.value.falls_back


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "only"}],
        [HELLO, {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "[1]"}}]}],
    ],
    ids=["instructions only", "arguments that are no object"],
)
def test_a_conversation_that_makes_no_sense_is_the_callers_fault(
    post: ProviderHttp, messages: list[dict[str, Any]]
) -> None:
    with pytest.raises(BadModelRequest):
        AnthropicModels(post, "k").complete(asking(*messages), "claude")
