"""A circuit breaker whose state every process shares: after a few outages in a row nobody asks a provider for a while.

    closed --outages within a window--> open --its time is over--> half-open: one asks --> closed, or open for longer

The state is one small record, written when something fails or changes and never by a call that goes well on a closed
circuit; it is read at most every few seconds. Pure functions over `Circuit`; `Breaker` moves it by compare and swap.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from model_gateway.errors import ModelUnavailable
from platform_kit.observability import count, logger

FAILURES: Final = 5
WINDOW_SECONDS: Final = 60.0
OPEN_SECONDS: Final = 15.0
MOST_OPEN_SECONDS: Final = 300.0
PROBE_SECONDS: Final = 90.0
CACHE_SECONDS: Final = 5.0
_SWAPS: Final = 8


class State(StrEnum):
    """Whether calls are let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True)
class Circuit:
    """Outages since `since`; open until `until`; since then one is trying until `probing`. Epoch seconds.

    `openings` counts how often in a row it opened, `version` its changes: 0 is a record that does not exist.
    """

    failures: int = 0
    since: float = 0.0
    until: float = 0.0
    probing: float = 0.0
    openings: int = 0
    version: int = 0

    def state(self, now: float) -> State:
        """How it stands."""
        if not self.openings:
            return State.CLOSED
        return State.OPEN if now < max(self.until, self.probing) else State.HALF_OPEN


def failed(circuit: Circuit, now: float) -> Circuit:
    """After an outage."""
    if circuit.openings:
        return _opened(circuit, now) if circuit.state(now) is State.HALF_OPEN or circuit.probing > now else circuit
    fresh = now - circuit.since > WINDOW_SECONDS
    counted = replace(circuit, failures=1 if fresh else circuit.failures + 1, since=now if fresh else circuit.since)
    return _opened(counted, now) if counted.failures >= FAILURES else counted


def succeeded(circuit: Circuit) -> Circuit:
    """After a call that went well."""
    return Circuit(version=circuit.version)


def probed(circuit: Circuit, now: float) -> Circuit:
    """While one is trying; nobody else does before that one is overdue."""
    return replace(circuit, probing=now + PROBE_SECONDS)


def _opened(circuit: Circuit, now: float) -> Circuit:
    span = min(OPEN_SECONDS * 2**circuit.openings, MOST_OPEN_SECONDS)
    return Circuit(openings=circuit.openings + 1, until=now + span, version=circuit.version)


class Circuits(Protocol):
    """Where circuits are kept, shared by all processes."""

    def read(self, name: str) -> Circuit:
        """The circuit as it is now; a closed one of version 0 when there is none."""
        ...

    def swap(self, name: str, circuit: Circuit) -> bool:
        """Keep it as the version after its own; False, and nothing kept, when another was quicker."""
        ...


class Breaker:
    """Circuits by name (`provider/model`). `now` gives epoch seconds. Safe to share between threads."""

    def __init__(
        self,
        circuits: Circuits,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._circuits = circuits
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Circuit]] = {}

    def let(self, name: str) -> None:
        """Let a call through; ModelUnavailable while the circuit is open, or another is trying it."""
        circuit = self._known(name)
        state = circuit.state(self._now())
        if state is State.HALF_OPEN and self._claim(name):
            return
        if state is not State.CLOSED:
            count("ModelCircuitRefused", model=name)
            raise ModelUnavailable("The model failed repeatedly and is not asked for a while.")

    def succeeded(self, name: str) -> None:
        """A call went well: written only when the circuit had anything against it."""
        if self._known(name) != Circuit(version=self._known(name).version):
            self._move(name, succeeded)

    def failed(self, name: str) -> None:
        """A call met an outage."""
        before, after = self._move(name, lambda circuit: failed(circuit, self._now()))
        if after.openings > before.openings:
            count("ModelCircuitOpened", model=name)
            logger().warning("model circuit opened", model=name, openings=after.openings)

    def _known(self, name: str) -> Circuit:
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and kept[0] > self._monotonic():
            return kept[1]
        until = self._monotonic() + CACHE_SECONDS
        return self._keep(name, self._circuits.read(name), until)

    def _claim(self, name: str) -> bool:
        circuit, now = self._circuits.read(name), self._now()
        if circuit.state(now) is not State.HALF_OPEN:
            return circuit.state(now) is State.CLOSED
        claimed = probed(circuit, now)
        won = self._circuits.swap(name, claimed)
        self._forget(name)
        return won

    def _move(self, name: str, change: Callable[[Circuit], Circuit]) -> tuple[Circuit, Circuit]:
        """Change the circuit on what others made of it. A change that cannot be kept fails no call: it is told."""
        circuit = Circuit()
        try:
            for _ in range(_SWAPS):
                circuit = self._circuits.read(name)
                changed = change(circuit)
                if changed == circuit or self._circuits.swap(name, changed):
                    self._forget(name)
                    return circuit, changed
        except Exception:  # noqa: BLE001 - the answer is there, or its failure is: the store's own comes second
            logger().exception("model circuit not written", model=name)
        count("ModelCircuitUnwritten", model=name)
        return circuit, circuit

    def _keep(self, name: str, circuit: Circuit, until: float) -> Circuit:
        with self._lock:
            self._kept[name] = (until, circuit)
        return circuit

    def _forget(self, name: str) -> None:
        with self._lock:
            self._kept.pop(name, None)
