"""What holds a tenant's agents back; `governance.holds` says when and how. In the ops table.

While nothing of an agent may begin there is a bar in each of four shards, and the transaction that starts a run demands
that there is none in the run's own: nothing new begins once the hold is written, and starts do not queue for one item.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.records import to_json
from governance.holds import Hold

if TYPE_CHECKING:
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "hold"
"""The label of the piece that says that a hold is as it was read."""
BAR: Final = "hold_bar"
"""The label of the piece that says that nothing holds the agent."""


class Holds:
    """Holds of one tenant's agents."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table
        self._owner = table.owner

    def get(self, agent: str) -> Hold:
        """The hold of an agent; one that holds nothing when none was ever written."""
        item = self._table.get(keys.hold_key(self._owner, agent), consistent=True)
        return Hold.read(None if item is None else json.loads(item["hold"]))

    def write_in(self, transaction: TenantTransaction, agent: str, seen: Hold, hold: Hold) -> None:
        """Add a change of a hold to a transaction; it fails (label `hold`) when it is not as `seen` any more."""
        version = attr("version")
        same = version.eq(seen.version) if seen.version else version.absent()
        kept = {"agent": agent, "version": hold.version, "hold": to_json(hold.as_dict())}
        key = keys.hold_key(self._owner, agent)
        transaction.update(self._table.name, key, set_=kept, condition=same, label=LABEL)
        if seen.held != hold.held:
            self._bar_in(transaction, agent, hold)

    def write(self, agent: str, seen: Hold, hold: Hold) -> None:
        """Change a hold; ConditionFailed (label `hold`) when it is not as `seen` any more."""
        transaction = self._table.transaction()
        self.write_in(transaction, agent, seen, hold)
        transaction.commit(attempts=7)

    def check_in(self, transaction: TenantTransaction, agent: str, run_id: str) -> None:
        """Demand in a transaction that nothing holds the agent; it fails (label `hold_bar`) with what does."""
        key = keys.hold_bar_key(self._owner, agent, keys.shard_of(run_id))
        transaction.check(self._table.name, key, attr("pk").absent(), label=BAR)

    def _bar_in(self, transaction: TenantTransaction, agent: str, hold: Hold) -> None:
        for shard in range(keys.SHARDS):
            key = keys.hold_bar_key(self._owner, agent, shard)
            if hold.held is None or not hold.bars_starts:
                transaction.delete(self._table.name, key)
            else:
                bar: dict[str, Any] = {"agent": agent, "state": hold.held.state.value}
                transaction.put(self._table.name, {**bar, **key._asdict()})
