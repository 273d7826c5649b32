"""The start of a run: one transaction writes the run with its first events, the session, the reservation and the key.

Either all of it is there or nothing, so a run that exists has its money set aside, and two requests with one
`Idempotency-Key` cannot both start one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from data_access_lib.client import TenantTransaction
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories import budgets, holds, idempotency, pools, runs, sessions
from data_access_lib.repositories.budgets import Reservation
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.idempotency import Ticket
from data_access_lib.repositories.pools import Amount, PoolShare
from governance.holds import HoldState
from governance.pricing import CURRENT, estimate
from governance.run_state import RunStatus, is_terminal
from governance.tiers import limits
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import (
    AgentDraining,
    AgentHalted,
    AgentHeld,
    AgentPaused,
    AgentQuarantined,
    AmbitError,
    Conflict,
    IdempotencyInProgress,
    NotFound,
    TooManyRuns,
)
from platform_kit.ids import new_id
from platform_kit.observability import count, logger
from run_lifecycle.going_on import Continuation
from run_lifecycle.guarding import EVENT, Guarded
from run_lifecycle.outcome import Run
from run_lifecycle.resolution import RunnableAgent
from run_lifecycle.store import TenantStore

MARGIN: Final = timedelta(seconds=60)
QUEUED_SECONDS: Final = 600
"""How long a job may wait for its workflow: one that was never begun has been promised to nobody."""
_HELD: Final[Mapping[str, type[AgentHeld]]] = {
    HoldState.DRAINING: AgentDraining,
    HoldState.HALTED: AgentHalted,
    HoldState.PAUSED: AgentPaused,
    HoldState.QUARANTINED: AgentQuarantined,
}
_CONTENTION_ATTEMPTS: Final = 7
_IDEMPOTENCY_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class RunRequest:
    """What a caller asks for. `job` makes it asynchronous; `max_seconds` is how long it may take.

    `guarded` is what guardrails found in what is sent to the agent.
    `scope` narrows what the run may do, `{tools?, autonomyTier?}`; None: as policy has it.
    `begins` is the id of the session that it begins when it names none.
    `continues` is what it takes over from a job that ended badly.
    """

    agent: RunnableAgent
    input: str
    max_seconds: int
    trace_id: str
    context: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    webhook_id: str | None = None
    scope: dict[str, Any] | None = None
    session_id: str | None = None
    begins: str = field(default_factory=lambda: new_id("ses"))
    job: bool = False
    ticket: Ticket | None = None
    guarded: Guarded | None = None
    continues: Continuation | None = None

    @property
    def mode(self) -> str:
        """How it runs: a job is asynchronous, whatever its agent declares."""
        return "async" if self.job else self.agent.mode


@dataclass(frozen=True)
class StartedRun:
    """A run that exists: its record, and the envelopes of its first events."""

    run: Run
    events: list[dict[str, Any]]
    ticket: Ticket | None = None


class AlreadyAnswered(Exception):
    """The request was carried out before; `run_id` is what it made."""

    def __init__(self, run_id: str) -> None:
        super().__init__(run_id)
        self.run_id = run_id


def start_run(request: RunRequest, store: TenantStore, clock: Clock) -> StartedRun:
    """Begin a run.

    AlreadyAnswered, IdempotencyMismatch or IdempotencyInProgress for a key that is taken; NotFound or Conflict for a
    session that is not the caller's or not of this agent; BudgetExhausted when the month's money does not suffice;
    TooManyRuns when the tenant has as many going as its tier includes; AgentHeld when its agent is held back.
    """
    run = _record(request, store, clock.now())
    own = request.agent.monthly_budget
    tier = limits(request.agent.tier)
    allowed = (tier.monthly_budget if own is None else own, tier.concurrent_runs)
    for attempt in _attempts(store, run, allowed):
        started = _try(request, store, run, allowed, attempt)
        if started is not None:
            count("RunStarted", agent=request.agent.name, mode=request.mode)
            logger().info("run started", tenant_id=store.context.tenant_id, run_id=run["runId"])
            return started
    count("BudgetRefused", tenant=store.context.tenant_id)
    raise store.budgets.exhausted()


def _attempts(store: TenantStore, run: Run, allowed: tuple[int, int]) -> Iterator[int]:
    try:
        yield from store.budgets.attempts(run["runId"], run["reservedPico"], *allowed)
    except TooManyRuns:
        count("TooManyRuns", tenant=store.context.tenant_id)
        raise


def made_before(ticket: Ticket, record: Mapping[str, Any] | None, store: TenantStore) -> str | None:
    """The id of the run that this request has made already; None when the key is in nobody's way.

    Whoever was killed before completing the key has left a run, which is the answer as soon as it is over, or is a job
    that was begun: nobody makes it again. IdempotencyMismatch; IdempotencyInProgress for as long as it is neither.
    """
    try:
        saved = store.answers.outcome(ticket, record)
    except IdempotencyInProgress:
        run_id = str((record or {}).get("resource"))
        run = store.runs.find(run_id, consistent=True)
        if run is not None and (is_terminal(run["status"]) or _is_begun_job(run)):
            return run_id
        raise
    return None if saved is None else str(saved.resource)


def _is_begun_job(run: Run) -> bool:
    return bool(run.get("jobId")) and run["status"] != RunStatus.QUEUED


def lease_until(now: datetime, seconds: float) -> int:
    """When a run that nobody leads any more may be ended by `reap`, in epoch seconds: a minute after its time."""
    return int((now + timedelta(seconds=seconds) + MARGIN).timestamp())


def reservation_of(run: Run) -> Reservation:
    """The money that was set aside for a run."""
    return Reservation(str(run["budgetMonth"]), int(run["budgetShard"]), int(run["reservedPico"]))


def shares_of(run: Run) -> list[PoolShare]:
    """The shared budgets that a run is bound by, as they were when it began."""
    return [PoolShare.of(kept) for kept in run.get("pools") or ()]


def _try(
    request: RunRequest, store: TenantStore, run: Run, allowed: tuple[int, int], attempt: int
) -> StartedRun | None:
    """One attempt with one part of the budget; None when that part is short of money, or of places for runs."""
    for _ in range(_IDEMPOTENCY_ATTEMPTS):
        transaction = store.transaction()
        if request.ticket:
            store.answers.begin_in(transaction, request.ticket, resource=run["runId"])
        _join_session(transaction, request, store, run)
        store.holds.check_in(transaction, request.agent.name, run["runId"])
        held = store.budgets.reserve(transaction, run["runId"], run["reservedPico"], *allowed, attempt=attempt)
        wanted = Amount(pico=run["reservedPico"], seconds=int(run["maxSeconds"]))
        store.pools.commit_in(transaction, request.agent.pools, held.month, wanted)
        _take_over(transaction, request, store, run)
        record = {**run, "budgetMonth": held.month, "budgetShard": held.shard}
        events = store.runs.start(transaction, record, _first_events(request))
        try:
            transaction.commit(attempts=_CONTENTION_ATTEMPTS)
        except ConditionFailed as failure:
            if failure.label == budgets.LABEL:
                return None
            if failure.label == pools.LABEL:
                count("BudgetRefused", tenant=store.context.tenant_id)
                raise store.budgets.exhausted("A shared budget") from None
            _explain(failure, request, store)
            continue  # the key was given up in this moment
        return StartedRun({**record, "lastSeq": len(events)}, events, request.ticket)
    raise IdempotencyInProgress("The first request with this Idempotency-Key is still running.", retry_after=1)


def _explain(failure: ConditionFailed, request: RunRequest, store: TenantStore) -> None:
    """Raise what the failed piece means; nothing when the same may be tried again."""
    if failure.label == holds.BAR:
        count("AgentHeldRefused", agent=request.agent.name)
        raise _held(request.agent.name, (failure.item or {}).get("state"))
    if failure.label == runs.REQUEUED:
        raise _requeued(failure.item)
    if failure.label == sessions.LABEL:
        if (failure.item or {}).get("principalId") == store.context.principal_id:
            raise Conflict("The session belongs to another agent. Leave sessionId out to begin a new one.")
        raise NotFound("There is no such session.")
    if failure.label != idempotency.LABEL or request.ticket is None:
        raise failure
    run_id = made_before(request.ticket, failure.item, store)
    if run_id is not None:
        raise AlreadyAnswered(run_id)


def _requeued(job: Mapping[str, Any] | None) -> AmbitError:
    if job is None:
        return NotFound("There is no such job.")
    return Conflict(f"The job was requeued as {job['requeuedAs']}. Requeue that one.", jobId=str(job["requeuedAs"]))


def _take_over(transaction: TenantTransaction, request: RunRequest, store: TenantStore, run: Run) -> None:
    """What the run goes on from, and that it is the one run that does."""
    if request.continues is None:
        return
    store.runs.requeue_in(transaction, request.continues.job_id, run["jobId"])
    if request.continues.checkpoint is not None:
        store.checkpoints.hand_over(transaction, run["runId"], request.continues.checkpoint)


def _held(agent: str, state: object) -> AgentHeld:
    kind = _HELD.get(str(state), AgentHeld)
    return kind(f"Your agent {agent} is {state or 'held'}: no run of it starts until an administrator resets it.")


def _join_session(transaction: TenantTransaction, request: RunRequest, store: TenantStore, run: Run) -> None:
    if request.session_id is None:
        store.sessions.start(transaction, {"sessionId": run["sessionId"], "agent": request.agent.name})
    else:
        store.sessions.touch(transaction, request.session_id, agent=request.agent.name)
    store.sessions.record_run(transaction, run["sessionId"], run["runId"])


def _first_events(request: RunRequest) -> Sequence[EventDraft]:
    about = {"agent": request.agent.name, "version": request.agent.version_id, "mode": request.mode}
    first = EventDraft("lifecycle", "queued" if request.job else "started", about)
    return [first, *_changed(request.guarded)]


def _changed(guarded: Guarded | None) -> list[EventDraft]:
    """That guardrails have changed the input."""
    if guarded is None or not guarded.acted:
        return []
    told = {"where": "input", "status": "masked", **guarded.told()["guardrails"]}
    return [EventDraft("lifecycle", EVENT, told)]


def _job_bounds(agent: RunnableAgent) -> dict[str, int]:
    """Only an agent that works on by itself sends signs of life, and goes on from checkpoints."""
    if agent.mode != "async":
        return {}
    return {"heartbeatSeconds": agent.limits.heartbeat_seconds, "maxAttempts": agent.limits.attempts}


def _record(request: RunRequest, store: TenantStore, now: datetime) -> Run:
    agent = request.agent
    started = {} if request.job else {"startedAt": rfc3339(now)}
    job = {"jobId": new_id("job")} if request.job else {}
    canary = {"canaryId": agent.share.canary_id, "canary": agent.share.part.value} if agent.share else {}
    return {
        "runId": new_id("run"),
        **job,
        **canary,
        "agent": agent.name,
        "versionId": agent.version_id,
        "instanceId": agent.instance_id,
        "environment": agent.environment,
        "domain": agent.domain,
        "agentMode": agent.mode,
        "mode": request.mode,
        "status": RunStatus.QUEUED.value if request.job else RunStatus.RUNNING.value,
        "sessionId": request.session_id or request.begins,
        "principalId": store.context.principal_id,
        "input": request.input,
        "context": request.context,
        "files": request.files,
        "metadata": request.metadata,
        "webhookId": request.webhook_id,
        "scope": request.scope,
        "recorded": True if agent.recorded else None,
        "toolCalls": 0,
        "inputTokens": 0,
        "outputTokens": 0,
        "reservedPico": estimate(CURRENT, request.max_seconds * 1000),
        "priceVersion": CURRENT.version,
        "pools": [share.as_dict() for share in agent.pools] or None,
        "maxSeconds": request.max_seconds,
        **(_job_bounds(agent) if request.job else {}),
        **(request.continues.as_fields() if request.continues else {}),
        "runtimeArn": agent.runtime_arn,
        "traceId": request.trace_id,
        "createdAt": rfc3339(now),
        "leaseUntil": lease_until(now, QUEUED_SECONDS if request.job else request.max_seconds),
        **started,
    }
