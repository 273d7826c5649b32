"""What was seen of a tenant's canaries: one item for each canary, to which every run that ends adds. In the ops table.

Numbers only, added by DynamoDB itself, so that runs which end at the same time are all counted. Source: Amazon DynamoDB
Developer Guide, "Update expressions", ADD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.retention import TERMS
from governance.canary import Part, Tallies, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable

_LATENCY: Final = "ms"


class Canaries:
    """Tallies of one tenant's canaries."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._owner = table.owner

    def get(self, canary_id: str) -> Tallies:
        """What was seen of a canary's versions; nothing when no run of it has ended."""
        return _tallies(self._table.get(keys.canary_key(self._owner, canary_id), consistent=True) or {})

    def add(self, canary_id: str, part: Part, counted: Tally, moment: datetime) -> Tallies:
        """Count what was seen of one version by one write; what has been seen of both by then."""
        changed = self._table.update(
            keys.canary_key(self._owner, canary_id),
            set_={"ttl": TERMS["CANARY"].expiry(moment)},
            add={f"{part}.{name}": number for name, number in _numbers(counted) if number},
            return_new=True,
        )
        return _tallies(changed or {})


def _numbers(tally: Tally) -> Iterator[tuple[str, int]]:
    yield from (("runs", tally.runs), ("failed", tally.failed), ("blocked", tally.blocked))
    yield from ((f"{_LATENCY}.{bucket}", count) for bucket, count in tally.latencies.items())


def _tallies(item: Item) -> Tallies:
    return Tallies(_tally(item, Part.STABLE), _tally(item, Part.CANDIDATE))


def _tally(item: Mapping[str, object], part: Part) -> Tally:
    counts = {
        name.removeprefix(f"{part}."): int(str(number)) for name, number in item.items() if name.startswith(f"{part}.")
    }
    buckets = f"{_LATENCY}."
    latencies = {int(name.removeprefix(buckets)): n for name, n in counts.items() if name.startswith(buckets)}
    return Tally(counts.get("runs", 0), counts.get("failed", 0), counts.get("blocked", 0), latencies)
