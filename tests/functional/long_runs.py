"""Asynchronous runs whole, on moto: the real workflow definition, jobs, gateway, approvals, and the agents' own kit.

What is stood in for: Step Functions' engine, the runtime's process (the agent's work is called here, in its place), and
the network between an agent and the gateway. Anything may be killed at any of its writes.
"""

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from ambit_agent import ApprovalRefusedError, Gateway, Invocation, Job, Retry
from ambit_agent.gateway import CallMadeBeforeError, GatewayError
from ambit_agent.job import Stopped

from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.clock import SystemClock
from run_lifecycle.resolution import AgentResolver
from run_lifecycle.start import RunRequest, start_run
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.killing import Killed
from tests.functional.moto_platform import Answer, client, event, person, table
from tests.functional.run_platform import release, runs_on_moto, stored_run
from tests.functional.state_machine import Callbacks, StateMachine, TaskEnded

AGENT: Final = "echo-async"
TERMINAL: Final = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
MANIFEST: Final = {"tools": ["files.write"], "maxDurationSeconds": 3600, "heartbeatSeconds": 30, "maxAttempts": 4}
Work = Callable[[Job], Any]


class ProcessGone(Exception):
    """The process of the agent is gone: nothing of it is heard any more."""


class NearGateway(Gateway):
    """The agent's client, without a network: what it sends is what the gateway's handler gets."""

    handle: Any

    def _once(self, path: str, body: object, connection: Any) -> tuple[int, Any]:
        claims = json.loads(base64.urlsafe_b64decode(self._token.split(".")[1] + "=="))
        names = {"runId": "run", "agent": "agent", "versionId": "version", "sessionId": "session", "mode": "mode"}
        bound = {name: str(claims[claim]) for name, claim in names.items()}
        bound |= {"tenantId": claims["tenant"], "principalId": claims["sub"], "credential": "run", "tier": "standard"}
        bound |= {"roles": "", "scopes": "", "environment": "prod", "attempt": str(claims["attempt"])}
        template, parts = f"POST /v1/gateway{path}", {}
        if path.startswith("/approvals/"):
            template, parts = "POST /v1/gateway/approvals/{id}", {"path": {"id": path.rpartition("/")[2]}}
        try:
            answer = self.handle(event(template, body=body, authorizer=bound, **parts), None)
        except Killed:
            return 502, {"message": "Internal server error"}
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


@dataclass
class Plant:
    """The platform, an agent's `work`, and what has happened."""

    runtime: FakeRuntime
    callbacks: Callbacks
    work: Work
    people: Callable[["Plant"], None] = lambda _: None
    acknowledged: list[str] = field(default_factory=list)
    machines: list[StateMachine] = field(default_factory=list)
    _answered: int = 0

    def queue(self, seconds: int = 3600, **context: Any) -> dict[str, Any]:
        """A job as the bridge hands it over."""
        from lambdas.jobs import handler

        jobs = handler.build()
        store = jobs.service.open_store(TenantContext(TenantId("acme"), person("acme")["principalId"]))
        agent = AgentResolver(lambda: jobs.parts.catalogue).resolve(AGENT, store, "prod", session="ses_1")
        context = {"act": "accept", **context}
        request = RunRequest(
            agent=agent, input="go", max_seconds=seconds, trace_id="ab" * 16, context=context, job=True
        )
        return {**start_run(request, store, SystemClock()).run, "tenantId": "acme"}

    def lead(self, run: dict[str, Any]) -> str:
        """Its workflow from beginning to end, and the reaper behind it as long as it has none; the run's status."""
        from run_lifecycle import lead

        given = {name: run[name] for name in ("tenantId", "runId", "jobId")}
        self._execute({**given, "lead": lead.to_work(run, SystemClock().now())})
        for _ in range(20):
            found = stored_run("acme", run["runId"])
            if found["status"] in TERMINAL:
                return str(found["status"])
            self.reap(run)
        raise AssertionError(f"the run does not end: {found}")

    def reap(self, run: dict[str, Any]) -> list[str]:
        """What happens once its lease is over."""
        key = {"pk": f"TENANT#acme#RUN#{run['runId']}", "sk": "META"}
        table("runs").update_item(Key=key, UpdateExpression="SET leaseUntil = :x", ExpressionAttributeValues={":x": 1})
        return list(self.step({"step": "reap", "tenantId": "acme"})["reaped"])

    def step(self, sent: dict[str, Any]) -> dict[str, Any]:
        """One invocation of the function `jobs`; a killed one is what Step Functions makes of it."""
        from lambdas.jobs import handler

        try:
            return handler.handle(sent, None)
        except Killed:
            raise TaskEnded("Lambda.Unknown") from None

    def events(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """The run's log."""
        from lambdas.jobs import handler

        store = handler.build().service.open_store(TenantContext(TenantId("acme"), "svc:test"))
        return store.runs.log.read(run["runId"], limit=500)

    def life(self, run: dict[str, Any]) -> list[str]:
        """Its lifecycle, without what guardrails say."""
        return [item["event"] for item in self.events(run) if item["stream"] == "lifecycle"]

    def files(self, run: dict[str, Any]) -> list[str]:
        """What the run has left: the effects of its calls."""
        items = table("runs").scan()["Items"]
        return sorted(
            item["name"] for item in items if "#FILE#" in item["pk"] and item["createdBy"] == f"run:{run['runId']}"
        )

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        """What the reaper starts in the place of a lost execution."""
        self._execute(json.loads(input))

    def _execute(self, given: dict[str, Any]) -> None:
        machine = StateMachine("run", {"JobsFunctionArn": self.step}, self.callbacks, self._meanwhile)
        self.machines.append(machine)
        with contextlib.suppress(TaskEnded):  # an execution that fails is for the reaper
            machine.run(given)

    def _meanwhile(self, state: str) -> None:
        if state == "AwaitApproval":
            waiting = dict(self.callbacks.waiting)
            self.people(self)
            if waiting == self.callbacks.waiting:
                raise TaskEnded("States.Timeout")
            return
        if len(self.runtime.calls) == self._answered:
            raise TaskEnded("States.HeartbeatTimeout")  # nobody was asked, or who was is gone
        self._answered = len(self.runtime.calls)
        self.attempt(self.runtime.calls[-1])

    def attempt(self, payload: dict[str, Any]) -> None:
        """What a process of the agent does with an invocation."""
        from lambdas.gateway import handler

        invocation = Invocation.parse(payload)
        gateway = NearGateway(invocation, sleep=lambda _: None)
        gateway.handle = handler.handle
        try:
            gateway.heartbeat(0, "began")
            output = self.work(Job(invocation, gateway))
        except (Stopped, ProcessGone, GatewayError):
            return
        except Retry as passing:
            with contextlib.suppress(GatewayError):
                gateway.fail("AGENT_ERROR", str(passing), retryable=True)
            return
        except Exception as error:  # noqa: BLE001 - as the kit does with an agent's failure
            with contextlib.suppress(GatewayError):
                gateway.fail("AGENT_ERROR", f"{type(error).__name__}: {error}")
            return
        with contextlib.suppress(GatewayError):
            gateway.complete(output)
            self.acknowledged.append(invocation.run_id)


def write_once(job: Job, name: str) -> str:
    """Leave a file; an earlier attempt's is good too. ValueError where nobody knows whether it did."""
    try:
        job.call("files.write", name=name, contentType="text/plain", text="figures")
    except CallMadeBeforeError as before:
        if before.outcome != "succeeded":
            raise ValueError(f"{name} may be there or not") from None
    return name


def stepwise(job: Job) -> list[str]:
    """Three files, with a checkpoint after each."""
    done = list(job.state or [])
    for step in range(len(done), 3):
        done.append(write_once(job, f"part-{step}.txt"))
        job.checkpoint(done)
    return done


def careful(job: Job) -> str:
    """A checkpoint, one call that may be held, and what came of it."""
    if job.state is None:
        job.checkpoint({"asked": True})
    try:
        job.call("files.write", name="held.txt", contentType="text/plain", text="figures")
    except ApprovalRefusedError as refused:
        return refused.code
    return "written"


def hold_every_call() -> None:
    """From now on policy asks people about every call of the agent's."""
    from data_access_lib.client import TenantScopedTable
    from data_access_lib.repositories.policies import Policies
    from platform_kit.ids import new_id
    from tests.functional.gateway.conftest import Silent

    context = TenantContext(TenantId("acme"), "usr:test")
    control = TenantScopedTable(client("dynamodb"), "ambit-test-control", context, Silent())
    transaction = control.transaction()
    override = {"policyId": new_id("pol"), "name": "p", "agent": AGENT, "override": {"autonomyTier": 0}}
    Policies(control).create_in(transaction, override)
    transaction.commit()


def held(run: dict[str, Any]) -> str:
    """The approval that a run waits for."""
    return str(stored_run("acme", run["runId"])["pendingApproval"])


def decide(approval_id: str, decision: str) -> Answer:
    """What somebody else of the tenant says to it: `approve` or `deny`."""
    from lambdas.approvals import handler

    body = {"decision": decision, "reason": "looked at it"}
    route, path = "POST /v1/approvals/{id}/decision", {"id": approval_id}
    who = person("acme", "Tenant.Developer", "other")
    return Answer.of(handler.handle(event(route, path=path, body=body, authorizer=who), None))


@contextlib.contextmanager
def plant_on_moto(monkeypatch: pytest.MonkeyPatch, work: Work, **manifest: Any) -> Iterator[Plant]:
    """The platform with one asynchronous agent, whose work this is."""
    from lambdas.approvals import handler as approvals
    from lambdas.gateway import handler as gateway
    from lambdas.jobs import handler as jobs
    from run_lifecycle.callbacks import TaskCallbacks

    cached = (jobs.build, gateway.build, gateway._door, approvals.build)
    with runs_on_moto(monkeypatch) as runtime:
        plant = Plant(runtime, Callbacks(), work)
        for made in cached:
            made.cache_clear()
        release(AGENT, {**MANIFEST, **manifest})
        callbacks: Any = plant.callbacks
        callbacks.start_execution = plant.start_execution
        monkeypatch.setattr(gateway, "TaskCallbacks", lambda _client: TaskCallbacks(callbacks))
        monkeypatch.setattr(approvals, "_tasks", lambda: TaskCallbacks(callbacks))
        get = jobs.build().parts.clients.get
        own = lambda service, config=None: callbacks if service == "stepfunctions" else get(service, config)  # noqa: E731
        monkeypatch.setattr(jobs.build().parts.clients, "get", own)
        yield plant
        for made in cached:
            made.cache_clear()
