"""What becomes of an asynchronous run whose task has ended badly, or that waits for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.repositories.events import EventDraft
from data_access_lib.tenant import TenantContext, TenantId
from governance import recovery
from governance.approvals import Status, standing
from governance.recovery import Broken
from governance.run_state import RunStatus, is_terminal
from lambdas.jobs.ends import broken_off, class_of, reported
from lambdas.jobs.service import PRINCIPAL, Task
from platform_kit.clock import Clock, from_milliseconds, rfc3339
from platform_kit.observability import count
from run_lifecycle import lead
from run_lifecycle.conduct import Conductor
from run_lifecycle.lead import Lead
from run_lifecycle.outcome import Outcome, Run
from run_lifecycle.start import lease_until
from run_lifecycle.store import OpenStore, TenantStore

ACTING_SECONDS: Final = 120.0
"""How long a workflow may take between two of its tasks before the run counts as lost."""


@dataclass(frozen=True)
class Recovery:
    """The verbs of the function `jobs` for runs that were broken off or stand still."""

    open_store: OpenStore
    conductor: Conductor
    clock: Clock

    def recover(self, tenant_id: str, run_id: str, error: dict[str, Any]) -> Lead:
        """End a run whose task failed, or say how it goes on. Done again it says the same."""
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        if is_terminal(run["status"]):
            return lead.OVER
        return self._recovered(run, store, class_of(error))

    def hold(self, tenant_id: str, run_id: str, token: str, task: Task) -> str:
        """Let a run wait for people with its workflow's token; the run's status.

        The token is there before it is looked whether they have decided: a decision finds it, or is found.
        """
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        approval = self._awaited(run, store)
        if is_terminal(run["status"]) or approval is None:
            task.succeed()
            return str(run["status"])
        until = from_milliseconds(int(approval["expiresAt"]))
        fields: dict[str, Any] = {"taskToken": token, "leaseUntil": lease_until(until, ACTING_SECONDS)}
        if run["status"] == RunStatus.AWAITING_APPROVAL:
            store.runs.amend(run_id, fields)
        else:
            self._stand_still(run, store, fields)
        if self._awaited(run, store) is None:
            task.succeed()
        return RunStatus.AWAITING_APPROVAL.value

    def resume(self, tenant_id: str, run_id: str) -> Lead:
        """How a run goes on that has waited for people: with their decision, or with none when its time is over."""
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        if is_terminal(run["status"]):
            return lead.OVER
        now, approval = self.clock.now(), self._awaited(run, store)
        if approval is not None:
            return lead.to_wait(approval, now)
        if recovery.seconds_left(run, now) == 0:
            return self._over(run, broken_off(Broken.LATE), store)
        store.runs.amend(run_id, {"leaseUntil": lease_until(now, ACTING_SECONDS)})
        return lead.to_work(run, now, following=lead.AGAIN)

    def lost(self, run: Run, store: TenantStore) -> Lead:
        """As `recover`, for a run whose workflow is gone."""
        if run["status"] == RunStatus.AWAITING_APPROVAL:
            return self.resume(store.context.tenant_id, run["runId"])
        return self._recovered(run, store, Broken.LOST)

    def _recovered(self, run: Run, store: TenantStore, broken: Broken) -> Lead:
        if run.get("pendingStatus"):
            return self._completed(run, store)
        now = self.clock.now()
        approval = self._awaited(run, store)
        if approval is not None:
            return lead.to_wait(approval, now)
        if _is_between(run) and recovery.seconds_left(run, now) > 0:
            return self._lead_again(run)
        if recovery.goes_on(run, broken, now):
            return self._again(run, store, broken)
        return self._over(run, broken_off(broken), store)

    def _completed(self, run: Run, store: TenantStore) -> Lead:
        """The end that the agent has told; another attempt where it said that this may go better."""
        if _may_retry(run) and recovery.goes_on(run, Broken.PASSING, self.clock.now()):
            return self._again(run, store, Broken.PASSING)
        return self._over(run, reported(run), store)

    def _again(self, run: Run, store: TenantStore, broken: Broken) -> Lead:
        """Another attempt. The process of the one before is stopped: it is silent, and not proven to be dead."""
        counted = "unreached" if broken is Broken.UNREACHABLE else "failures"
        failures = int(run.get(counted) or 0) + 1
        pause = recovery.pause_seconds(failures)
        fields = {counted: failures, "leaseUntil": lease_until(self.clock.now(), pause + ACTING_SECONDS)}
        about = {"reason": broken.value, "failures": failures, "attempt": int(run.get("attempt") or 1)}
        store.runs.transition(
            run["runId"],
            RunStatus.RETRYING.value,
            [EventDraft("lifecycle", "retrying", about)],
            session_id=run["sessionId"],
            known=run["lastSeq"],
            fields=fields,
            remove=[name for name in ("pendingStatus", "pendingError") if name in run],
        )
        self.conductor.stop(run, store)
        count("RunRetried", agent=run["agent"], reason=broken.value)
        return self._lead_again({**run, **fields})

    def _lead_again(self, run: Run) -> Lead:
        failures = max(int(run.get(counted) or 0) for counted in ("failures", "unreached"))
        pause = 0 if run.get("pendingApproval") else recovery.pause_seconds(failures)
        return lead.to_work(run, self.clock.now(), following=lead.AGAIN, delay=pause)

    def _over(self, run: Run, outcome: Outcome, store: TenantStore) -> Lead:
        self.conductor.end(run, outcome, store)
        self.conductor.stop(run, store)
        return lead.OVER

    def _stand_still(self, run: Run, store: TenantStore, fields: dict[str, Any]) -> None:
        store.runs.transition(
            run["runId"],
            RunStatus.AWAITING_APPROVAL.value,
            [EventDraft("lifecycle", "awaiting_approval", {"approvalId": run["pendingApproval"]})],
            session_id=run["sessionId"],
            known=run["lastSeq"],
            fields={**fields, "waitingSince": rfc3339(self.clock.now())},
        )
        self.conductor.stop(run, store)

    def _awaited(self, run: Run, store: TenantStore) -> Mapping[str, Any] | None:
        """The approval that the run waits for; None when it waits for none, or people have decided."""
        approval_id = run.get("pendingApproval")
        record = store.approvals.find(str(approval_id)) if approval_id else None
        if record is None:
            return None
        now = standing(record["status"], from_milliseconds(int(record["expiresAt"])), self.clock.now())
        return record if now is Status.PENDING else None

    def _store(self, tenant_id: str) -> TenantStore:
        return self.open_store(TenantContext(TenantId(tenant_id), PRINCIPAL))


def _is_between(run: Run) -> bool:
    """Whether its next attempt is decided on: it failed before, or has stopped for what is decided by now."""
    return run["status"] == RunStatus.RETRYING or bool(run.get("pendingApproval"))


def _may_retry(run: Run) -> bool:
    """Whether the agent itself said that another attempt may go better."""
    return bool((run.get("pendingError") or {}).get("retryable"))
