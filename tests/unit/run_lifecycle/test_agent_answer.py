import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from run_lifecycle import agent_answer
from run_lifecycle.agent_answer import AgentEvent, AgentFault, Output, Piece, TextDelta, encoded_size, pieces_of

SSE = "text/event-stream; charset=utf-8"


def streamed(*values: Any) -> list[Piece]:
    return list(pieces_of(SSE, [f"data: {json.dumps(value)}\n\n".encode() for value in values]))


def fault(content_type: str, *chunks: bytes) -> AgentFault:
    with pytest.raises(AgentFault) as raised:
        list(pieces_of(content_type, iter(chunks)))
    return raised.value


@pytest.mark.parametrize("value", ["text", {"a": 1}, [1], 0, None, True])
def test_a_json_answer_is_the_output_and_all_there_is(value: Any) -> None:
    chunks = [json.dumps(value).encode()]
    assert list(pieces_of("application/json", chunks)) == [Output(value, last=True)]


def test_strings_and_delta_events_are_text() -> None:
    assert streamed("one ", {"type": "delta", "text": "two"}) == [TextDelta("one "), TextDelta("two")]


def test_an_output_event_names_the_output() -> None:
    assert streamed({"type": "output", "output": {"n": 1}}) == [Output({"n": 1})]


def test_other_objects_pass_through_by_their_type() -> None:
    assert streamed({"type": "finding", "rows": 3}) == [AgentEvent({"type": "finding", "rows": 3})]


@pytest.mark.parametrize("value", [3, [1, 2], None])
def test_other_values_are_data(value: Any) -> None:
    assert streamed(value) == [AgentEvent({"type": "data", "data": value})]


def test_an_object_without_a_type_is_data_too() -> None:
    assert streamed({"rows": 3}) == [AgentEvent({"rows": 3, "type": "data"})]


def test_an_empty_text_says_nothing() -> None:
    assert streamed("", "a") == [TextDelta("a")]


def test_what_the_agent_reports_as_its_error_is_the_fault() -> None:
    chunk = b'data: {"error": "no data", "error_type": "ValueError", "message": "x"}\n\n'
    assert fault(SSE, chunk).message == "The agent reported ValueError: no data"


def test_a_reported_error_is_cut() -> None:
    assert len(fault(SSE, json.dumps({"error": "x" * 9_000}).join(("data: ", "\n\n")).encode()).message) < 600


@pytest.mark.parametrize("data", [b"{not json", b"NaN", b"\xff", b'"\\ud800"', b"[" * 100_000])
def test_what_is_not_json_is_a_fault(data: bytes) -> None:
    assert fault(SSE, b"data: " + data + b"\n\n").code == "AGENT_FAILED"
    assert fault("application/json", data).code == "AGENT_FAILED"


@pytest.mark.parametrize("kind", [7, "", "x" * 65, "with space", "line\nbreak"])
def test_a_type_that_is_no_word_is_a_fault(kind: Any) -> None:
    assert "type" in fault(SSE, f"data: {json.dumps({'type': kind})}\n\n".encode()).message


@pytest.mark.parametrize("content_type", ["text/html", "", "text/plain; charset=utf-8"])
def test_another_media_type_is_a_fault(content_type: str) -> None:
    assert "media type" in fault(content_type, b"x").message


VALUES = st.one_of(st.text(max_size=20), st.dictionaries(st.text(max_size=5), st.integers()))


@given(st.lists(VALUES, max_size=8), st.data())
def test_where_the_bytes_are_cut_makes_no_difference(values: list[Any], data: st.DataObject) -> None:
    values = [value for value in values if not (isinstance(value, dict) and {"error", "type"} & set(value))]
    raw = b"".join(f": comment\r\nid: 1\ndata: {json.dumps(value)}\r\n\n".encode() for value in values)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    chunks = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert list(pieces_of(SSE, chunks)) == streamed(*values)


def test_data_over_several_lines_is_one_value() -> None:
    assert list(pieces_of(SSE, [b'data: {"type":\ndata: "note"}\n\n'])) == [AgentEvent({"type": "note"})]


def test_an_event_that_broke_off_is_not_taken_for_one() -> None:
    assert list(pieces_of(SSE, [b'data: "whole"\n\ndata: "half"\n'])) == [TextDelta("whole")]


def test_a_long_text_is_cut_into_events_of_bounded_size() -> None:
    text = "é" * 60_000
    pieces = streamed(text)
    assert len(pieces) == 3
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == text


def test_an_answer_without_end_is_stopped_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_answer, "MAX_STREAM_BYTES", 1_000)

    def endless() -> Iterator[bytes]:
        while True:
            yield b'data: "0123456789"\n\n'

    with pytest.raises(AgentFault) as raised:
        list(pieces_of(SSE, endless()))
    assert raised.value.code == "AGENT_OUTPUT_TOO_LARGE"


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("MAX_EVENT_BYTES", {"type": "note", "text": "x" * 200}),
        ("MAX_OUTPUT_BYTES", {"type": "output", "output": "x" * 200}),
    ],
)
def test_one_piece_that_is_too_large_is_a_fault(limit: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_answer, limit, 100)
    assert fault(SSE, f"data: {json.dumps(value)}\n\n".encode()).code == "AGENT_OUTPUT_TOO_LARGE"


def test_a_json_answer_that_is_too_large_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_answer, "MAX_OUTPUT_BYTES", 100)
    assert fault("application/json", b'"' + b"x" * 200 + b'"').code == "AGENT_OUTPUT_TOO_LARGE"


def test_sizes_are_those_of_compact_json_in_bytes() -> None:
    assert encoded_size({"é": [1, 2]}) == len('{"é":[1,2]}'.encode())
