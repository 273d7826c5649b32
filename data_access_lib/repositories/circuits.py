"""Circuits of models, shared by all processes; `model_gateway.breaker` says what their fields mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.records import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable

MOST: Final = 200


class CircuitRecords:
    """Reads. {name, version, …}: one that never failed has no record."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, name: str) -> Item | None:
        """A circuit as it is now."""
        item = self._reader.get(keys.circuit_key(name), consistent=True)
        return None if item is None else unpack(item, ())

    def list(self) -> Sequence[Item]:
        """All that ever failed, by name."""
        return [unpack(item, ()) for item in self._reader.query(keys.circuits_partition(), limit=MOST).items]


class Circuits(CircuitRecords):
    """Reads and writes."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def swap(self, name: str, version: int, fields: Mapping[str, Any]) -> bool:
        """Put a circuit in the place of its `version` (0: there is none yet); False when it is another by now."""
        key = keys.circuit_key(name)
        same = attr("version").eq(version) if version else attr("pk").absent()
        item = {**fields, "name": name, "version": version + 1, **key._asdict()}
        try:
            self._table.put(item, condition=same)
        except ConditionFailed:
            return False
        return True
