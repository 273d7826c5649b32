from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lambdas.platform_ops.model_states import ModelStates
from model_gateway.targets import ALIASES, TARGETS

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MILLISECONDS = int(NOW.timestamp() * 1000)


class FixedClock:
    def now(self) -> datetime:
        return NOW


class Kept:
    def __init__(self, *records: dict[str, Any]) -> None:
        self._records = records

    def list(self) -> Sequence[dict[str, Any]]:
        return self._records


def states(*records: dict[str, Any]) -> dict[str, Any]:
    found = ModelStates(lambda: Kept(*records), FixedClock()).all()  # type: ignore[arg-type, return-value]  # what is used of it
    return {model.name: model for model in found.models}


def test_every_model_is_there_with_its_price_and_a_closed_circuit() -> None:
    found = states()

    assert found.keys() == TARGETS.keys()
    assert {model.circuit for model in found.values()} == {"closed"}
    assert found["openai/gpt-4.1"].input_pico == 2_000_000


def test_an_open_circuit_says_until_when() -> None:
    open_ = {"name": "openai/gpt-4.1", "openings": 2, "until": MILLISECONDS + 5_000, "version": 3}

    found = states(open_)["openai/gpt-4.1"]

    assert (found.circuit, found.openings, found.open_until) == ("open", 2, "2026-03-04T00:00:05.000Z")


def test_a_circuit_whose_time_is_over_waits_for_a_try() -> None:
    found = states({"name": "openai/gpt-4.1", "openings": 1, "until": MILLISECONDS - 1, "version": 3})

    assert (found["openai/gpt-4.1"].circuit, found["openai/gpt-4.1"].open_until) == ("half-open", None)


def test_the_names_that_agents_use_are_told() -> None:
    assert ModelStates(Kept, FixedClock()).all().aliases == {  # type: ignore[arg-type]  # as above
        alias: list(names) for alias, names in ALIASES.items()
    }
