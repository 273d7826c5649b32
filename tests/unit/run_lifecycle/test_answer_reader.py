import threading
from collections.abc import Iterator

import pytest

from platform_kit.errors import DependencyUnavailable
from run_lifecycle.agent_answer import AgentFault, Piece, TextDelta
from run_lifecycle.answer_reader import AnswerReader, Ended
from tests.local_stack import eventually


def everything(reader: AnswerReader) -> list[Piece | Ended]:
    found: list[Piece | Ended] = []
    while not any(isinstance(piece, Ended) for piece in found):
        found += reader.take(5)
    return found


def test_pieces_come_in_order_and_then_the_end() -> None:
    texts = [TextDelta(str(number)) for number in range(300)]
    reader = AnswerReader(lambda: iter(texts))
    reader.start()
    assert everything(reader) == [*texts, Ended()]


def test_nothing_comes_while_the_agent_says_nothing() -> None:
    silence = threading.Event()

    def quiet() -> Iterator[Piece]:
        silence.wait(5)
        yield TextDelta("late")

    reader = AnswerReader(quiet)
    reader.start()
    assert reader.take(0.01) == []
    silence.set()
    assert everything(reader) == [TextDelta("late"), Ended()]


def test_a_full_queue_holds_the_agent_back() -> None:
    drawn: list[int] = []

    def endless() -> Iterator[Piece]:
        number = 0
        while True:
            drawn.append(number)
            yield TextDelta(str(number))
            number += 1

    reader = AnswerReader(endless, capacity=4)
    reader.start()
    eventually(lambda: len(drawn) >= 5, seconds=5, every=0.01)
    assert len(drawn) == 5
    reader.close()


def test_closing_lets_the_connection_go() -> None:
    closed = threading.Event()

    def endless() -> Iterator[Piece]:
        try:
            while True:
                yield TextDelta("x")
        finally:
            closed.set()

    reader = AnswerReader(endless, capacity=1)
    reader.start()
    reader.take(5)
    reader.close()
    assert closed.wait(5)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AgentFault("broken", "AGENT_FAILED"), "AGENT_FAILED"),
        (DependencyUnavailable("down"), "DEPENDENCY_UNAVAILABLE"),
        (RuntimeError("a bug"), "AGENT_FAILED"),
    ],
)
def test_whatever_goes_wrong_is_an_end_with_a_fault(error: Exception, code: str) -> None:
    def broken() -> Iterator[Piece]:
        yield TextDelta("a")
        raise error

    reader = AnswerReader(broken)
    reader.start()
    first, end = everything(reader)
    assert first == TextDelta("a")
    assert isinstance(end, Ended)
    assert end.fault is not None
    assert end.fault.code == code


def test_an_unforeseen_failure_is_not_told_to_the_tenant() -> None:
    def broken() -> Iterator[Piece]:
        raise RuntimeError("table ambit-prod-runs")

    reader = AnswerReader(broken)
    reader.start()
    [end] = everything(reader)
    assert isinstance(end, Ended)
    assert end.fault is not None
    assert "ambit-prod" not in end.fault.message
