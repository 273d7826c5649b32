from dataclasses import dataclass, field, replace

import pytest

from model_gateway.breaker import (
    CACHE_SECONDS,
    FAILURES,
    MOST_OPEN_SECONDS,
    OPEN_SECONDS,
    PROBE_SECONDS,
    WINDOW_SECONDS,
    Breaker,
    Circuit,
    State,
    failed,
    probed,
    succeeded,
)
from model_gateway.errors import ModelUnavailable

NAME = "openai/gpt-4.1"


@dataclass
class Shared:
    """What processes share: circuits, and how often they were read and written."""

    circuits: dict[str, Circuit] = field(default_factory=dict)
    reads: int = 0
    writes: int = 0
    broken: bool = False

    def read(self, name: str) -> Circuit:
        if self.broken:
            raise ConnectionError
        self.reads += 1
        return self.circuits.get(name, Circuit())

    def swap(self, name: str, circuit: Circuit) -> bool:
        if self.circuits.get(name, Circuit()).version != circuit.version:
            return False
        self.writes += 1
        self.circuits[name] = replace(circuit, version=circuit.version + 1)
        return True


@dataclass
class Time:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def time() -> Time:
    return Time()


def process(shared: Shared, time: Time) -> Breaker:
    return Breaker(shared, now=time, monotonic=time)


def open_(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        breaker.failed(NAME)


def refuses(breaker: Breaker) -> bool:
    try:
        breaker.let(NAME)
    except ModelUnavailable:
        return True
    return False


def test_calls_that_go_well_write_nothing_and_read_once_in_a_while(shared: Shared, time: Time) -> None:
    breaker = process(shared, time)
    for _ in range(50):
        breaker.let(NAME)
        breaker.succeeded(NAME)

    assert (shared.reads, shared.writes) == (1, 0)


@pytest.mark.chaos("upstreams")
def test_outages_in_a_row_open_the_circuit_for_every_process(shared: Shared, time: Time) -> None:
    one, other = process(shared, time), process(shared, time)
    other.let(NAME)
    for _ in range(FAILURES - 1):
        one.failed(NAME)
    assert not refuses(one)

    one.failed(NAME)

    assert refuses(one)
    time.now += CACHE_SECONDS + 0.1
    assert refuses(other), "the other process learns of it within what it keeps"


def test_outages_of_several_processes_count_together(shared: Shared, time: Time) -> None:
    processes = [process(shared, time) for _ in range(FAILURES)]
    for one in processes:
        one.failed(NAME)

    assert refuses(process(shared, time))


def test_a_success_between_forgets_the_outages(shared: Shared, time: Time) -> None:
    breaker = process(shared, time)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed(NAME)
        breaker.succeeded(NAME)

    assert not refuses(breaker)


def test_outages_long_ago_do_not_count(shared: Shared, time: Time) -> None:
    breaker = process(shared, time)
    for _ in range(FAILURES + 2):
        breaker.failed(NAME)
        time.now += WINDOW_SECONDS / (FAILURES - 2)

    assert not refuses(breaker)


@pytest.mark.chaos("upstreams")
def test_when_its_time_is_over_one_process_tries_and_the_others_wait(shared: Shared, time: Time) -> None:
    one, other = process(shared, time), process(shared, time)
    open_(one)
    time.now += OPEN_SECONDS + 0.1

    assert not refuses(one)
    assert refuses(other)
    assert refuses(one)


def test_a_try_that_goes_well_closes_it_for_all(shared: Shared, time: Time) -> None:
    one, other = process(shared, time), process(shared, time)
    open_(one)
    time.now += OPEN_SECONDS + 0.1
    one.let(NAME)

    one.succeeded(NAME)

    assert not refuses(one)
    assert not refuses(other)
    assert shared.circuits[NAME].state(time.now) is State.CLOSED


def test_a_try_that_fails_opens_it_for_longer_each_time_up_to_a_bound(shared: Shared, time: Time) -> None:
    breaker, spans = process(shared, time), []
    open_(breaker)
    for _ in range(8):
        span = shared.circuits[NAME].until - time.now
        spans.append(round(span))
        time.now += span + 0.1
        breaker.let(NAME)
        breaker.failed(NAME)

    assert spans[:3] == [OPEN_SECONDS, 2 * OPEN_SECONDS, 4 * OPEN_SECONDS]
    assert max(spans) == MOST_OPEN_SECONDS


@pytest.mark.chaos("upstreams")
def test_who_tries_and_never_comes_back_does_not_keep_it_closed_to_all(shared: Shared, time: Time) -> None:
    breaker = process(shared, time)
    open_(breaker)
    time.now += OPEN_SECONDS + 0.1
    breaker.let(NAME)
    time.now += PROBE_SECONDS + 0.1

    assert not refuses(process(shared, time))


def test_late_failures_of_an_open_circuit_do_not_lengthen_it(time: Time) -> None:
    circuit = Circuit()
    for _ in range(FAILURES):
        circuit = failed(circuit, time.now)

    assert failed(circuit, time.now + 1) == circuit


def test_circuits_are_apart(shared: Shared, time: Time) -> None:
    breaker = process(shared, time)
    open_(breaker)

    breaker.let("openai/gpt-4.1-mini")


def test_a_failure_that_cannot_be_written_down_fails_no_call(shared: Shared, time: Time) -> None:
    breaker = process(shared, time)
    breaker.let(NAME)
    shared.broken = True

    breaker.failed(NAME)


@pytest.mark.chaos("upstreams")
def test_while_it_cannot_be_read_nothing_is_let_through(shared: Shared, time: Time) -> None:
    shared.broken = True

    with pytest.raises(ConnectionError):
        process(shared, time).let(NAME)


def test_a_success_keeps_the_version_and_nothing_else(time: Time) -> None:
    assert succeeded(probed(Circuit(openings=2, version=7), time.now)) == Circuit(version=7)
