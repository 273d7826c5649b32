"""Checkpoints of asynchronous runs: from where the next attempt goes on. The latest one stands, and no other.

Written by the attempt that is at work and by no older one, in one transaction with the run's own record; a large one is
in the bucket before the record that leads to it. What comes back is what was written, to the bit, or nothing does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import CheckpointCorrupt, ConditionFailed, RunClosed, Superseded
from data_access_lib.repositories.events import OPEN_STATES, RETENTION
from data_access_lib.repositories.records import to_json
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.errors import AmbitError, NotFound, PayloadTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from data_access_lib.bucket import TenantScopedBucket
    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

    OpenBucket = Callable[[], TenantScopedBucket]

MOST_BYTES: Final = 1024 * 1024
INLINE_BYTES: Final = 64 * 1024
"""Above this a checkpoint goes to the bucket."""
HANDED_OVER: Final = 0
"""The attempt of a checkpoint that a run has from the one that it goes on from: none of its own."""
_RUN: Final = "run"
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What an attempt has left. `number` counts from 1; `seq` is the run's last event when it was written."""

    number: int
    attempt: int
    seq: int
    sha256: str
    saved_at: str
    state: Any


def of_attempt(attempt: int) -> Condition:
    """That a run's latest attempt is this one; a run that never had another is at its first."""
    same = attr("attempt").eq(attempt)
    return same | attr("attempt").absent() if attempt == 1 else same


class RunCheckpoints:
    """Checkpoints in the runs table, beside their runs; `bucket` opens the tenant's part of the bucket."""

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

    def save(self, run: Mapping[str, Any], state: object, *, attempt: int) -> Checkpoint:
        """Leave a checkpoint of this attempt: `run` is its record as it was just read.

        PayloadTooLarge above 1 MiB; Superseded for an attempt that is not the latest; RunClosed; UnstorableValue.
        """
        body = to_json(state).encode()
        if len(body) > MOST_BYTES:
            raise PayloadTooLarge(f"A checkpoint has at most {MOST_BYTES} bytes of JSON; keep large data in files.")
        number, run_id = int(run.get("checkpointNumber") or 0) + 1, str(run["runId"])
        made = Checkpoint(
            number=number,
            attempt=attempt,
            seq=int(run["lastSeq"]),
            sha256=hashlib.sha256(body).hexdigest(),
            saved_at=rfc3339(self._clock.now()),
            state=state,
        )
        self._write(made, run_id, self._placed(made, run_id, body))
        return made

    def latest(self, run_id: str) -> Checkpoint | None:
        """The run's checkpoint; None when it has none. CheckpointCorrupt when it is not what was written."""
        item = self._table.get(keys.run_checkpoint_key(self._tenant, run_id), consistent=True)
        if item is None:
            return None
        body = self._body(item)
        if body is None or hashlib.sha256(body).hexdigest() != item["sha256"]:
            raise CheckpointCorrupt
        return Checkpoint(
            number=int(item["number"]),
            attempt=int(item["attempt"]),
            seq=int(item["seq"]),
            sha256=str(item["sha256"]),
            saved_at=str(item["savedAt"]),
            state=json.loads(body),
        )

    def hand_over(self, transaction: TenantTransaction, run_id: str, checkpoint: Checkpoint) -> None:
        """Add to the transaction that begins a run the checkpoint from which it goes on."""
        body = to_json(checkpoint.state).encode()
        made = replace(checkpoint, number=1, attempt=HANDED_OVER, seq=0, sha256=hashlib.sha256(body).hexdigest())
        self._put_in(transaction, made, run_id, self._placed(made, run_id, body))

    def _write(self, made: Checkpoint, run_id: str, content: Mapping[str, str]) -> None:
        transaction = self._table.transaction()
        is_next = attr("checkpointNumber").eq(made.number - 1) if made.number > 1 else attr("checkpointNumber").absent()
        transaction.update(
            self._table.name,
            keys.run_key(self._tenant, run_id),
            set_={
                "checkpointNumber": made.number,
                "checkpointAt": made.saved_at,
                "priorCalls": "[]",
            },
            condition=attr("status").is_in(OPEN_STATES) & of_attempt(made.attempt) & is_next,
            label=_RUN,
        )
        self._put_in(transaction, made, run_id, content)
        try:
            transaction.commit(attempts=_ATTEMPTS)
        except ConditionFailed as failure:
            raise _why(failure.item) from None

    def _put_in(
        self, transaction: TenantTransaction, made: Checkpoint, run_id: str, content: Mapping[str, str]
    ) -> None:
        about = {name: getattr(made, name) for name in ("number", "attempt", "seq", "sha256")}
        item = {**about, **content, "runId": run_id, "savedAt": made.saved_at, "ttl": self._expiry()}
        transaction.put(self._table.name, {**item, **keys.run_checkpoint_key(self._tenant, run_id)._asdict()})

    def _placed(self, made: Checkpoint, run_id: str, body: bytes) -> dict[str, str]:
        """The state as the item has it, or the way to it when it is large."""
        small = len(body) <= INLINE_BYTES
        return {"checkpoint": body.decode()} if small else {"objectKey": self._put(made, run_id, body)}

    def _body(self, item: Item) -> bytes | None:
        if item.get("checkpoint") is not None:
            return str(item["checkpoint"]).encode()
        stored = self._bucket().get(str(item["objectKey"]))
        return None if stored is None else stored.data

    def _put(self, made: Checkpoint, run_id: str, body: bytes) -> str:
        """Named by what it holds: two threads of one attempt that are at it at once do not write over each other."""
        key = keys.run_checkpoint_object(self._tenant, run_id, made.sha256)
        self._bucket().put(key, body, content_type="application/json")
        return key

    def _expiry(self) -> int:
        return int((self._clock.now() + self._retention).timestamp())


def _why(run: Item | None) -> AmbitError:
    if run is None:
        return NotFound("There is no such run.")
    if run["status"] not in OPEN_STATES:
        return RunClosed(str(run["status"]))
    return Superseded()
