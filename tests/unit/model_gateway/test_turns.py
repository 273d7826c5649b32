from typing import Any

import pytest

from model_gateway.errors import BadModelRequest
from model_gateway.requests import ChatRequest, ToolCall, parse_request
from model_gateway.turns import arguments_of, instructions, turns


def asking(*messages: dict[str, Any]) -> ChatRequest:
    return parse_request({"model": "m", "messages": list(messages)})


def test_instructions_are_put_together_and_are_no_turns() -> None:
    hello = {"role": "user", "content": "hi"}
    request = asking({"role": "system", "content": "a"}, hello, {"role": "developer", "content": "b"})

    assert instructions(request) == "a\n\nb"
    assert [turn.role for turn in turns(request)] == ["user"]


def test_turns_alternate_and_a_tools_result_is_on_the_users_side() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": "{}"}}
    request = asking(
        {"role": "user", "content": "a"},
        {"role": "user", "content": ""},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": ""},
        {"role": "user", "content": "b"},
    )

    assert [(turn.role, len(turn.messages)) for turn in turns(request)] == [("user", 1), ("assistant", 1), ("user", 2)]


@pytest.mark.parametrize("arguments", ["[1]", "{", "1", "null", "[" * 100_000])
def test_arguments_that_are_no_object_are_the_callers_fault(arguments: str) -> None:
    call = ToolCall.model_validate({"id": "c", "function": {"name": "f", "arguments": arguments}})

    with pytest.raises(BadModelRequest):
        arguments_of(call)
