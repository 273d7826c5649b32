"""HTTP in, runs out: what the function `bridge` serves."""

from datetime import datetime
from typing import Any, Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.repositories.runs import JobFilter
from data_access_lib.tenant import TenantId
from governance.pinning import HEADER, pinned_version
from governance.run_state import RunStatus
from lambdas.bridge import replays, views
from lambdas.bridge.break_glass import Look
from lambdas.bridge.models import (
    AcceptedReply,
    CancelJobs,
    CancelledJobs,
    GrantPage,
    GrantReply,
    InvokeRequest,
    JobPage,
    JobReply,
    OpenBreakGlass,
    ReplayPage,
    ReplayReply,
    Requeue,
    ResultReply,
    RunPage,
    RunReply,
    SessionPage,
    SessionReply,
    StartReplay,
)
from lambdas.bridge.replays import LIST, START
from lambdas.bridge.service import Ask, BridgeService
from platform_kit import problem
from platform_kit.api import Call, Reply, Routes
from platform_kit.clock import parse_rfc3339
from platform_kit.errors import AmbitError, BadRequest, FieldError
from platform_kit.ids import is_id
from run_lifecycle.outcome import Run

ROUTES: Final = Routes("bridge")
REPLAYED: Final = {"idempotency-replayed": "true"}
_PAGE: Final = {"limit": "How many, 1 to 100.", "cursor": "Where to go on: `nextCursor` of the page before."}
_FILTERS: Final = {
    "agent": "Only of this agent.",
    "status": "Only in this state.",
    "sessionId": "Only of this session.",
}
_JOB_FILTERS: Final = {
    "agent": "Only of this agent.",
    "status": "Only in this state.",
    "from": "Only those begun at this time or later (RFC 3339).",
    "to": "Only those begun before this time (RFC 3339).",
}
_STATUSES: Final = tuple(status.value for status in RunStatus)


@ROUTES.handle("POST /v1/agents/{agent}/invoke", request=InvokeRequest, replies={200: ResultReply, 202: AcceptedReply})
def invoke_agent(call: Call, service: BridgeService, body: InvokeRequest) -> Reply:
    """Invoke an agent and wait for its result, or get a job for an asynchronous one."""
    invoked = service.invoke(ask(call, body))
    extra = REPLAYED if invoked.replayed else {}
    if invoked.run.get("jobId"):
        return Reply(views.accepted(invoked.run), 202, {"location": views.job_path(invoked.run), **extra})
    if not invoked.replayed:
        return Reply(views.answer(invoked.run))
    return _replay(invoked.run, call)


@ROUTES.handle(
    "GET /v1/runs",
    replies={200: RunPage},
    query={**_PAGE, **_FILTERS},
)
def list_runs(call: Call, service: BridgeService) -> Reply:
    """List runs, newest first."""
    return Reply(service.runs(call.who(), limit=call.limit(), cursor=call.cursor, only=_only(call)))


@ROUTES.handle("GET /v1/runs/{id}", replies={200: RunReply})
def get_run(call: Call, service: BridgeService) -> Reply:
    """Get one run with its usage, cost, output and what was decided about its calls."""
    return Reply(views.detail(service.detail(call.who(), call.path["id"])))


@ROUTES.handle("POST /v1/runs/{id}/cancel", replies={200: RunReply})
def cancel_run(call: Call, service: BridgeService) -> Reply:
    """Cancel a run: its agent is told to stop, its budget is settled."""
    return Reply(views.detail(service.cancel(call.who(), call.path["id"])))


@ROUTES.handle(START, request=StartReplay, replies={201: ReplayReply, 202: ReplayReply})
def start_replay(call: Call, service: BridgeService, body: StartReplay) -> Reply:
    """Replay a run from its record: nothing is called, nothing is spent, and the differences are told."""
    asked = replays.Asked(call.who(), call.path["id"], body, call.trace, call.idempotency_key, call.raw_body)
    started = replays.Replayer(service).start(asked)
    made = replays.shown(started.replay)
    place = {"location": f"/v1/runs/{made['runId']}/replays/{made['replayId']}"}
    status = 202 if made["status"] == "running" else 201
    return Reply(made, status, place | (REPLAYED if started.repeated else {}))


@ROUTES.handle(LIST, replies={200: ReplayPage}, query=_PAGE)
def list_replays(call: Call, service: BridgeService) -> Reply:
    """List a run's replays, newest first, with whether each did the same."""
    found = replays.Replayer(service).all(call.who(), call.path["id"], limit=call.limit(), cursor=call.cursor)
    return Reply(found)


@ROUTES.handle("GET /v1/runs/{id}/replays/{replayId}", replies={200: ReplayReply})
def get_replay(call: Call, service: BridgeService) -> Reply:
    """Get how a replay of a run went, and in what it differed."""
    found = replays.Replayer(service).look(call.who(), call.path["id"], call.path["replayId"])
    return Reply(replays.shown(found))


@ROUTES.handle("GET /v1/jobs", replies={200: JobPage}, query={**_PAGE, **_JOB_FILTERS})
def list_jobs(call: Call, service: BridgeService) -> Reply:
    """List jobs, newest first, with how far each has come."""
    status, since, until = call.choice("status", _STATUSES), _time(call, "from"), _time(call, "to")
    wanted = JobFilter(call.query.get("agent"), status, since, until)
    return Reply(service.jobs(call.who(), wanted, limit=call.limit(), cursor=call.cursor))


@ROUTES.handle("POST /v1/jobs/cancel", request=CancelJobs, replies={200: CancelledJobs})
def cancel_jobs(call: Call, service: BridgeService, body: CancelJobs) -> CancelledJobs:
    """Cancel several jobs; what became of each."""
    return service.cancel_jobs(call.who(), body.job_ids)


@ROUTES.handle("POST /v1/jobs/{id}/requeue", request=Requeue, replies={202: AcceptedReply})
def requeue_job(call: Call, service: BridgeService, body: Requeue) -> Reply:
    """Do a job again that ended badly: a new job, from where it was or from its start."""
    made = service.requeue(call.who(), call.path["id"], body, trace=call.trace, key=call.idempotency_key)
    extra = REPLAYED if made.replayed else {}
    return Reply(views.accepted(made.run), 202, {"location": views.job_path(made.run), **extra})


@ROUTES.handle("GET /v1/jobs/{id}", replies={200: JobReply})
def get_job(call: Call, service: BridgeService) -> Reply:
    """Get how an asynchronous run stands."""
    return Reply(views.job(service.job(call.who(), call.path["id"])))


@ROUTES.handle("GET /v1/sessions", replies={200: SessionPage}, query=_PAGE)
def list_sessions(call: Call, service: BridgeService) -> Reply:
    """List your own sessions, newest first."""
    return Reply(service.sessions(call.who(), limit=call.limit(), cursor=call.cursor))


@ROUTES.handle("GET /v1/sessions/{id}", replies={200: SessionReply})
def get_session(call: Call, service: BridgeService) -> Reply:
    """Get one of your own sessions with its latest runs."""
    return Reply(service.session(call.who(), call.path["id"]))


@ROUTES.handle("POST /v1/tenants/{id}/break-glass", request=OpenBreakGlass, replies={201: GrantReply})
def open_break_glass(call: Call, service: BridgeService, body: OpenBreakGlass) -> Reply:
    """Open a tenant's runs to yourself for a time, with a reason; its administrators see it."""
    tenant_id = TenantId(call.path["id"])
    made, replayed = service.emergency().open(call.who(), tenant_id, body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, REPLAYED if replayed else {})


@ROUTES.handle("GET /v1/tenants/{id}/break-glass", replies={200: GrantPage}, query=_PAGE)
def list_break_glass(call: Call, service: BridgeService) -> GrantPage:
    """List who had a tenant's runs opened, when and why, newest first."""
    tenant_id = TenantId(call.path["id"])
    return service.emergency().list(call.who(), tenant_id, limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("DELETE /v1/tenants/{id}/break-glass/{grantId}", replies={204: None})
def end_break_glass(call: Call, service: BridgeService) -> Reply:
    """End a break-glass access before its time."""
    service.emergency().end(call.who(), TenantId(call.path["id"]), call.path["grantId"])
    return Reply(None, 204)


@ROUTES.handle("GET /v1/tenants/{id}/runs", replies={200: RunPage}, query={**_PAGE, **_FILTERS})
def list_tenant_runs(call: Call, service: BridgeService) -> Reply:
    """List a tenant's runs during a break-glass access; entered in its audit log."""
    tenant_id, only, limit = TenantId(call.path["id"]), _only(call), call.limit()
    asked = Look("break_glass.runs_listed", tenant_id, {"filters": only})
    return Reply(
        service.emergency().read(
            call.who(),
            tenant_id,
            asked,
            lambda inside: service.runs(inside, limit=limit, cursor=call.cursor, only=only),
        )
    )


@ROUTES.handle("GET /v1/tenants/{id}/runs/{runId}", replies={200: RunReply})
def get_tenant_run(call: Call, service: BridgeService) -> Reply:
    """Get one of a tenant's runs, input and output included, during a break-glass access; entered in its audit log."""
    run_id = call.path["runId"]
    if not is_id(run_id, "run"):  # nor is it entered: an audit log keeps ids, not what somebody typed
        raise InvalidIdentifier("run")
    asked = Look("break_glass.run_read", run_id, {})
    emergency, tenant_id = service.emergency(), TenantId(call.path["id"])
    return Reply(
        emergency.read(call.who(), tenant_id, asked, lambda inside: views.detail(service.detail(inside, run_id)))
    )


def ask(call: Call, body: InvokeRequest) -> Ask:
    """The request to run an agent that a call makes."""
    who = call.who()
    return Ask(
        who=who,
        agent=call.path["agent"],
        body=body,
        trace=call.trace,
        idempotency_key=call.idempotency_key,
        respond_async=_prefers_async(call.headers.get("prefer", "")),
        version=pinned_version(call.headers.get(HEADER), who.tenant_id),
    )


def _time(call: Call, name: str) -> datetime | None:
    """A moment that a list was asked with; BadRequest for anything else."""
    text = call.query.get(name)
    try:
        return parse_rfc3339(text) if text else None
    except ValueError:
        says = "a time with its offset, such as 2026-01-31T09:00:00Z"
        raise BadRequest(f"{name} must be {says}.", errors=(FieldError(f"?{name}", says),)) from None


def _only(call: Call) -> dict[str, str]:
    """The filters that a list of runs was asked with."""
    only = {name: call.query[name] for name in ("agent", "status", "sessionId") if name in call.query}
    if only.get("status", "queued") not in _STATUSES:
        raise BadRequest("status is not a state of a run.", errors=(FieldError("?status", "not a state of a run"),))
    return only


def _prefers_async(header: str) -> bool:
    """`Prefer: respond-async` (RFC 7240 §4.1), alone or among other preferences."""
    return any(part.partition(";")[0].strip().lower() == "respond-async" for part in header.split(","))


def _replay(run: Run, call: Call) -> Reply:
    """The answer that the first request got, its failure included."""
    try:
        return Reply(views.answer(run), headers=REPLAYED)
    except AmbitError as error:
        document: dict[str, Any] = problem.document(error, request_id=call.request_id, instance=call.url_path)
        return Reply(document, error.status, {**problem.headers(error), **REPLAYED})
