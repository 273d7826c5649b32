"""Circuits in the platform's table: times there are whole milliseconds."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from data_access_lib.repositories.circuits import Circuits as CircuitTable
from model_gateway.breaker import Circuit

_TIMES: Final = ("since", "until", "probing")
_COUNTS: Final = ("failures", "openings")


class StoredCircuits:
    """`Circuits` for a Breaker. `table` is asked for at each call."""

    def __init__(self, table: Callable[[], CircuitTable]) -> None:
        self._table = table

    def read(self, name: str) -> Circuit:
        """The circuit as it is now."""
        return circuit_of(self._table().find(name) or {})

    def swap(self, name: str, circuit: Circuit) -> bool:
        """Keep it as the version after its own."""
        counts = {field: getattr(circuit, field) for field in _COUNTS}
        times = {field: round(getattr(circuit, field) * 1000) for field in _TIMES}
        return self._table().swap(name, circuit.version, {**counts, **times})


def circuit_of(record: Mapping[str, Any]) -> Circuit:
    """A record as a circuit; an empty one is closed."""
    counts = {field: int(record.get(field) or 0) for field in (*_COUNTS, "version")}
    times = {field: int(record.get(field) or 0) / 1000 for field in _TIMES}
    return Circuit(**counts, **times)  # type: ignore[arg-type] # each name has its own type
