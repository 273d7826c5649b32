from model_gateway.completions import (
    CallDelta,
    CalledTool,
    Chunk,
    Completion,
    Finish,
    Gathered,
    Stamp,
    Tokens,
    as_chunks,
    delta_of,
)

STAMP = Stamp("chatcmpl-1", "small", 7)


def test_pieces_put_together_are_the_answer() -> None:
    answer = Completion("one two", (CalledTool("c", "f", '{"a":1}'),), Finish.TOOL_CALLS, Tokens(1, 2))
    gathered = Gathered()
    for chunk in as_chunks(answer, ["one ", "two"]):
        gathered.add(chunk)

    assert gathered.completion() == answer


def test_a_call_may_come_in_any_number_of_pieces() -> None:
    gathered = Gathered()
    for call in (
        CallDelta(1, "b", "g"),
        CallDelta(0, "a", "f", "{"),
        CallDelta(1, arguments="[]"),
        CallDelta(0, arguments="}"),
    ):
        gathered.add(Chunk(calls=(call,)))

    assert gathered.completion().calls == (CalledTool("a", "f", "{}"), CalledTool("b", "g", "[]"))


def test_a_message_that_only_calls_has_no_content() -> None:
    body = STAMP.whole(Completion("", (CalledTool("c", "f", "{}"),), Finish.TOOL_CALLS), Tokens(1, 2))

    message = body["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"] == [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    assert STAMP.whole(Completion(""), Tokens(0, 0))["choices"][0]["message"]["content"] == ""


def test_only_the_first_piece_of_a_call_has_its_id() -> None:
    assert delta_of("", [CallDelta(0, "c", "f", "")]) == {
        "tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]
    }
    assert delta_of("", [CallDelta(0, arguments="{")]) == {"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]}
    assert delta_of("") == {}
