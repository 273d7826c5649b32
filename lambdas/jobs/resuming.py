"""Another attempt of an asynchronous run: from its last checkpoint, with what must not be done again."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from data_access_lib.repositories.events import EventDraft
from governance import governor, recovery
from governance.run_state import RunStatus
from lambdas.jobs.silence import SILENT_SINCE
from platform_kit.observability import count
from run_lifecycle.going_on import prior_calls, told
from run_lifecycle.outcome import Run
from run_lifecycle.store import TenantStore

_OVER = ("pendingApproval", "pendingStatus", "pendingError", "waitingSince", SILENT_SINCE)
"""What belongs to the attempt before."""


def resumed(run: Run, store: TenantStore, fields: dict[str, Any], now: datetime) -> Run:
    """The run with its next attempt, which alone may act from now on; `resume` is what its agent is told.

    CheckpointCorrupt, CannotGoOn: then it cannot go on. RunClosed when it is over.
    """
    checkpoint = store.checkpoints.latest(run["runId"])
    calls = prior_calls(run, store, checkpoint)
    approval, attempt = _approval(run, store), int(run.get("attempt") or 1) + 1
    changed = {**fields, "attempt": attempt, "priorCalls": [call.as_dict() for call in calls]}
    changed |= {"waitedMs": recovery.waited_ms(run, now), **_governed(run, now)}
    number = checkpoint.number if checkpoint else None
    about = {"attempt": attempt, "checkpoint": number, "priorCalls": len(calls)}
    appended = store.runs.transition(
        run["runId"],
        RunStatus.RUNNING.value,
        [EventDraft("lifecycle", "resumed", about)],
        session_id=run["sessionId"],
        known=run["lastSeq"],
        fields=changed,
        remove=[name for name in _OVER if name in run],
    )
    count("RunResumed", agent=run["agent"], after=str(run["status"]))
    kept = {name: value for name, value in run.items() if name not in _OVER}
    resume = {"checkpoint": told(checkpoint), "calls": changed["priorCalls"], "approval": approval}
    return {
        **kept,
        **changed,
        "status": RunStatus.RUNNING.value,
        "lastSeq": appended.last_seq,
        "resume": resume,
    }


def handed_over(run: Run, store: TenantStore) -> dict[str, Any]:
    """What the first attempt of a job is told that goes on with another one; CheckpointCorrupt."""
    if not run.get("requeuedFrom"):
        return {}
    checkpoint, calls = store.checkpoints.latest(run["runId"]), run.get("priorCalls") or []
    resume = {"checkpoint": told(checkpoint), "calls": calls, "approval": None}
    return {"resume": resume} if checkpoint or calls else {}


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
