"""Invoking agents and looking at what ran. `invoke` and `stream` are two ways through the same start and end."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.controls import Controls
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Ticket
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.runs import JobFilter
from data_access_lib.tenant import TenantContext, TenantId
from governance import flags
from governance.rates import Limit
from governance.run_state import RunStatus, is_terminal
from governance.tiers import limits
from lambdas.bridge import views
from lambdas.bridge.break_glass import BreakGlass, no_break_glass
from lambdas.bridge.decisions import LOOKED_AT, decisions
from lambdas.bridge.models import CancelledJob, CancelledJobs, InvokeRequest, Requeue
from lambdas.bridge.requeuing import Again, body_of, continuation, scope_of
from lambdas.bridge.results import with_result
from lambdas.bridge.visibility import check_agent, only_seen, seen
from platform_kit.clock import Clock
from platform_kit.errors import (
    AmbitError,
    BadRequest,
    Conflict,
    DependencyUnavailable,
    FieldError,
    ModeMismatch,
    NotFound,
    Unprocessable,
)
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count
from platform_kit.tracing import Trace
from run_lifecycle import lead
from run_lifecycle.conduct import Audience, Conductor
from run_lifecycle.guarding import BlockedByGuardrails, Guarded, GuardrailsInForce, incoming
from run_lifecycle.outcome import Failure, Outcome, Run
from run_lifecycle.rate_limits import RateLimiter, Subject, subjects_of
from run_lifecycle.resolution import AgentResolver, RunnableAgent
from run_lifecycle.runtime import RUNTIME_UNAVAILABLE
from run_lifecycle.start import AlreadyAnswered, RunRequest, StartedRun, made_before, start_run
from run_lifecycle.store import OpenStore, TenantStore
from run_lifecycle.workflows import RunWorkflows

INVOKE: Final = "POST /v1/agents/{agent}/invoke"
STREAM: Final = "POST /v1/agents/{agent}/stream"
RUNS: Final = "GET /v1/runs"
JOBS: Final = "GET /v1/jobs"
REQUEUE: Final = "POST /v1/jobs/{id}/requeue"
SESSIONS: Final = "GET /v1/sessions"
_ASYNC: Final = "async"
_CAPABILITIES: Final = {INVOKE: flags.INVOKE, STREAM: flags.STREAM}


@dataclass(frozen=True)
class Ask:
    """One request to run an agent, as it came in."""

    who: Identity
    agent: str
    body: InvokeRequest
    trace: Trace
    idempotency_key: str | None = None
    respond_async: bool = False
    version: str | None = None
    """The version that an evaluation asks for; None: the approved one."""
    again: Again | None = None
    """The job that is done once more."""

    @property
    def fingerprint(self) -> bytes:
        """What must be equal for two requests with one `Idempotency-Key` to be the same request."""
        if self.again is not None:
            return json.dumps(self.again.fingerprint).encode()
        asked = [self.agent, self.respond_async, self.body.model_dump()]
        return json.dumps([*asked, self.version] if self.version else asked, sort_keys=True).encode()


@dataclass(frozen=True)
class Invoked:
    """A run that was made by this request, or by the one it repeats (`replayed`)."""

    run: Run
    replayed: bool = False


@dataclass(frozen=True)
class LiveRun:
    """A run that has begun and is about to be led; `events` are its first."""

    started: StartedRun
    store: TenantStore
    trace: Trace


@dataclass(frozen=True)
class Timeouts:
    """How long the two synchronous ways may take, in seconds."""

    invoke: int
    stream: int


@dataclass(frozen=True)
class BridgeService:
    """The verbs of the functions `bridge` and `stream`; `emergency` opens tenants' runs to platform administrators."""

    open_store: OpenStore
    resolver: AgentResolver
    controls: Controls
    limiter: RateLimiter
    conductor: Conductor
    guardrails: GuardrailsInForce
    audit: Callable[[TenantContext], AuditLog]
    workflows: RunWorkflows
    cursors: CursorCodec
    clock: Clock
    timeouts: Timeouts
    emergency: Callable[[], BreakGlass] = no_break_glass

    def invoke(self, ask: Ask) -> Invoked:
        """Run an agent to its end, or hand it over as a job when it is asynchronous or the caller prefers that."""
        check_agent(ask.who, ask.agent, self.resolver.domain)
        store = self._store(ask.who)
        started = self._begin(ask, store, INVOKE)
        if isinstance(started, str):
            return Invoked(self._with_output(store.runs.get(started, consistent=True), store), replayed=True)
        if started.run["mode"] == _ASYNC:
            return Invoked(self._hand_over(started, store))
        finished = self.conductor.conduct(
            started.run, store, ask.trace, seconds=self.timeouts.invoke, ticket=started.ticket
        )
        return Invoked(finished.run if finished.ended_here else self._with_output(finished.run, store))

    def begin_stream(self, ask: Ask) -> LiveRun | str:
        """Begin a run whose events will be streamed; the id of the run to replay when the request is a repetition."""
        check_agent(ask.who, ask.agent, self.resolver.domain)
        store = self._store(ask.who)
        started = self._begin(ask, store, STREAM)
        if isinstance(started, str):
            run = store.runs.get(started, consistent=True)
            return str(run["runId"])
        return LiveRun(started, store, ask.trace)

    def lead_stream(self, live: LiveRun, audience: Audience) -> None:
        """Lead a streamed run to its end; the audience sees every event after the first ones."""
        self.conductor.conduct(
            live.started.run,
            live.store,
            live.trace,
            seconds=self.timeouts.stream,
            audience=audience,
            ticket=live.started.ticket,
        )

    def cancel(self, who: Identity, run_id: str) -> Run:
        """End a run now, with its agent and its workflow. Conflict when it ended otherwise; twice is fine."""
        store = self._store(who)
        run = seen(store.runs.get(run_id, consistent=True), who)
        if not is_terminal(run["status"]):
            outcome = Outcome(RunStatus.CANCELLED, failure=Failure("CANCELLED", "The run was cancelled on request."))
            run = self.conductor.end(run, outcome, store).run
        if run["status"] != RunStatus.CANCELLED:
            raise Conflict(f"The run has ended already: {run['status']}.", runId=run_id)
        if run.get("jobId"):
            self.workflows.stop(run)
        return _with_decisions(run, store)

    def run(self, who: Identity, run_id: str) -> Run:
        """One run of the tenant, with its output."""
        store = self._store(who)
        return self._with_output(seen(store.runs.get(run_id, consistent=True), who), store)

    def detail(self, who: Identity, run_id: str) -> Run:
        """One run of the tenant, with its output and what was decided about its calls."""
        return _with_decisions(self.run(who, run_id), self._store(who))

    def job(self, who: Identity, job_id: str) -> Run:
        """The run of a job, with its output, or a link to it."""
        store = self._store(who)
        return with_result(seen(store.runs.by_job(job_id, consistent=True), who), store, self.clock)

    def runs(self, who: Identity, *, limit: int, cursor: str | None, only: dict[str, str]) -> dict[str, Any]:
        """The tenant's runs that are the caller's business, newest first; `only` filters by agent, status or sessionId.

        A page may be short and not the last.
        """
        page = self._store(who).runs.list(
            limit=limit,
            after=self.position(who, RUNS, cursor),
            agent=only.get("agent"),
            status=only.get("status"),
            session_id=only.get("sessionId"),
        )
        return self.page(who, RUNS, only_seen(page, who), views.summary)

    def jobs(self, who: Identity, wanted: JobFilter, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """The tenant's jobs that are the caller's business, newest first; a page may be short and not the last."""
        page = self._store(who).runs.jobs(wanted, limit=limit, after=self.position(who, JOBS, cursor))
        return self.page(who, JOBS, only_seen(page, who), views.job_summary)

    def requeue(self, who: Identity, job_id: str, wanted: Requeue, *, trace: Trace, key: str | None) -> Invoked:
        """Do a job again that ended badly, as a new one: rights, policy, money and version are those of now.

        Conflict with what to do for one that goes on, has succeeded, or was requeued before.
        """
        store = self._store(who)
        run = seen(store.runs.by_job(job_id, consistent=True), who)
        check_agent(who, run["agent"], self.resolver.domain)
        ask = Ask(who, run["agent"], body_of(run, store), trace, key, again=Again(run, wanted))
        started = self._begin(ask, store, REQUEUE)
        if isinstance(started, str):
            return Invoked(store.runs.get(started, consistent=True), replayed=True)
        count("JobRequeued", agent=run["agent"], start=wanted.from_)
        return Invoked(self._hand_over(started, store))

    def cancel_jobs(self, who: Identity, job_ids: list[str]) -> CancelledJobs:
        """Cancel each job once, in the order named; one that is refused stops no other. Twice is fine.

        DependencyUnavailable when none could be, and one for that reason.
        """
        items = [self._cancelled(who, job_id) for job_id in dict.fromkeys(job_ids)]
        done = sum(item.done for item in items)
        if not done and any(item.code == DependencyUnavailable.code for item in items):
            raise DependencyUnavailable("None of the jobs could be cancelled. Try again.", retry_after=1)
        return CancelledJobs(done=done, failed=len(items) - done, items=items)

    def _cancelled(self, who: Identity, job_id: str) -> CancelledJob:
        try:
            run = seen(self._store(who).runs.by_job(job_id, consistent=True), who)
            status = self.cancel(who, run["runId"])["status"]
        except AmbitError as refused:
            return CancelledJob(job_id=job_id, done=False, code=refused.code, detail=refused.detail)
        return CancelledJob(job_id=job_id, done=True, status=status)

    def sessions(self, who: Identity, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """The caller's own sessions, newest first."""
        page = self._store(who).sessions.list(limit=limit, after=self.position(who, SESSIONS, cursor))
        return self.page(who, SESSIONS, page, views.session)

    def session(self, who: Identity, session_id: str) -> dict[str, Any]:
        """One of the caller's own sessions with its latest runs."""
        store = self._store(who)
        record = store.sessions.get(session_id)
        run_ids = store.sessions.run_ids(session_id)
        found = store.runs.get_many(run_ids)
        history = [views.session_run(found[run_id]) for run_id in run_ids if run_id in found]
        return {**views.session(record), "history": history}

    def events(self, who: Identity, run_id: str, *, after: int, limit: int) -> tuple[list[dict[str, Any]], str]:
        """Part of a run's log from `after` + 1 on, and the run's status."""
        store = self._store(who)
        run = seen(store.runs.get(run_id, consistent=True), who)
        return store.runs.log.read(run_id, after=after, limit=limit), run["status"]

    def next_events(self, who: Identity, run_id: str, *, after: int) -> list[dict[str, Any]]:
        """What has been written to a run's log since `after`."""
        return self._store(who).runs.log.read(run_id, after=after, limit=200)

    def _begin(self, ask: Ask, store: TenantStore, route: str) -> StartedRun | str:
        """Start a run; the id of the earlier run when the request is a repetition.

        The start itself finds out about repetitions, so a first request looks for none. Whatever stands in the way of
        a start now (a limit, a switch, an agent that is gone), what was answered before is answered again.
        """
        ticket = self._ticket(ask, store, route)
        try:
            return start_run(self._request(ask, store, route, ticket), store, self.clock)
        except AlreadyAnswered as earlier:
            return earlier.run_id
        except AmbitError:
            earlier_id = made_before(ticket, store.answers.find(ticket), store) if ticket else None
            if earlier_id is None:
                raise
            return earlier_id

    def _ticket(self, ask: Ask, store: TenantStore, route: str) -> Ticket | None:
        key = ask.idempotency_key
        return store.answers.ticket(route, key, ask.fingerprint) if key else None

    def _request(self, ask: Ask, store: TenantStore, route: str, ticket: Ticket | None) -> RunRequest:
        body = ask.body
        webhook_id = _named_webhook(body.webhook_id, store)
        begins = new_id("ses")
        session = body.session_id or begins
        agent = self.resolver.resolve(ask.agent, store, ask.who.environment, session=session, pinned=ask.version)
        job = self._is_job(ask, agent, route)
        capability = flags.ASYNC if job else _CAPABILITIES[route]
        self.controls.admit(capability, tenant=ask.who.tenant(), tier=agent.tier, agent=agent.name)
        self.limiter.admit(store.rates, subjects(ask.who, agent))
        guarded = self._guarded(body, agent, store)
        return RunRequest(
            agent=agent,
            input=guarded.value["input"],
            max_seconds=agent.limits.seconds if job else self._seconds(route),
            trace_id=ask.trace.trace_id,
            context=guarded.value["context"],
            files=_named_files(body.files, store),
            metadata=guarded.value["metadata"],
            webhook_id=webhook_id,
            scope=scope_of(ask.again.run, agent) if ask.again else _scope(body, agent),
            continues=continuation(ask.again, agent, store) if ask.again else None,
            session_id=body.session_id,
            begins=begins,
            job=job,
            ticket=ticket,
            guarded=guarded,
        )

    def _guarded(self, body: InvokeRequest, agent: RunnableAgent, store: TenantStore) -> Guarded:
        """What is sent to the agent, as it may have it; what may not be sent at all stands in the audit log."""
        policy = self.guardrails.of(store, agent.name, agent.version_id)
        try:
            return incoming({"input": body.input, "context": body.context, "metadata": body.metadata}, policy)
        except BlockedByGuardrails as blocked:
            about = {"where": "input", "classes": list(blocked.classes)}
            self.audit(store.context).append(AuditDraft("run.guarded", agent.name, "denied", about))
            raise

    def _is_job(self, ask: Ask, agent: RunnableAgent, route: str) -> bool:
        if route == REQUEUE:
            return True
        if route == INVOKE:
            return ask.respond_async or agent.mode == _ASYNC
        if agent.mode == _ASYNC:
            raise ModeMismatch(
                f"The agent {agent.name} is asynchronous: call POST /v1/agents/{agent.name}/invoke and poll the job."
            )
        return False

    def _seconds(self, route: str) -> int:
        return self.timeouts.invoke if route == INVOKE else self.timeouts.stream

    def _hand_over(self, started: StartedRun, store: TenantStore) -> Run:
        """Give a queued run to its workflow. When that fails the run is over and the key is free again."""
        run = started.run
        try:
            self.workflows.start(store.context.tenant_id, run, lead.to_work(run, self.clock.now()))
        except DependencyUnavailable as unavailable:
            failure = Failure(RUNTIME_UNAVAILABLE, unavailable.detail)
            self.conductor.end(run, Outcome(RunStatus.FAILED, failure=failure), store)
            if started.ticket:
                store.answers.fail(started.ticket)
            raise
        if started.ticket:
            store.answers.complete(started.ticket, {"runId": run["runId"]})
        return run

    def _with_output(self, run: Run, store: TenantStore) -> Run:
        """The run with a large output fetched from the bucket."""
        if not run.get("outputKey"):
            return run
        stored = store.bucket().get(run["outputKey"])
        whole = {} if stored is None else {"output": json.loads(stored.data), "outputOmitted": None}
        return {**run, **whole}

    def _store(self, who: Identity) -> TenantStore:
        return self.open_store(TenantContext(TenantId(who.tenant()), who.principal_id))

    def position(self, who: Identity, route: str, cursor: str | None) -> str | None:
        """The id that a list of this caller's goes on after; InvalidCursor for a cursor of another list or tenant."""
        return self.cursors.decode(who.tenant(), route, cursor)["after"] if cursor else None

    def page(self, who: Identity, route: str, page: IdPage, show: Callable[[Run], dict[str, Any]]) -> dict[str, Any]:
        """Part of a list as the API answers it."""
        following = self.cursors.encode(who.tenant(), route, {"after": page.next_id}) if page.next_id else None
        return {"items": [show(item) for item in page.items], "nextCursor": following}


def _with_decisions(run: Run, store: TenantStore) -> Run:
    """The run with the decisions that the end of its log tells, by one query of its own partition."""
    last = int(run["lastSeq"])
    told = decisions(store.runs.log.read(run["runId"], after=max(0, last - LOOKED_AT), limit=LOOKED_AT))
    return {**run, "policyDecisions": told, **({"policyDecisionsOmitted": True} if last > LOOKED_AT else {})}


def subjects(who: Identity, agent: RunnableAgent) -> list[Subject]:
    """Whose rates a run of this agent by this caller counts for."""
    tier = limits(agent.tier)
    own = tier.agent_rate if agent.rate is None else Limit.per_second_of(agent.rate)
    rate = who.rate_per_second
    credential = None if rate is None else (who.principal_id, Limit.per_second_of(rate))
    return subjects_of(tier.run_rate, agent=(agent.name, own), credential=credential)


def _scope(body: InvokeRequest, agent: RunnableAgent) -> dict[str, Any] | None:
    """The scope as the run keeps it; BadRequest naming the tools that the agent does not have."""
    if body.scope is None:
        return None
    strange = [(place, name) for place, name in enumerate(body.scope.tools or ()) if name not in agent.tools]
    if strange:
        bad = tuple(FieldError(f"/scope/tools/{place}", "is no tool of the agent") for place, _ in strange)
        names = ", ".join(repr(name) for _, name in strange[:5])
        raise BadRequest(f"The agent {agent.name} has no such tool: {names}.", errors=bad)
    return body.scope.model_dump(by_alias=True, exclude_none=True)


def _named_webhook(webhook_id: str | None, store: TenantStore) -> str | None:
    """The endpoint that is to be told of the run; Unprocessable when it is not the tenant's."""
    try:
        found = store.webhooks.outline(webhook_id) if webhook_id is not None else {}
    except NotFound:
        found = None
    if found is None:
        bad = FieldError("/webhookId", "names a webhook that is not there")
        raise Unprocessable("The webhook that the call names is not there. Register it first.", errors=(bad,))
    return webhook_id


def _named_files(file_ids: list[str], store: TenantStore) -> list[dict[str, Any]]:
    """What the agent is told of the files an invocation names; Unprocessable when one is not the tenant's."""
    if not file_ids:
        return []
    try:
        records = store.files.get_many(file_ids)
    except NotFound:
        bad = FieldError("/files", "names a file that is not there")
        raise Unprocessable("A file that the call names is not there. Upload it first.", errors=(bad,)) from None
    return [{name: record[name] for name in ("fileId", "name", "contentType", "bytes")} for record in records]
