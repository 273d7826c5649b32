"""The steps of an asynchronous run: it is begun, and it is settled.

These steps act in the tenant that the workflow's input names, without a token of anybody's: only the functions `bridge`
and `stream` may start an execution, and they write its input from a verified identity.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from data_access_lib.controls import Controls
from data_access_lib.errors import CheckpointCorrupt, RunClosed
from data_access_lib.repositories.events import EventDraft
from data_access_lib.tenant import TenantContext, TenantId
from governance.run_state import RunStatus, is_terminal
from lambdas.jobs.ends import LOST, outcome_of, reported
from lambdas.jobs.resuming import handed_over, resumed
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, DependencyUnavailable, KillSwitchActive
from platform_kit.observability import logger
from platform_kit.tracing import Trace, continue_trace
from run_lifecycle.agent_answer import AgentFault
from run_lifecycle.answer_reader import AnswerReader, Ended
from run_lifecycle.conduct import Audience, Conductor, show_nobody
from run_lifecycle.going_on import CannotGoOn, keep_handed
from run_lifecycle.outcome import Failure, Outcome, Run
from run_lifecycle.runtime import AGENT_TIMEOUT, RUNTIME_UNAVAILABLE
from run_lifecycle.start import lease_until
from run_lifecycle.store import OpenStore, TenantStore

PRINCIPAL: Final = "svc:jobs"
ACCEPT_SECONDS: Final = 45.0
FIRST_LEASE_SECONDS: Final = 120.0
_BEAT_SECONDS: Final = 20.0
_RETURN_SECONDS: Final = 15.0


class Task(Protocol):
    """The workflow that waits for the run."""

    def succeed(self) -> None:
        """Let it go on."""
        ...

    def beat(self) -> bool:
        """Keep it waiting; False when it does not wait any more."""
        ...


@dataclass(frozen=True)
class JobService:
    """The verbs of the function `jobs`. `place` says which runtime an attempt goes to, by its ARN."""

    open_store: OpenStore
    conductor: Conductor
    controls: Controls
    clock: Clock
    place: Callable[[Run, TenantId], str]
    monotonic: Callable[[], float] = time.monotonic

    def start(self, tenant_id: str, run_id: str, token: str, task: Task, *, seconds_left: float) -> str:
        """Claim a run and start its agent; the run's status. Done again it does nothing twice.

        A run that a kill switch stops is halted; one that cannot go on fails. DependencyUnavailable when the agent
        runtime cannot be called at present: the workflow tries again.
        """
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        try:
            self.controls.let_run(tenant=tenant_id, agent=run["agent"], run_id=run_id)
            run = self._claim(run, store, token)
        except KillSwitchActive as stopped:
            return self._let_go(
                run, Outcome(RunStatus.HALTED, failure=Failure(stopped.code, stopped.detail)), store, task
            )
        except (CheckpointCorrupt, CannotGoOn) as stuck:
            return self._let_go(run, _stopped(RunStatus.FAILED, stuck), store, task)
        except RunClosed as closed:
            task.succeed()
            return closed.run_status
        if run.get("pendingStatus"):  # it was completed in the moment in which it was given up
            task.succeed()
            return str(run["status"])
        if run["agentMode"] == "async":
            return self._set_going(run, store, task)
        return self._lead(run, store, task, seconds_left)

    def settle(self, tenant_id: str, run_id: str) -> str:
        """Give a completed run its end: what the agent said through the gateway. Once only; the run's status."""
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        if is_terminal(run["status"]):
            return str(run["status"])
        outcome = reported(run) if run.get("pendingStatus") else LOST
        return self._end(run, outcome, store)

    def _let_go(self, run: Run, outcome: Outcome, store: TenantStore, task: Task) -> str:
        status = self._end(run, outcome, store)
        task.succeed()
        return status

    def _claim(self, run: Run, store: TenantStore, token: str) -> Run:
        """The run, running and with the token its workflow waits with; RunClosed when it is over.

        Whoever asks the agent again does so as another attempt: the one before may be at work still, and acts no more.
        """
        now = self.clock.now()
        fields = {"taskToken": token, "leaseUntil": lease_until(now, self._first_lease(run))}
        if is_terminal(run["status"]) or run.get("pendingStatus") or _accepted(run):
            return {**run, **store.runs.amend(run["runId"], fields)}
        fields["runtimeArn"] = self.place(run, store.context.tenant_id)
        if run["status"] == RunStatus.QUEUED:
            return keep_handed(self._begin(run, store, {**fields, "startedAt": rfc3339(now), "attempt": 1}), store)
        return keep_handed(resumed(run, store, fields, now), store)

    def _begin(self, run: Run, store: TenantStore, fields: dict[str, Any]) -> Run:
        about = {"agent": run["agent"], "version": run["versionId"], "mode": run["mode"]}
        resume = handed_over(run, store)
        appended = store.runs.transition(
            run["runId"],
            RunStatus.RUNNING.value,
            [EventDraft("lifecycle", "started", about)],
            session_id=run["sessionId"],
            known=run["lastSeq"],
            fields=fields,
        )
        return {**run, **fields, **resume, "status": RunStatus.RUNNING.value, "lastSeq": appended.last_seq}

    def _first_lease(self, run: Run) -> float:
        """An asynchronous agent extends its lease by heartbeats; one that is led from here has its whole time."""
        return FIRST_LEASE_SECONDS if run["agentMode"] == "async" else float(run["maxSeconds"])

    def _set_going(self, run: Run, store: TenantStore, task: Task) -> str:
        """Send an asynchronous agent off: it answers at once, works on, and completes through the gateway."""
        if _accepted(run):
            return RunStatus.RUNNING.value
        fault = self._ask(run, store)
        if fault is None:
            self._note_acceptance(run, store)
            return RunStatus.RUNNING.value
        if fault.code == RUNTIME_UNAVAILABLE:
            raise DependencyUnavailable(fault.message, retry_after=5)
        return self._let_go(run, outcome_of(self._shown(fault, run, store)), store, task)

    def _ask(self, run: Run, store: TenantStore) -> AgentFault | None:
        reader = AnswerReader(lambda: self.conductor.ask(run, store, _trace(run)))
        reader.start()
        until = self.monotonic() + ACCEPT_SECONDS
        try:
            while (left := until - self.monotonic()) > 0:
                for taken in reader.take(left):
                    if isinstance(taken, Ended):
                        return taken.fault
        finally:
            reader.close()
        return AgentFault("The agent did not accept the job in time.", AGENT_TIMEOUT)

    def _shown(self, fault: AgentFault, run: Run, store: TenantStore) -> AgentFault:
        """Why the agent did not take the job, in words that may be kept."""
        from run_lifecycle.answer_guard import shown_fault  # with its detectors: not before there is something to see

        return shown_fault(fault, self.conductor.guardrails.of(store, run["agent"], run["versionId"]))

    def _note_acceptance(self, run: Run, store: TenantStore) -> None:
        try:
            store.runs.amend(run["runId"], {"acceptedAttempt": run["attempt"]})
        except RunClosed:  # a fast agent, or a cancellation: either way there is nothing to note
            return

    def _lead(self, run: Run, store: TenantStore, task: Task, seconds_left: float) -> str:
        """Lead a synchronous or streaming agent's run to its end, here, while the workflow waits."""
        seconds = min(float(run["maxSeconds"]), seconds_left - _RETURN_SECONDS)
        audience = Audience(show_nobody, self._abandoned(task))
        finished = self.conductor.conduct(run, store, _trace(run), seconds=seconds, audience=audience)
        task.succeed()
        return str(finished.run["status"])

    def _abandoned(self, task: Task) -> Callable[[], bool]:
        """Asked at every turn of the relay: beats for the workflow now and then, and says when it waits no more."""
        due = self.monotonic() + _BEAT_SECONDS

        def gone() -> bool:
            nonlocal due
            if self.monotonic() < due:
                return False
            due = self.monotonic() + _BEAT_SECONDS
            return not task.beat()

        return gone

    def _end(self, run: Run, outcome: Outcome, store: TenantStore) -> str:
        finished = self.conductor.end(run, outcome, store)
        logger().info("job ended", tenant_id=store.context.tenant_id, run_id=run["runId"])
        return str(finished.run["status"])

    def _store(self, tenant_id: str) -> TenantStore:
        return self.open_store(TenantContext(TenantId(tenant_id), PRINCIPAL))


def _stopped(status: RunStatus, why: AmbitError) -> Outcome:
    return Outcome(status, failure=Failure(why.code, why.detail))


def _accepted(run: Run) -> bool:
    """Whether the agent of the latest attempt has taken the job: it said so, or has been heard since."""
    attempt = int(run.get("attempt") or 1)
    heard = attempt in (run.get("acceptedAttempt"), run.get("heardAttempt")) and not run.get("pendingApproval")
    return heard and run["agentMode"] == "async" and run["status"] == RunStatus.RUNNING


def _trace(run: Run) -> Trace:
    """The trace of the call that asked for the job."""
    return continue_trace(f"00-{run.get('traceId')}-{'1' * 16}-01")
