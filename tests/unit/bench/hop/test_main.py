from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.hop import __main__ as program
from bench.hop.load import Asking
from bench.measure import Result


def result(ours: float, reference: float) -> Result:
    return Result("hop", "1/s", ours, reference, higher_is_better=True)


def test_the_goal_is_met_only_when_the_least_ratio_meets_it() -> None:
    assert "goal x10: met (least x10.0)" in program.lines([result(100, 10), result(330, 30)])
    assert "goal x10: not met (least x9.9)" in program.lines([result(99, 10), result(330, 30)])


def test_the_load_of_the_machine_is_told() -> None:
    assert program.lines([result(1, 1)])[-1].startswith("load average ")


def test_both_are_asked_in_turns_and_the_medians_are_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {1: iter([10.0, 30.0, 20.0] * 2), 2: iter([1.0, 9.0, 2.0] * 2)}
    order: list[int] = []

    async def rate(asking: Asking, _connections: int, _seconds: float) -> float:
        order.append(asking.port)
        return next(given[asking.port])

    @contextmanager
    def serving(port: int) -> Iterator[Asking]:
        yield Asking(port, "/", "", {})

    monkeypatch.setattr(program, "rate", rate)
    monkeypatch.setattr(program, "door", lambda _upstream: serving(1))
    monkeypatch.setattr(program, "litellm", lambda _upstream, _folder: serving(2))
    found = program.compared("x", 0, tmp_path)
    assert [(one.ours, one.reference) for one in found] == [(20.0, 2.0)] * len(program.CONNECTIONS)
    assert order == [1, 2] * program.ROUNDS * len(program.CONNECTIONS)
