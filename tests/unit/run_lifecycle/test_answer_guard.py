"""What an agent says, as it may be kept and shown: attacks first."""

from collections.abc import Sequence
from typing import Any

import pytest

from governance.guardrails import Action, DataClass, GuardrailPolicy, documents, scanning, streaming
from governance.guardrails.scanning import MAX_TEXT
from run_lifecycle.agent_answer import AgentEvent, AgentFault, Output, Piece, TextDelta
from run_lifecycle.answer_guard import NOT_TOLD, AnswerGuard, scan_output, shown_fault

KEY = "AKIAIOSFODNN7EXAMPLE"
MASKS = GuardrailPolicy()
BLOCKS = GuardrailPolicy({DataClass.AWS_KEY: Action.BLOCK})


def said(guard: AnswerGuard, *pieces: Piece) -> list[Piece]:
    """What comes out, piece by piece, to the end."""
    passed = [out for piece in pieces for out in guard.pass_on([piece])]
    return [*passed, *guard.rest()]


def text_of(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 19])
def test_a_secret_in_bits_of_any_size_is_masked(size: int) -> None:
    text = f"the key is {KEY}, keep it"
    bits = [TextDelta(text[at : at + size]) for at in range(0, len(text), size)]

    guard = AnswerGuard(MASKS)

    assert text_of(said(guard, *bits)) == "the key is [AWS_KEY], keep it"
    assert guard.told() == {"where": "output", "status": "masked", "found": {"aws_key": 1}, "changed": 1}


def test_an_event_or_an_output_between_two_bits_does_not_let_them_out() -> None:
    pieces = (TextDelta("AKIAIOSF"), AgentEvent({"type": "x"}), Output({"n": 1}), TextDelta("ODNN7EXAMPLE "))

    passed = said(AnswerGuard(MASKS), *pieces)

    assert text_of(passed) == "[AWS_KEY] "
    assert [type(piece) for piece in passed] == [AgentEvent, Output, TextDelta]


@pytest.mark.parametrize("place", [{"key": KEY}, {KEY: 1}, [[KEY]], KEY, {"a": {"b": [f"x {KEY}"]}}], ids=str)
def test_a_secret_anywhere_in_an_output_or_event_is_masked(place: Any) -> None:
    (event,) = said(AnswerGuard(MASKS), AgentEvent({"type": "x", "value": place}))
    (output,) = said(AnswerGuard(MASKS), Output(place, last=True))

    assert KEY not in str(event) + str(output)
    assert "[AWS_KEY]" in str(event)
    assert isinstance(output, Output)
    assert output.last


@pytest.mark.parametrize(
    "piece", [TextDelta(f"{KEY} "), AgentEvent({"type": "x", "v": KEY}), Output(KEY), Output({"v": [KEY]})], ids=repr
)
def test_after_what_is_blocked_nothing_comes_out(piece: Piece) -> None:
    guard = AnswerGuard(BLOCKS)

    passed = said(guard, TextDelta("fine. "), piece, TextDelta("more. "), AgentEvent({"type": "x"}), Output(1))

    assert (text_of(passed), len(passed), guard.blocked) == ("fine. ", 1, True)
    assert guard.told()["status"] == "blocked"


def test_a_text_of_any_length_is_looked_at_as_an_output() -> None:
    text = "word " * (MAX_TEXT // 5) + f"{KEY}. " + "word " * 10

    assert scan_output(text, MASKS).value == text.replace(KEY, "[AWS_KEY]")
    blocked = scan_output(text, BLOCKS)
    assert (blocked.blocked, blocked.value) == (True, None)


def test_json_beyond_what_is_scanned_does_not_pass() -> None:
    guard = AnswerGuard(MASKS)

    assert said(guard, Output(["x" * MAX_TEXT, "y"])) == []
    assert (guard.blocked, guard.told()["status"]) == (True, "blocked")


@pytest.mark.parametrize("module", [scanning, documents, streaming], ids=lambda module: module.__name__)
def test_where_detectors_fail_nothing_passes(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("broken")

    for one in (scanning, documents, streaming):
        monkeypatch.setattr(one, "find", broken)
    piece = {scanning: None, documents: Output("plain"), streaming: TextDelta("plain ")}[module]

    if piece is None:
        assert AnswerGuard(MASKS).fault(AgentFault("plain")).message == NOT_TOLD
    else:
        guard = AnswerGuard(MASKS)
        assert (said(guard, piece), guard.blocked) == ([], True)


def test_why_an_agent_failed_is_told_without_its_secrets() -> None:
    fault = AgentFault(f"bad key {KEY}", "AGENT_FAILED")

    masked, stopped = shown_fault(fault, MASKS), shown_fault(fault, BLOCKS)

    assert (masked.message, masked.code) == ("bad key [AWS_KEY]", "AGENT_FAILED")
    assert (stopped.message, stopped.code) == (NOT_TOLD, "AGENT_FAILED")


def test_what_is_harmless_passes_as_it_is_and_is_not_told() -> None:
    guard, pieces = AnswerGuard(MASKS), [TextDelta("one "), AgentEvent({"type": "x", "n": 1}), Output({"a": None})]

    assert (said(guard, *pieces), guard.told(), guard.blocked) == (pieces, {}, False)


def test_what_a_policy_allows_passes_and_is_not_told() -> None:
    guard = AnswerGuard(GuardrailPolicy({DataClass.AWS_KEY: Action.ALLOW}))

    assert (text_of(said(guard, TextDelta(KEY))), guard.told()) == (KEY, {})
