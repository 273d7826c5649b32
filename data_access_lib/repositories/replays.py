"""Replays of recorded runs: what each is to find, what it has found so far, and what came of it.

A replay is no run: its id begins with `rpl_`, and no other repository finds anything by it. It shares the partition of
the run that it replays, and so that run's tenant, key, retention and erasure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.repositories.events import RETENTION
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable

_DOCUMENTS: Final = ("replayPlan", "replayHeard", "replayResult", "error")
_WORK: Final = ("replayPlan", "replayHeard")


class Replays:
    """Replays in the runs table, beside their runs."""

    def __init__(
        self, table: TenantScopedTable, clock: Clock | None = None, *, retention: timedelta = RETENTION
    ) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._clock = clock or SystemClock()
        self._retention = retention

    def create(self, record: Mapping[str, Any]) -> Item:
        """Write a new replay, of `runId` and `replayId`."""
        ttl = int((self._clock.now() + self._retention).timestamp())
        key = keys.replay_key(self._tenant, str(record["runId"]), str(record["replayId"]))
        stored = {**pack(record, _DOCUMENTS), **key._asdict(), "ttl": ttl}
        return unpack(self._table.versioned_put(stored), _DOCUMENTS)

    def get(self, run_id: str, replay_id: str) -> Item:
        """A replay of a run as it stands; NotFound."""
        item = self._table.get(keys.replay_key(self._tenant, run_id, replay_id), consistent=True)
        return unpack(required(item, "replay"), _DOCUMENTS)

    def list(self, run_id: str, *, limit: int = 50, after: str | None = None) -> IdPage:
        """A run's replays, newest first, below the replay id `after`; a page may be short and not the last."""
        prefix = keys.replay_prefix()
        page = self._table.query(
            keys.run_key(self._tenant, run_id).pk,
            begins_with=prefix,
            before=keys.replay_key(self._tenant, run_id, after).sk if after else None,
            newest_first=True,
            limit=limit,
            consistent=True,
        )
        following = page.last_key["sk"].removeprefix(prefix) if page.last_key else None
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], following)

    def change(self, replay: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Change a replay that nobody changed since it was read; StaleVersion when somebody has."""
        return self._write(replay, fields, ())

    def finish(self, replay: Mapping[str, Any], fields: Mapping[str, Any]) -> Item:
        """Change it for the last time: what it needed to go on is let go. StaleVersion as in `change`."""
        return self._write(replay, fields, _WORK)

    def _write(self, replay: Mapping[str, Any], fields: Mapping[str, Any], remove: tuple[str, ...]) -> Item:
        key = keys.replay_key(self._tenant, str(replay["runId"]), str(replay["replayId"]))
        set_ = pack(fields, _DOCUMENTS)
        return unpack(self._table.versioned_update(key, int(replay["etag"]), set_=set_, remove=remove), _DOCUMENTS)
