"""Runs: started in one transaction, ended in one, listed newest first over four shards of an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import Change, Condition, all_equal, attr
from data_access_lib.errors import ConditionFailed, RunClosed
from data_access_lib.repositories.events import (
    ATTEMPTS,
    OPEN_STATES,
    RETENTION,
    RUN_LABEL,
    TERMINAL_STATES,
    Appended,
    EventDraft,
    EventLog,
)
from data_access_lib.repositories.pages import IdPage, newest_of_shards
from data_access_lib.repositories.records import pack, required, unpack
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.errors import NotFound
from platform_kit.ids import id_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

    Also = Callable[[TenantTransaction], object]

REQUEUED: Final = "job_requeued"
"""The label of the piece of a transaction that says which job goes on with another one."""
STILL_OPEN: Final = "run_still_open"
"""The label of the piece of a transaction that says that a run has not ended."""
_DOCUMENTS: Final = (
    *("context", "files", "metadata", "output", "error", "progress"),
    *("pendingOutput", "pendingError", "governor", "taint", "pools", "scope", "vouched", "priorCalls"),
)

_OUTLINE: Final = (
    *("runId", "jobId", "status", "agent", "versionId", "sessionId", "createdAt", "finishedAt", "durationMs"),
    *("inputTokens", "outputTokens", "toolCalls", "costPico", "webhookId"),
)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows: of an agent, in a state, begun at or after `since` and before `until`; None: all."""

    agent: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Runs:
    """Runs in the runs table; `log` is their events. Fields are named as in docs/data-access.md."""

    def __init__(
        self, table: TenantScopedTable, clock: Clock | None = None, *, retention: timedelta = RETENTION
    ) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._clock = clock or SystemClock()
        self._retention = retention
        self.log = EventLog(table, self._clock, retention=retention)

    def start(self, transaction: TenantTransaction, run: Mapping[str, Any], drafts: Sequence[EventDraft]) -> list[Item]:
        """Add a new run, its first events and, for a job, the way from `jobId` to it; the events' envelopes."""
        record = {**run, "tenantId": self._tenant, "lastSeq": len(drafts)}
        place = {**self._key(run["runId"])._asdict(), **keys.run_index(self._tenant, run["runId"])._asdict()}
        item = {**pack(record, _DOCUMENTS), **place, "ttl": self._expiry()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=RUN_LABEL)
        if run.get("jobId"):
            self._start_job(transaction, run)
        return self.log.open(transaction, record, drafts)

    def find(self, run_id: str, *, consistent: bool = False) -> Item | None:
        """A run's record; None when there is none."""
        item = self._table.get(self._key(run_id), consistent=consistent)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, run_id: str, *, consistent: bool = False) -> Item:
        """A run's record; NotFound when there is none."""
        return required(self.find(run_id, consistent=consistent), "run")

    def outline(self, run_id: str) -> Item | None:
        """How a run stands, without anything that was said in it; None when there is none."""
        return self._table.get(self._key(run_id), consistent=True, projection=_OUTLINE)

    def get_many(self, run_ids: Iterable[str]) -> dict[str, Item]:
        """Several runs' records by id; those that are gone are left out."""
        found = self._table.batch_get([self._key(run_id) for run_id in run_ids])
        return {item["runId"]: unpack(item, _DOCUMENTS) for item in found.values()}

    def by_job(self, job_id: str, *, consistent: bool = False) -> Item:
        """The run of a job; NotFound when there is none."""
        job = required(self._table.get(keys.job_key(self._tenant, job_id), consistent=consistent), "job")
        return {**self.get(job["runId"], consistent=consistent), **_onward(job)}

    def list(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        agent: str | None = None,
        status: str | None = None,
        session_id: str | None = None,
    ) -> IdPage:
        """Runs, newest first, below the run id `after`; with a filter a page may be short and not the last."""
        wanted = {"agent": agent, "status": status, "sessionId": session_id}
        page = newest_of_shards(
            self._table,
            lambda shard: keys.runs_partition(self._tenant, shard),
            limit=limit,
            after=after,
            only=all_equal(wanted),
        )
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def jobs(self, wanted: JobFilter, *, limit: int = 50, after: str | None = None) -> IdPage:
        """The runs of jobs, newest first, below the job id `after`; with a filter a page may be short and not the last.

        Times and agents are told apart by the index; states are those of the runs as they stand now.
        """
        before = min((bound for bound in (after, _first_of(wanted.until)) if bound), default=None)
        page = newest_of_shards(
            self._table,
            lambda shard: keys.jobs_partition(self._tenant, shard),
            limit=limit,
            after=before,
            floor=_first_of(wanted.since),
            only=all_equal({"agent": wanted.agent}),
        )
        found = self.get_many(str(job["runId"]) for job in page.items)
        runs = [{**found[job["runId"]], **_onward(job)} for job in page.items if job["runId"] in found]
        return IdPage([run for run in runs if wanted.status in (None, run["status"])], page.next_id)

    def transition(
        self,
        run_id: str,
        status: str,
        drafts: Sequence[EventDraft],
        *,
        session_id: str | None = None,
        known: int | None = None,
        fields: Mapping[str, object] | None = None,
        remove: Sequence[str] = (),
        also: Also | None = None,
        attempts: int = ATTEMPTS,
    ) -> Appended:
        """Bring an open run into another open state (queued → running), with its events. As `EventLog.append`.

        `remove` are fields that it loses.
        """
        change = Change(pack({**(fields or {}), "status": status}, _DOCUMENTS), remove=tuple(remove))
        return self.log.append(
            run_id, drafts, session_id=session_id, known=known, change=change, also=also, attempts=attempts
        )

    def finish(
        self,
        run_id: str,
        status: str,
        drafts: Sequence[EventDraft],
        *,
        session_id: str | None = None,
        known: int | None = None,
        fields: Mapping[str, object] | None = None,
        also: Also | None = None,
        attempts: int = ATTEMPTS,
    ) -> Appended:
        """End an open run: its last events, its result (`fields`), and what `also` adds, in one transaction.

        Only one caller can: RunClosed for all others. `also` settles the budget, completes the idempotency record …
        """
        if status not in TERMINAL_STATES:
            raise ValueError(f"not a terminal state: {status}")
        ended = {"finishedAt": rfc3339(self._clock.now()), **(fields or {})}
        return self.transition(
            run_id, status, drafts, session_id=session_id, known=known, fields=ended, also=also, attempts=attempts
        )

    def cancel(
        self,
        run_id: str,
        by: str,
        *,
        session_id: str | None = None,
        known: int | None = None,
        payload: Mapping[str, Any] | None = None,
        also: Also | None = None,
    ) -> Appended:
        """End an open run as cancelled by the principal `by`; RunClosed when it has ended already."""
        draft = EventDraft("lifecycle", "cancelled", payload or {})
        fields = {"cancelledBy": by}
        return self.finish(run_id, "cancelled", [draft], session_id=session_id, known=known, fields=fields, also=also)

    def amend(
        self,
        run_id: str,
        fields: Mapping[str, object],
        *,
        add: Mapping[str, int] | None = None,
        only: Condition | None = None,
    ) -> Item:
        """Change fields of an open run without an event (progress, heartbeat, task token); the new record.

        NotFound, RunClosed; ConditionFailed when the run is open and only `only` fails.
        """
        is_open = attr("status").is_in(OPEN_STATES)
        try:
            changed = self._table.update(
                self._key(run_id),
                set_=pack(fields, _DOCUMENTS),
                add=add,
                condition=is_open if only is None else is_open & only,
                return_new=True,
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise NotFound("There is no such run.") from None
            if failure.item["status"] not in OPEN_STATES:
                raise RunClosed(str(failure.item["status"])) from None
            raise
        return unpack(changed or {}, _DOCUMENTS)

    def requeue_in(self, transaction: TenantTransaction, job_id: str, new_job_id: str) -> None:
        """Add to the transaction that begins a job that it goes on with another one; that has one successor."""
        once = attr("pk").exists() & attr("requeuedAs").absent()
        changed = {"requeuedAs": new_job_id}
        transaction.update(
            self._table.name, keys.job_key(self._tenant, job_id), set_=changed, condition=once, label=REQUEUED
        )

    def check_open_in(self, transaction: TenantTransaction, run_id: str) -> None:
        """Add to a transaction that a run has not ended: it fails (label `run_still_open`) when it has, or is gone."""
        transaction.check(self._table.name, self._key(run_id), attr("status").is_in(OPEN_STATES), label=STILL_OPEN)

    def _start_job(self, transaction: TenantTransaction, run: Mapping[str, Any]) -> None:
        job_id = str(run["jobId"])
        place = {**keys.job_key(self._tenant, job_id)._asdict(), **keys.job_index(self._tenant, job_id)._asdict()}
        job = {**place, "jobId": job_id, "runId": run["runId"], "agent": run.get("agent"), "ttl": self._expiry()}
        transaction.put(self._table.name, pack(job, ()), condition=attr("pk").absent(), label="job")

    def _key(self, run_id: str) -> keys.Key:
        return keys.run_key(self._tenant, run_id)

    def _expiry(self) -> int:
        return int((self._clock.now() + self._retention).timestamp())


def _first_of(moment: datetime | None) -> str | None:
    """Below every job of this moment and above all before it: ids begin with their time."""
    return None if moment is None else id_at("job", moment)


def _onward(job: Mapping[str, Any]) -> Item:
    """The job that goes on with this one, when somebody has asked for one."""
    return {"requeuedAs": job["requeuedAs"]} if job.get("requeuedAs") else {}
