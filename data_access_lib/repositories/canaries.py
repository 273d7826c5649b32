"""What was seen of a tenant's canaries: one item for each canary and for each window of it. In the ops table.

Every run that ends adds to two of them, numbers only, added by DynamoDB itself, so that runs which end at the same time
are all counted. Source: Amazon DynamoDB Developer Guide, "Update expressions", ADD.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.retention import TERMS
from governance.canary import Part, Seen, Tallies, Tally, window_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from data_access_lib.codec import Item
    from data_access_lib.keys import Key
    from data_access_lib.table import BoundedTable

_LATENCY: Final = "ms"
_KEPT: Final = timedelta(days=1)
"""For how long a window is kept, beyond what is looked at: for whoever asks what happened."""


class Canaries:
    """Tallies of one tenant's canaries."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._owner = table.owner

    def get(self, canary_id: str) -> Tallies:
        """What was seen of a canary's versions; nothing when no run of it has ended."""
        return _tallies(self._table.get(keys.canary_key(self._owner, canary_id), consistent=True) or {})

    def seen(self, canary_id: str, moment: datetime) -> Seen:
        """What was seen of a canary's versions, in all and lately."""
        window = window_of(moment)
        return Seen(self.get(canary_id), self._in(canary_id, window).plus(self._in(canary_id, window - 1)))

    def add(self, canary_id: str, part: Part, counted: Tally, moment: datetime) -> Seen:
        """Count what was seen of one version by two writes; what has been seen of both by then."""
        window = window_of(moment)
        whole = self._add(keys.canary_key(self._owner, canary_id), part, counted, TERMS["CANARY"].expiry(moment))
        gone = int((moment + _KEPT).timestamp())
        now = self._add(keys.canary_window_key(self._owner, canary_id, window), part, counted, gone)
        return Seen(whole, now.plus(self._in(canary_id, window - 1)))

    def _in(self, canary_id: str, window: int) -> Tallies:
        return _tallies(self._table.get(keys.canary_window_key(self._owner, canary_id, window)) or {})

    def _add(self, key: Key, part: Part, counted: Tally, gone: int) -> Tallies:
        changed = self._table.update(
            key,
            set_={"ttl": gone},
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
