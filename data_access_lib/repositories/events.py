"""The event log of a run: one sequence without gaps, whoever writes.

The bridge relays what an agent says while the gateway records its tool calls, so writers are optimistic: one
transaction moves the run's `lastSeq` from what the writer knows and puts its events. Who was late reads what came
between, and tries again. So what a live client is shown is exactly what a replay shows, and nothing follows the event
that ends the run.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import Change, attr
from data_access_lib.errors import ConditionFailed, EventTooLarge, RunClosed, TransactionConflict
from data_access_lib.repositories.records import to_json, unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

OPEN_STATES: Final = ("queued", "running", "awaiting_approval", "paused", "retrying")
TERMINAL_STATES: Final = ("succeeded", "failed", "halted", "cancelled", "timed_out")
RETENTION: Final = TERMS["RUN"].span
RUN_LABEL: Final = "run"
_MAX_PAYLOAD_BYTES: Final = 300_000
_MAX_EVENTS: Final = 90  # of a transaction's 100 items: the rest is the run's and the caller's
_MAX_BYTES: Final = 3_000_000  # of a transaction's 4 MB
ATTEMPTS: Final = 16
_BASE_PAUSE: Final = 0.01
_DOCUMENTS: Final = ("payload",)


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event to be: `stream` is assistant, tool or lifecycle; the payload gets `type` = `event`."""

    stream: str
    event: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: every envelope the caller had not seen, others' and its own, in order, up to `last_seq`."""

    events: list[Item]
    last_seq: int


class EventLog:
    """Events in the runs table. `known` is always the sequence number of the last event that the caller has seen."""

    def __init__(
        self,
        table: TenantScopedTable,
        clock: Clock | None = None,
        *,
        retention: timedelta = RETENTION,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._clock = clock or SystemClock()
        self._retention = retention
        self._pause = pause

    def read(self, run_id: str, *, after: int = 0, limit: int = 100) -> list[Item]:
        """Up to `limit` envelopes from `after` + 1 on, without a gap: what is still being written waits."""
        page = self._table.query(
            keys.run_key(self._tenant, run_id).pk,
            begins_with=keys.event_prefix(),
            after=keys.event_key(self._tenant, run_id, after).sk,
            limit=limit,
            consistent=True,
        )
        # A query beside a transaction may see a later event and not yet an earlier one (AWS: read-committed).
        numbered = enumerate((unpack(item, _DOCUMENTS) for item in page.items), start=after + 1)
        return [event for expected, event in numbered if event["seq"] == expected]

    def open(self, transaction: TenantTransaction, run: Mapping[str, Any], drafts: Sequence[EventDraft]) -> list[Item]:
        """Add a new run's first events to the transaction that starts it (its `lastSeq` is theirs); their envelopes."""
        events = self._envelopes(run["runId"], run["sessionId"], 0, drafts)
        self._put(transaction, run["runId"], events)
        return events

    def append(
        self,
        run_id: str,
        drafts: Sequence[EventDraft],
        *,
        session_id: str | None = None,
        known: int | None = None,
        change: Change | None = None,
        also: Callable[[TenantTransaction], object] | None = None,
        attempts: int = ATTEMPTS,
    ) -> Appended:
        """Write events, and with the last of them `change` to the run and what `also` adds to the transaction.

        `session_id` and `known` are read from the run when not given. RunClosed when the run has ended, NotFound when
        there is none, ConditionFailed when a piece of `also` fails, TransactionConflict when others were faster
        `attempts` times: with 1, a caller whose `change` depends on what others wrote gets to look at it.
        """
        if session_id is None or known is None:
            run = self._run(run_id)
            session_id, known = str(run["sessionId"]), int(run["lastSeq"]) if known is None else known
        chunks = list(_chunks(drafts)) or [[]]
        unseen: list[Item] = []
        for chunk in chunks:
            last = chunk is chunks[-1]
            batch = _Batch(run_id, session_id, chunk, change if last else None, also if last else None)
            written = self._append(batch, known, attempts)
            unseen += written.events
            known = written.last_seq
        return Appended(unseen, known)

    def _append(self, batch: _Batch, known: int, attempts: int) -> Appended:
        unseen: list[Item] = []
        for attempt in range(attempts):
            events = self._envelopes(batch.run_id, batch.session_id, known, batch.drafts)
            try:
                self._commit(batch, known, events)
                return Appended(unseen + events, known + len(events))
            except ConditionFailed as failure:
                self._raise_unless_late(failure)
                unseen += self._between(batch.run_id, known, failure.item or {})
                known = unseen[-1]["seq"] if unseen else known
            except TransactionConflict:
                pass  # somebody writes at this moment; the next attempt sees what
            self._pause(random.uniform(0, _BASE_PAUSE * 2 ** min(attempt, 6)))  # noqa: S311 - jitter, not a secret
        raise TransactionConflict

    def _commit(self, batch: _Batch, known: int, events: list[Item]) -> None:
        transaction = self._table.transaction()
        change = batch.change or Change()
        transaction.update(
            self._table.name,
            keys.run_key(self._tenant, batch.run_id),
            set_={**change.set_, "lastSeq": known + len(events)},
            add=change.add,
            remove=change.remove,
            condition=attr("lastSeq").eq(known) & attr("status").is_in(OPEN_STATES),
            label=RUN_LABEL,
        )
        self._put(transaction, batch.run_id, events)
        if batch.also is not None:
            batch.also(transaction)
        transaction.commit()

    def _raise_unless_late(self, failure: ConditionFailed) -> None:
        """Pass on every failure but one: that the run is open and another writer was faster."""
        if failure.index != 0:
            raise failure
        if failure.item is None:
            raise NotFound("There is no such run.") from None
        if failure.item["status"] not in OPEN_STATES:
            raise RunClosed(str(failure.item["status"])) from None

    def _between(self, run_id: str, known: int, run: Mapping[str, Any]) -> list[Item]:
        missed = int(run["lastSeq"]) - known
        return self.read(run_id, after=known, limit=max(missed, 1))

    def _run(self, run_id: str) -> Item:
        key = keys.run_key(self._tenant, run_id)
        run = self._table.get(key, consistent=True, projection=("sessionId", "lastSeq"))
        if run is None:
            raise NotFound("There is no such run.")
        return run

    def _envelopes(self, run_id: str, session_id: str, known: int, drafts: Sequence[EventDraft]) -> list[Item]:
        timestamp = rfc3339(self._clock.now())
        return [
            {
                "runId": run_id,
                "sessionId": session_id,
                "seq": seq,
                "stream": draft.stream,
                "event": draft.event,
                "payload": {**draft.payload, "type": draft.event},
                "timestamp": timestamp,
            }
            for seq, draft in enumerate(drafts, start=known + 1)
        ]

    def _put(self, transaction: TenantTransaction, run_id: str, events: Sequence[Item]) -> None:
        ttl = int((self._clock.now() + self._retention).timestamp())
        for event in events:
            key = keys.event_key(self._tenant, run_id, event["seq"])
            item = {**event, "payload": to_json(event["payload"]), **key._asdict(), "ttl": ttl}
            transaction.put(self._table.name, item, condition=attr("pk").absent(), label="event")


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction of an append writes."""

    run_id: str
    session_id: str
    drafts: Sequence[EventDraft]
    change: Change | None
    also: Callable[[TenantTransaction], object] | None


def _chunks(drafts: Sequence[EventDraft]) -> Iterator[list[EventDraft]]:
    """Runs of drafts that fit one transaction, in order. EventTooLarge when one fits none."""
    chunk: list[EventDraft] = []
    room = _MAX_BYTES
    for draft in drafts:
        size = len(to_json(draft.payload).encode())
        if size > _MAX_PAYLOAD_BYTES:
            raise EventTooLarge
        if size > room or len(chunk) == _MAX_EVENTS:
            yield chunk
            chunk, room = [], _MAX_BYTES
        chunk.append(draft)
        room -= size
    if chunk:
        yield chunk
