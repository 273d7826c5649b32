"""Signed checkpoints of an audit chain, and the entries between them, in the bucket where nothing is changed.

    tenants/<id>/audit/checkpoints/<count>.json           what was signed
    tenants/<id>/audit/segments/<first>-<last>.jsonl      the entries since the checkpoint before, without their details

The platform's own are below `platform/audit/`. Each object is written once, under the bucket's object lock.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed
from governance.audit.checkpoint import Checkpoint, read
from governance.audit.entry import FIELDS, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from data_access_lib.bucket import BoundedBucket

_PAGE: Final = 1000
_SPANS: Final = (1, 1_000, 100_000)
"""How far behind a count the newest checkpoint is looked for, before the whole list is read."""


class AuditArchive:
    """One owner's part of the locked bucket."""

    def __init__(self, bucket: BoundedBucket) -> None:
        self._bucket = bucket
        self._owner = bucket.owner

    def newest(self, near: int = 0) -> Checkpoint | None:
        """The newest checkpoint; `near` is a count not far above it, which spares reading the list. NoCheckpoint."""
        starts = [near - span for span in _SPANS if near > span]
        for start in (*starts, 0):
            counts = list(self.counts(start))
            if counts:
                return self.checkpoint(counts[-1])
        return None

    def counts(self, after: int = 0, *, limit: int | None = None) -> Iterator[int]:
        """The counts that checkpoints were made of, above `after`, in order."""
        prefix, start = keys.audit_checkpoints_root(self._owner), after
        while True:
            behind = keys.audit_checkpoint_object(self._owner, start) if start else None
            page = self._bucket.list(prefix, limit=limit or _PAGE, after=behind)
            found = [int(key.rpartition("/")[2].removesuffix(".json")) for key, _ in page.objects]
            yield from found
            if page.next_token is None or limit is not None or not found:
                return
            start = found[-1]

    def checkpoint(self, count: int) -> Checkpoint:
        """The checkpoint of this count; NoCheckpoint when what is there is none, or not of this count."""
        stored = self._bucket.get(keys.audit_checkpoint_object(self._owner, count))
        return read(json.loads(stored.data) if stored else None)

    def segment(self, first: int, last: int) -> list[dict[str, Any]]:
        """The entries that a checkpoint was made with; none when they are not there."""
        stored = self._bucket.get(keys.audit_segment_object(self._owner, first, last))
        return [json.loads(line) for line in stored.data.splitlines()] if stored else []

    def keep(self, checkpoint: Checkpoint, entries: Sequence[Mapping[str, Any]]) -> bool:
        """Keep a checkpoint and the entries it adds, for good; False when there is one of this count already."""
        lines = b"".join(canonical({name: entry[name] for name in FIELDS}) + b"\n" for entry in entries)
        first, last = int(entries[0]["seq"]), int(entries[-1]["seq"])
        self._write(keys.audit_segment_object(self._owner, first, last), lines, "application/x-ndjson")
        place = keys.audit_checkpoint_object(self._owner, checkpoint.count)
        return self._write(place, canonical(checkpoint.as_json()), "application/json")

    def _write(self, key: str, body: bytes, content_type: str) -> bool:
        try:
            self._bucket.put(key, body, content_type=content_type, if_absent=True, checksum=True)
        except ConditionFailed:
            return False
        return True
