"""Another attempt of an asynchronous run: from its last checkpoint, with what must not be done again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.run_checkpoints import Checkpoint
from governance import governor, recovery
from governance.recovery import PriorCall
from governance.run_state import RunStatus
from platform_kit.errors import Conflict
from platform_kit.observability import count
from run_lifecycle.outcome import Run
from run_lifecycle.store import TenantStore

_PAGE = 200
_OVER = ("pendingApproval", "pendingStatus", "pendingError", "waitingSince")
"""What belongs to the attempt before."""


class CannotGoOn(Conflict):
    """So much was done since the last checkpoint that nobody could keep the next attempt from doing it again."""

    code, title = "EFFECTS_UNKNOWN", "The run cannot go on"

    def __init__(self) -> None:
        super().__init__(f"More than {recovery.MOST_PRIOR_CALLS} calls were made since the run's last checkpoint.")


def resumed(run: Run, store: TenantStore, fields: dict[str, Any], now: datetime) -> Run:
    """The run with its next attempt, which alone may act from now on; `resume` is what its agent is told.

    CheckpointCorrupt, CannotGoOn: then it cannot go on. RunClosed when it is over.
    """
    checkpoint = store.checkpoints.latest(run["runId"])
    calls = _prior_calls(run, store, checkpoint.seq if checkpoint else 0)
    approval, attempt = _approval(run, store), int(run.get("attempt") or 1) + 1
    changed = {**fields, "attempt": attempt, "priorCalls": [call.as_dict() for call in calls]}
    changed |= {"waitedMs": recovery.waited_ms(run, now), **_governed(run, now)}
    told = {"attempt": attempt, "checkpoint": checkpoint.number if checkpoint else None, "priorCalls": len(calls)}
    appended = store.runs.transition(
        run["runId"],
        RunStatus.RUNNING.value,
        [EventDraft("lifecycle", "resumed", told)],
        session_id=run["sessionId"],
        known=run["lastSeq"],
        fields=changed,
        remove=[name for name in _OVER if name in run],
    )
    count("RunResumed", agent=run["agent"], after=str(run["status"]))
    kept = {name: value for name, value in run.items() if name not in _OVER}
    resume = {"checkpoint": _shown(checkpoint), "calls": changed["priorCalls"], "approval": approval}
    return {
        **kept,
        **changed,
        "status": RunStatus.RUNNING.value,
        "lastSeq": appended.last_seq,
        "resume": resume,
    }


def _prior_calls(run: Run, store: TenantStore, seq: int) -> list[PriorCall]:
    try:
        return recovery.prior_calls(_log(run, store), seq)
    except recovery.Unrepeatable:
        raise CannotGoOn from None


def _log(run: Run, store: TenantStore) -> Iterator[dict[str, Any]]:
    """The whole log: a call that was under way when the checkpoint was left began before it."""
    after = 0
    while page := store.runs.log.read(run["runId"], after=after, limit=_PAGE):
        yield from page
        after = int(page[-1]["seq"])


def _approval(run: Run, store: TenantStore) -> dict[str, Any] | None:
    """How people have decided about what the attempt before has stopped for."""
    approval_id = run.get("pendingApproval")
    record = store.approvals.find(str(approval_id)) if approval_id else None
    return {"approvalId": approval_id, "status": str(record["status"])} if record else None


def _governed(run: Run, now: datetime) -> dict[str, Any]:
    """The governor counts the seconds of a run since its beginning: not those in which it waited for people."""
    if run.get("governor") is None or not run.get("waitingSince"):
        return {}
    state = governor.read(run["governor"])
    waited = recovery.waited_ms(run, now) - int(run.get("waitedMs") or 0)
    return {"governor": replace(state, started=state.started + waited).as_dict()}


def _shown(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    return {
        "number": checkpoint.number,
        "attempt": checkpoint.attempt,
        "savedAt": checkpoint.saved_at,
        "sha256": checkpoint.sha256,
        "state": checkpoint.state,
    }
