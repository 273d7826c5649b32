"""Concurrent histories: processes let go on one call at a time, and the search for an order that explains them.

A history is linearisable when there is an order of its operations, each between its call and its return, in which a
sequential model gives the same answers (Herlihy and Wing 1990; the search is Wing and Gong's, with the states seen).
"""

import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Act = Callable[[], Any]


@dataclass(frozen=True)
class Done:
    """One operation of a history: what was asked and answered, when (steps), and what the clock may have said."""

    process: int
    name: str
    given: Any
    answer: Any
    called: int
    returned: int
    clock: tuple[int, int]


Model = Callable[[Any, Done, int], Iterable[tuple[Any, Any]]]
"""`(state, operation, clock)`: every answer it may have, and the state after it."""


class Interleaving:
    """Runs processes of operations by turns that a seed chooses; `turn` is to be called before each of their calls."""

    def __init__(self, seed: int) -> None:
        self._luck = random.Random(seed)  # noqa: S311 - an order that can be had again
        self._mine: dict[int, int] = {}
        self._over: set[int] = set()
        self._go: list[threading.Semaphore] = []
        self._back = threading.Semaphore(0)
        self.step = 0
        self.clock = 0
        self.history: list[Done] = []

    def turn(self) -> None:
        """Wait to be let go on; nothing outside of `run`."""
        number = self._mine.get(threading.get_ident())
        if number is not None:
            self._back.release()
            self._go[number].acquire()

    def run(self, processes: Sequence[Sequence[tuple[str, Any, Act]]], tick: Callable[[], None], ticks: int) -> None:
        """Run them to their ends; `tick` moves the clock, `ticks` times in between."""
        self._go = [threading.Semaphore(0) for _ in processes]
        threads = [threading.Thread(target=self._act, args=(number, acts)) for number, acts in enumerate(processes)]
        for thread in threads:
            thread.start()
        going = list(range(len(threads)))
        while going:
            if ticks and self._luck.random() < 0.1:
                ticks -= 1
                self.clock += 1
                tick()
            number = self._luck.choice(going)
            self.step += 1
            self._go[number].release()
            self._back.acquire()
            if number in self._over:
                going.remove(number)
        for thread in threads:
            thread.join()

    def _act(self, number: int, acts: Sequence[tuple[str, Any, Act]]) -> None:
        self._go[number].acquire()
        self._mine[threading.get_ident()] = number
        for place, (name, given, act) in enumerate(acts):
            if place:
                self.turn()
            called, before = self.step, self.clock
            answer = act()
            self.history.append(Done(number, name, given, answer, called, self.step, (before, self.clock)))
        self._over.add(number)
        self._back.release()


def explained(history: Sequence[Done], model: Model, begin: Any) -> bool:
    """Whether some order of the history gives its answers."""
    seen: set[tuple[frozenset[int], Any]] = set()

    def search(left: frozenset[int], state: Any) -> bool:
        if not left:
            return True
        if (left, state) in seen:
            return False
        seen.add((left, state))
        first_return = min(history[at].returned for at in left)
        for at in left:
            one = history[at]
            if one.called > first_return:
                continue
            for clock in range(one.clock[0], one.clock[1] + 1):
                for answer, after in model(state, one, clock):
                    if answer == one.answer and search(left - {at}, after):
                        return True
        return False

    return search(frozenset(range(len(history))), begin)
