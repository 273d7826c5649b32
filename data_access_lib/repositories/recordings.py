"""What an attempt of a run asked and was answered, call by call, in the order in which the calls were begun.

A call gets its place before it is carried out, and its answer after: a place without an answer says that the record is
not whole. Before them is what the attempt was told at its beginning, where that was more than the run's input. All of
it is sealed as all content is; what is large is in the bucket before the item that leads to it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.errors import NotReplayable
from data_access_lib.repositories.events import RETENTION
from data_access_lib.repositories.records import to_json
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from data_access_lib.bucket import TenantScopedBucket
    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable

    OpenBucket = Callable[[], TenantScopedBucket]

INLINE_BYTES: Final = 64 * 1024
"""Above this a call goes to the bucket."""
_HANDED: Final = 0
_PAGE: Final = 100
_GAP: Final = "An answer to a call of the run was not recorded."


class Recordings:
    """Recorded calls in the runs table, beside their runs; `bucket` opens the tenant's part of the bucket."""

    def __init__(
        self,
        table: TenantScopedTable,
        bucket: OpenBucket,
        clock: Clock | None = None,
        *,
        retention: timedelta = RETENTION,
    ) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._bucket = bucket
        self._clock = clock or SystemClock()
        self._retention = retention

    def hand(self, run_id: str, attempt: int, told: Mapping[str, Any] | None) -> None:
        """Keep what an attempt that goes on with another's work is told, before it begins: plain JSON."""
        self._keep(run_id, attempt, _HANDED, {"over": _HANDED, **self._content(run_id, to_json({"told": told}))})

    def handed(self, run_id: str, attempt: int) -> dict[str, Any] | None:
        """What `hand` has kept; NotReplayable when there is nothing."""
        told: dict[str, Any] | None = self._read(run_id, attempt, _HANDED)["told"]
        return told

    def begin(self, run_id: str, attempt: int) -> int:
        """The place of a call that is about to be carried out, from 1."""
        return int(self._counted(run_id, attempt, "begun")["begun"])

    def end(self, run_id: str, attempt: int, position: int, call: Mapping[str, Any] | None) -> None:
        """Keep a call that was carried out, as plain JSON; None for one that the run was not there for any more."""
        head = self._counted(run_id, attempt, "ended")
        content = {"void": True} if call is None else self._content(run_id, to_json(call))
        self._keep(run_id, attempt, position, {"over": int(head.get("begun") or position), **content})

    def count(self, run_id: str, attempt: int) -> int:
        """How many calls have been begun."""
        head = self._table.get(keys.recording_key(self._tenant, run_id, attempt), consistent=True) or {}
        return int(head.get("begun") or 0)

    def calls(self, run_id: str, attempt: int, *, most: int) -> list[dict[str, Any]]:
        """An attempt's calls, with `position` and `over`; NotReplayable when they are not whole, or above `most`.

        Those that the run was not there for any more are left out.
        """
        begun = self.count(run_id, attempt)
        if begun > most:
            raise NotReplayable("too_long", f"The run made {begun} calls; at most {most} are replayed.")
        items = self._all(run_id, attempt)
        if [int(item["position"]) for item in items] != list(range(1, begun + 1)):
            raise NotReplayable("incomplete", _GAP)
        return [self._opened(item) for item in items if not item.get("void")]

    def call(self, run_id: str, attempt: int, position: int) -> dict[str, Any]:
        """One recorded call; NotReplayable when it is not there."""
        return self._read(run_id, attempt, position)

    def _all(self, run_id: str, attempt: int) -> list[Item]:
        """An attempt's calls, as stored: page after page, since a page ends where it is large."""
        told_first = keys.recorded_call_key(self._tenant, run_id, attempt, _HANDED)
        items: list[Item] = []
        start: Mapping[str, str] | None = None
        while True:
            page = self._table.query(
                told_first.pk,
                begins_with=keys.recorded_prefix(attempt),
                after=told_first.sk,
                limit=_PAGE,
                start=start,
                consistent=True,
            )
            items += page.items
            start = page.last_key
            if start is None:
                return items

    def _keep(self, run_id: str, attempt: int, position: int, content: Mapping[str, Any]) -> None:
        about = {"runId": run_id, "attempt": attempt, "position": position, "ttl": self._expiry()}
        key = keys.recorded_call_key(self._tenant, run_id, attempt, position)
        self._table.put({**about, **content, **key._asdict()})

    def _read(self, run_id: str, attempt: int, position: int) -> dict[str, Any]:
        item = self._table.get(keys.recorded_call_key(self._tenant, run_id, attempt, position), consistent=True)
        if item is None or item.get("void"):
            raise NotReplayable("incomplete", _GAP)
        return self._opened(item)

    def _counted(self, run_id: str, attempt: int, name: str) -> Item:
        key = keys.recording_key(self._tenant, run_id, attempt)
        set_ = {"runId": run_id, "ttl": self._expiry()}
        return self._table.update(key, set_=set_, add={name: 1}, return_new=True) or {}

    def _content(self, run_id: str, text: str) -> dict[str, str]:
        body = text.encode()
        digest = hashlib.sha256(body).hexdigest()
        if len(body) <= INLINE_BYTES:
            return {"sha256": digest, "recordedCall": text}
        key = keys.recorded_call_object(self._tenant, run_id, digest)
        self._bucket().put(key, body, content_type="application/json")
        return {"sha256": digest, "objectKey": key}

    def _opened(self, item: Item) -> dict[str, Any]:
        body = self._body(item)
        if body is None or hashlib.sha256(body).hexdigest() != item["sha256"]:
            raise NotReplayable("damaged", "A recorded call of the run is not what was written.")
        return {**json.loads(body), "position": int(item["position"]), "over": int(item["over"])}

    def _body(self, item: Item) -> bytes | None:
        if item.get("recordedCall") is not None:
            return str(item["recordedCall"]).encode()
        stored = self._bucket().get(str(item["objectKey"]))
        return None if stored is None else stored.data

    def _expiry(self) -> int:
        return int((self._clock.now() + self._retention).timestamp())
