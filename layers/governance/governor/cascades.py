"""Whether one failing agent tripped others: halts that hang together, within a window."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from governance.governor.halts import HaltKind

LEAST_AGENTS: Final = 3
"""How many different agents make a cascade, the first included."""
MOST_EVENTS: Final = 1_000
"""How many halts are looked at, newest first."""


@dataclass(frozen=True, slots=True)
class HaltEvent:
    """A halt, at `at` milliseconds since the epoch.

    `touched` names what the run shares with others: `agent:<name>` for those it called or was called by, `tool:<name>`,
    `pool:<name>`. Its own agent is always among it.
    """

    agent: str
    run: str
    kind: HaltKind
    at: int
    touched: frozenset[str] = frozenset()

    def links(self) -> frozenset[str]:
        """Everything by which this halt may hang together with another."""
        return self.touched | {f"agent:{self.agent}"}


@dataclass(frozen=True, slots=True)
class Cascade:
    """Halts of at least LEAST_AGENTS agents, linked one to the next: `origin` was first. In the order they happened."""

    origin: HaltEvent
    agents: tuple[str, ...]
    runs: tuple[str, ...]


def cascade(events: Iterable[HaltEvent], window_seconds: int, now: int) -> Cascade | None:
    """The largest cascade among the halts of the last `window_seconds`; of two as large, the one that began first.

    Two halts hang together when they touched the same thing, also by way of others. The order of `events` is no matter.
    """
    groups = [group for group in _groups(_within(events, window_seconds, now)) if len(_agents(group)) >= LEAST_AGENTS]
    if not groups:
        return None
    largest = max(groups, key=lambda group: (len(_agents(group)), -group[0].at))
    return Cascade(largest[0], _agents(largest), tuple(event.run for event in largest))


def _within(events: Iterable[HaltEvent], window_seconds: int, now: int) -> Sequence[HaltEvent]:
    recent = [event for event in events if now - window_seconds * 1000 < event.at <= now]
    return sorted(recent, key=lambda event: (event.at, event.agent, event.run))[-MOST_EVENTS:]


def _groups(events: Sequence[HaltEvent]) -> list[list[HaltEvent]]:
    groups: list[tuple[set[str], list[HaltEvent]]] = []
    for event in events:
        met = [group for group in groups if group[0] & event.links()]
        links = set(event.links()).union(*(group[0] for group in met))
        together = sorted(
            [*(one for group in met for one in group[1]), event], key=lambda one: (one.at, one.agent, one.run)
        )
        groups = [*(group for group in groups if group not in met), (links, together)]
    return [group for _, group in groups]


def _agents(group: Sequence[HaltEvent]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(event.agent for event in group))
