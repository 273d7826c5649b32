"""Circuits over a real table (moto), from several breakers that share it as processes do."""

from collections.abc import Iterator

import boto3
import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.repositories.circuits import Circuits
from model_gateway.breaker import CACHE_SECONDS, FAILURES, OPEN_SECONDS, Breaker, Circuit, State
from model_gateway.errors import ModelUnavailable
from model_gateway.stored_circuits import StoredCircuits, circuit_of
from tests.functional.moto_platform import platform_on_moto
from tests.unit.model_gateway.test_breaker import Time

NAME = "openai/gpt-4.1"


class NoSignals:
    def violation(self, attempt: object) -> None:
        raise AssertionError(attempt)

    def tampered(self, found: object) -> None:
        raise AssertionError(found)

    def happened(self, fact: object) -> None:
        raise AssertionError(fact)


def table() -> Circuits:
    client = boto3.client("dynamodb")
    return Circuits(PlatformServiceTable(client, "ambit-test-ops", "models", frozenset({"CIRCUIT"}), NoSignals()))


@pytest.fixture
def circuits(monkeypatch: pytest.MonkeyPatch) -> Iterator[StoredCircuits]:
    with platform_on_moto(monkeypatch):
        yield StoredCircuits(table)


def test_what_was_kept_is_read_as_the_next_version(circuits: StoredCircuits) -> None:
    kept = Circuit(failures=2, since=1.5, until=2.25, probing=3.125, openings=1)

    assert circuits.swap(NAME, kept)

    assert circuits.read(NAME) == Circuit(2, 1.5, 2.25, 3.125, 1, version=1)
    assert circuits.read("openai/other") == Circuit()
    assert [record["name"] for record in table().list()] == [NAME]


def test_who_was_late_keeps_nothing(circuits: StoredCircuits) -> None:
    assert circuits.swap(NAME, Circuit(failures=1))
    assert not circuits.swap(NAME, Circuit(failures=9))
    assert not circuits.swap(NAME, Circuit(failures=9, version=5))

    assert circuits.read(NAME).failures == 1


def test_processes_open_probe_and_close_one_circuit(circuits: StoredCircuits) -> None:
    time = Time()
    one, other = (Breaker(circuits, now=time, monotonic=time) for _ in range(2))
    for number in range(FAILURES):
        (one, other)[number % 2].failed(NAME)
    with pytest.raises(ModelUnavailable):
        one.let(NAME)

    time.now += OPEN_SECONDS + 0.1
    other.let(NAME)
    with pytest.raises(ModelUnavailable):
        one.let(NAME)
    other.succeeded(NAME)

    time.now += CACHE_SECONDS
    one.let(NAME)
    assert circuits.read(NAME).state(time.now) is State.CLOSED


def test_an_empty_record_is_a_closed_circuit() -> None:
    assert circuit_of({}) == Circuit()
