import json
from typing import Any

import pytest

from model_gateway.completions import Finish, Gathered
from model_gateway.providers.local import LocalModel
from model_gateway.requests import ChatRequest, parse_request
from model_gateway.tokens import answer_tokens, prompt_tokens

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": SCHEMA}}]


def asking(text: str = "hi", **more: Any) -> ChatRequest:
    return parse_request({"model": "local", "messages": [{"role": "user", "content": text}], **more})


def said(request: ChatRequest) -> str:
    return LocalModel().complete(request, "deterministic").text


def test_the_same_question_has_the_same_answer_and_another_has_another() -> None:
    assert said(asking("what?")) == said(asking("what?"))
    assert said(asking("what?")) != said(asking("who?"))


def test_it_echoes() -> None:
    assert said(asking("Please.\necho: one\ntwo")) == "one\ntwo"


def test_it_says_as_many_words_as_it_is_told() -> None:
    assert len(said(asking("words: 40")).split()) == 40


def test_it_calls_the_named_tool_with_the_arguments_and_says_what_it_said() -> None:
    request = asking('call add {"a": 1}', tools=TOOLS)
    answer = LocalModel().complete(request, "x")

    assert answer.finish is Finish.TOOL_CALLS
    assert [(call.name, call.arguments) for call in answer.calls] == [("add", '{"a": 1}')]
    messages = [{"role": "user", "content": 'call add {"a": 1}'}, {"role": "tool", "tool_call_id": "c", "content": "3"}]
    assert said(parse_request({"model": "local", "messages": messages, "tools": TOOLS})) == "The tool said: 3"


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({}, 0),
        ({"tools": TOOLS, "tool_choice": "none"}, 0),
        ({"tools": TOOLS, "tool_choice": "required"}, 1),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "add"}}}, 1),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "other"}}}, 0),
    ],
)
def test_the_choice_of_a_tool_is_heeded(more: dict[str, Any], calls: int) -> None:
    assert len(LocalModel().complete(asking("call nothing {}", **more), "x").calls) == calls


def test_an_answer_fits_the_schema_that_is_asked_for() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "kind": {"enum": ["a", "b"]},
            "many": {"type": "array", "items": {"type": ["number", "null"]}},
            "fixed": {"const": 7},
        },
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}

    assert json.loads(said(asking(response_format=wanted))) == {"name": "text", "kind": "a", "many": [1], "fixed": 7}
    assert json.loads(said(asking("q", response_format={"type": "json_object"}))) == {"answer": "q"}


def test_a_schema_is_followed_to_a_bounded_depth() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        schema = {"type": "object", "properties": {"child": schema}}
    wanted = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}

    assert 10 < said(asking(response_format=wanted)).count("child") < 20


def test_it_stops_where_it_is_told_and_at_its_length() -> None:
    assert said(asking("echo: one END two", stop="END")) == "one "
    cut = LocalModel().complete(asking("echo: one two three four", max_tokens=2), "x")
    assert (cut.text, cut.finish) == ("one two", Finish.LENGTH)
    assert cut.tokens is not None
    assert cut.tokens.output == 2


def test_it_says_what_it_used() -> None:
    request = asking("echo: one two")
    answer = LocalModel().complete(request, "x")

    assert answer.tokens is not None
    assert (answer.tokens.input, answer.tokens.output) == (prompt_tokens(request), answer_tokens(answer)) == (8, 2)


@pytest.mark.parametrize("text", ["echo: a  b\nc ", 'call add {"a": 1}', "anything"])
def test_its_stream_put_together_is_its_whole_answer(text: str) -> None:
    request, gathered = asking(text, tools=TOOLS), Gathered()
    for chunk in LocalModel().stream(request, "x"):
        gathered.add(chunk)

    assert gathered.completion() == LocalModel().complete(request, "x")
