"""The steps of an asynchronous run, and the end of runs that nobody leads any more.

These steps act in the tenant that the workflow's input names, without a token of anybody's: only the functions `bridge`
and `stream` may start an execution, and they write its input from a verified identity.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from data_access_lib.controls import Controls
from data_access_lib.errors import ResidencyViolation, RunClosed
from data_access_lib.repositories.events import EventDraft
from data_access_lib.tenant import TenantContext, TenantId
from governance.run_state import RunStatus, is_terminal
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import DependencyUnavailable, KillSwitchActive
from platform_kit.observability import count, logger
from platform_kit.tracing import Trace, continue_trace
from run_lifecycle.agent_answer import AgentFault
from run_lifecycle.answer_reader import AnswerReader, Ended
from run_lifecycle.conduct import Audience, Conductor, show_nobody
from run_lifecycle.outcome import Failure, Outcome, Run
from run_lifecycle.runtime import AGENT_TIMEOUT, RUNTIME_UNAVAILABLE
from run_lifecycle.start import lease_until
from run_lifecycle.store import OpenStore, TenantStore

PRINCIPAL: Final = "svc:jobs"
ACCEPT_SECONDS: Final = 45.0
FIRST_LEASE_SECONDS: Final = 120.0
_BEAT_SECONDS: Final = 20.0
_RETURN_SECONDS: Final = 15.0
_TIMEOUTS: Final = frozenset({"States.HeartbeatTimeout", "States.Timeout"})
_LEASED: Final = (RunStatus.QUEUED, RunStatus.RUNNING)


class Task(Protocol):
    """The workflow that waits for the run."""

    def succeed(self, run_id: str) -> None:
        """Let it go on."""
        ...

    def beat(self) -> bool:
        """Keep it waiting; False when it does not wait any more."""
        ...


class TenantsToWalk(Protocol):
    """All tenants, page by page."""

    def list(self, *, limit: int = 50, after: str | None = None) -> Any: ...  # noqa: D102 - as in TenantRecords


@dataclass(frozen=True)
class JobService:
    """The verbs of the function `jobs`."""

    open_store: OpenStore
    conductor: Conductor
    controls: Controls
    tenants: Callable[[], TenantsToWalk]
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic

    def start(self, tenant_id: str, run_id: str, token: str, task: Task, *, seconds_left: float) -> str:
        """Claim a queued run and start its agent; the run's status. Done again it does nothing twice.

        A run that a kill switch stops is halted. DependencyUnavailable when the agent runtime cannot be called at
        present: the workflow tries again.
        """
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        try:
            self.controls.let_run(tenant=tenant_id, agent=run["agent"], run_id=run_id)
            run = self._claim(run, store, token)
        except KillSwitchActive as stopped:
            status = self._end(run, Outcome(RunStatus.HALTED, failure=Failure(stopped.code, stopped.detail)), store)
            task.succeed(run_id)
            return status
        except RunClosed as closed:
            task.succeed(run_id)
            return closed.run_status
        if run["agentMode"] == "async":
            return self._set_going(run, store, task)
        return self._lead(run, store, task, seconds_left)

    def settle(self, tenant_id: str, run_id: str) -> str:
        """Give a completed run its end: what the agent said through the gateway. Once only; the run's status."""
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        if is_terminal(run["status"]):
            return str(run["status"])
        return self._end(run, _reported(run), store)

    def fail(self, tenant_id: str, run_id: str, error: dict[str, Any]) -> str:
        """End a run whose workflow failed: `timed_out` for a silent or late agent, else `failed`. Once only."""
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        if is_terminal(run["status"]):
            return str(run["status"])
        outcome = _reported(run) if run.get("pendingError") else _broken(error)
        status = self._end(run, outcome, store)
        self.conductor.stop(run, store)
        return status

    def reap(self, tenant_id: str | None) -> list[str]:
        """End runs whose lease has passed, because the function that led them died; the ids of those ended."""
        tenants = [tenant_id] if tenant_id else self._all_tenants()
        return [run_id for tenant in tenants for run_id in self._reap_if_here(tenant)]

    def _claim(self, run: Run, store: TenantStore, token: str) -> Run:
        """The run, running and with the token its workflow waits with; RunClosed when it is over."""
        now = self.clock.now()
        fields = {"taskToken": token, "leaseUntil": lease_until(now, self._first_lease(run))}
        if run["status"] != RunStatus.QUEUED:
            return {**run, **store.runs.amend(run["runId"], fields)}
        fields |= {"startedAt": rfc3339(now)}
        about = {"agent": run["agent"], "version": run["versionId"], "mode": run["mode"]}
        appended = store.runs.transition(
            run["runId"],
            RunStatus.RUNNING.value,
            [EventDraft("lifecycle", "started", about)],
            session_id=run["sessionId"],
            known=run["lastSeq"],
            fields=fields,
        )
        return {**run, **fields, "status": RunStatus.RUNNING.value, "lastSeq": appended.last_seq}

    def _first_lease(self, run: Run) -> float:
        """An asynchronous agent extends its lease by heartbeats; one that is led from here has its whole time."""
        return FIRST_LEASE_SECONDS if run["agentMode"] == "async" else float(run["maxSeconds"])

    def _set_going(self, run: Run, store: TenantStore, task: Task) -> str:
        """Send an asynchronous agent off: it answers at once, works on, and completes through the gateway."""
        if run.get("agentAccepted"):
            return RunStatus.RUNNING.value
        fault = self._ask(run, store)
        if fault is None:
            self._note_acceptance(run, store)
            return RunStatus.RUNNING.value
        if fault.code == RUNTIME_UNAVAILABLE:
            raise DependencyUnavailable(fault.message, retry_after=5)
        status = self._end(run, _outcome_of(self._shown(fault, run, store)), store)
        task.succeed(run["runId"])
        return status

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
            store.runs.amend(run["runId"], {"agentAccepted": True})
        except RunClosed:  # a fast agent, or a cancellation: either way there is nothing to note
            return

    def _lead(self, run: Run, store: TenantStore, task: Task, seconds_left: float) -> str:
        """Lead a synchronous or streaming agent's run to its end, here, while the workflow waits."""
        seconds = min(float(run["maxSeconds"]), seconds_left - _RETURN_SECONDS)
        audience = Audience(show_nobody, self._abandoned(task))
        finished = self.conductor.conduct(run, store, _trace(run), seconds=seconds, audience=audience)
        task.succeed(run["runId"])
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

    def _reap_if_here(self, tenant_id: str) -> list[str]:
        """What is ended of a tenant; nothing of one whose data is kept elsewhere, which must not hold the others up."""
        try:
            return list(self._reap_tenant(tenant_id))
        except ResidencyViolation:
            logger().warning("a tenant of another region is passed over", tenant_id=tenant_id)
            return []

    def _reap_tenant(self, tenant_id: str) -> Iterator[str]:
        store = self._store(tenant_id)
        now = int(self.clock.now().timestamp())
        for status in _LEASED:
            for run in _all_runs(store, status.value):
                if int(run.get("leaseUntil") or now) < now:
                    self._end(run, _LOST, store)
                    count("RunReaped", agent=run["agent"])
                    yield run["runId"]

    def _end(self, run: Run, outcome: Outcome, store: TenantStore) -> str:
        finished = self.conductor.end(run, outcome, store)
        logger().info("job ended", tenant_id=store.context.tenant_id, run_id=run["runId"])
        return str(finished.run["status"])

    def _all_tenants(self) -> Iterator[str]:
        after: str | None = None
        while True:
            page = self.tenants().list(after=after)
            yield from (tenant["tenantId"] for tenant in page.items)
            after = page.next_id
            if after is None:
                return

    def _store(self, tenant_id: str) -> TenantStore:
        return self.open_store(TenantContext(TenantId(tenant_id), PRINCIPAL))


_LOST: Final = Outcome(RunStatus.FAILED, failure=Failure("RUN_LOST", "The run was lost; start it again."))


def _reported(run: Run) -> Outcome:
    """What the agent said when it completed its run."""
    error = run.get("pendingError")
    if error or run.get("pendingStatus") == RunStatus.FAILED:
        said = error or {}
        failure = Failure(str(said.get("code", "AGENT_FAILED")), str(said.get("message", "The agent failed.")))
        return Outcome(RunStatus.FAILED, failure=failure)
    return Outcome(RunStatus.SUCCEEDED, output=run.get("pendingOutput"), output_key=run.get("pendingOutputKey"))


def _broken(error: dict[str, Any]) -> Outcome:
    """What Step Functions says of a task that ended badly. Its cause may quote internals and is only logged."""
    name = str(error.get("Error", ""))
    logger().warning("a run's workflow failed", error=name, cause=str(error.get("Cause", ""))[:2000])
    if name in _TIMEOUTS:
        return _outcome_of(AgentFault("The agent fell silent or ran longer than it may.", AGENT_TIMEOUT))
    if name in {"DependencyUnavailable", RUNTIME_UNAVAILABLE}:
        return _outcome_of(AgentFault("The agent runtime could not be called.", RUNTIME_UNAVAILABLE))
    return _outcome_of(AgentFault("The agent ended without completing its run."))


def _outcome_of(fault: AgentFault) -> Outcome:
    status = RunStatus.TIMED_OUT if fault.code == AGENT_TIMEOUT else RunStatus.FAILED
    return Outcome(status, failure=Failure(fault.code, fault.message))


def _all_runs(store: TenantStore, status: str) -> Iterator[Run]:
    after: str | None = None
    while True:
        page = store.runs.list(limit=100, after=after, status=status)
        yield from page.items
        after = page.next_id
        if after is None:
            return


def _trace(run: Run) -> Trace:
    """The trace of the call that asked for the job."""
    return continue_trace(f"00-{run.get('traceId')}-{'1' * 16}-01")
