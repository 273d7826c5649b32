"""The checker tells histories that an order explains from those that none does, and lets every order happen."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.linearisability import Done, Interleaving, explained


def register(state: Any, one: Done, _clock: int) -> Iterator[tuple[Any, Any]]:
    yield (state, state) if one.name == "read" else (None, one.given)


def done(name: str, value: Any, called: int, returned: int) -> Done:
    given, answer = (value, None) if name == "write" else (None, value)
    return Done(0, name, given, answer, called, returned, (0, 0))


@pytest.mark.parametrize(
    ("history", "fine"),
    [
        ([done("write", 1, 0, 1), done("read", 1, 2, 3)], True),
        ([done("write", 1, 0, 1), done("read", 0, 2, 3)], False),
        ([done("write", 1, 0, 5), done("read", 0, 1, 2), done("read", 1, 3, 4)], True),
        ([done("write", 1, 0, 5), done("read", 1, 1, 2), done("read", 0, 3, 4)], False),
        ([done("write", 1, 0, 1), done("write", 2, 0, 1), done("read", 1, 2, 3)], True),
        ([done("write", 1, 0, 1), done("write", 2, 2, 3), done("read", 1, 4, 5)], False),
    ],
)
def test_a_register(history: list[Done], *, fine: bool) -> None:
    assert explained(history, register, 0) is fine


def lost_updates(seed: int) -> bool:
    """Two processes that read, and later write what they read and one more."""
    turns, cell = Interleaving(seed), [0]

    def add() -> int:
        read = cell[0]
        turns.turn()
        cell[0] = read + 1
        return cell[0]

    turns.run([[("add", None, add) for _ in range(2)] for _ in range(2)], lambda: None, 0)

    def model(state: Any, _one: Done, _clock: int) -> Iterator[tuple[Any, Any]]:
        yield state + 1, state + 1

    return not explained(turns.history, model, 0)


def test_what_is_not_atomic_is_found_out_and_not_by_every_order() -> None:
    found = [lost_updates(seed) for seed in range(40)]
    assert 0 < sum(found) < len(found)
    assert found == [lost_updates(seed) for seed in range(40)]
