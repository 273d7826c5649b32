"""Every method of every repository, found by reflection, called as one tenant with another tenant's ids.

A new method takes part by itself; a new parameter name fails here until `samples` says what a hostile caller passes.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

import data_access_lib.repositories as package
from data_access_lib import keys
from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.conditions import Change, attr
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.approvals import Approvals, Asked
from data_access_lib.repositories.audit import AuditDraft, AuditLog, AuditReader
from data_access_lib.repositories.audit_sequence import EventAct
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.budgets import Budgets, Reservation
from data_access_lib.repositories.canaries import Canaries
from data_access_lib.repositories.circuits import CircuitRecords
from data_access_lib.repositories.data_keys import DataKeys, Wrapped
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import TenantEvents
from data_access_lib.repositories.events import EventDraft, EventLog
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.holds import Holds
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.invites import Invites
from data_access_lib.repositories.key_usage import KeyUsage
from data_access_lib.repositories.kill_switches import KillSwitches
from data_access_lib.repositories.locks import Lease, Locks
from data_access_lib.repositories.members import Members
from data_access_lib.repositories.models import Models
from data_access_lib.repositories.policies import Policies
from data_access_lib.repositories.pools import Amount, PoolDefinitions, Pools, PoolShare
from data_access_lib.repositories.promotion_approvals import PromotionApprovals
from data_access_lib.repositories.rates import Draw
from data_access_lib.repositories.recordings import Recordings
from data_access_lib.repositories.replays import Replays
from data_access_lib.repositories.run_checkpoints import Checkpoint
from data_access_lib.repositories.runs import JobFilter, Runs
from data_access_lib.repositories.runtime_routes import RuntimeRouteRecords
from data_access_lib.repositories.schedules import Firings, Schedules
from data_access_lib.repositories.sessions import Sessions
from data_access_lib.repositories.tool_packs import PackPublishers
from data_access_lib.repositories.webhook_gates import WebhookGates
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.tenant import TenantId
from governance.audit.chain import Head
from governance.canary import Part, one
from governance.events import PlatformEvent
from governance.holds import Held, Hold, HoldState
from governance.incidents import Fact, Kind
from governance.rates import Limit
from platform_kit.errors import AmbitError
from platform_kit.ids import new_id
from tests.stores import HandClock, SeenAudit, Stores

pytestmark = pytest.mark.family("isolation")
MARK = "globex-secret"
"""In every field of the other tenant's records: no answer to acme may hold it."""
DRAFT = EventDraft("assistant", "delta", {"text": "x"})
NOW = datetime(2026, 3, 4, tzinfo=UTC)
CANARY = new_id("can")
AT = "2026-03-04T05:06:07.890Z"


FACT = Fact(Kind.RUN_HALTED, f"agent:{MARK}", new_id("run"), NOW, MARK, agent=MARK, detail={"mark": MARK})
HELD = Hold(Held(HoldState.PAUSED, "usr:1:gus", MARK, 1), version=1)


@dataclass(frozen=True)
class Victim:
    """What globex has, by id."""

    run_id: str
    session_id: str
    job_id: str
    file_id: str
    key_id: str = field(default_factory=lambda: new_id("key"))
    caller_id: str = field(default_factory=lambda: new_id("awc"))
    user_id: str = field(default_factory=lambda: new_id("usr"))
    invite_id: str = field(default_factory=lambda: new_id("inv"))
    policy_id: str = field(default_factory=lambda: new_id("pol"))
    approval_id: str = field(default_factory=lambda: new_id("apr"))
    budget_id: str = field(default_factory=lambda: new_id("bud"))
    switch_id: str = field(default_factory=lambda: new_id("ksw"))
    webhook_id: str = field(default_factory=lambda: new_id("whk"))
    delivery_id: str = field(default_factory=lambda: new_id("dlv"))
    event_id: str = field(default_factory=lambda: new_id("evt"))
    schedule_id: str = field(default_factory=lambda: new_id("sch"))
    replay_id: str = field(default_factory=lambda: new_id("rpl"))


def fire(schedule: dict[str, Any], firings: Firings) -> None:
    firings.claim(schedule["scheduleId"], "2026-03-04T00:00:00.000Z")
    firings.finish(schedule["scheduleId"], "2026-03-04T00:00:00.000Z", {"detail": MARK})


def replayed(runs: Any, ids: Victim) -> Victim:
    recordings = Recordings(runs, _no_bucket)
    recordings.hand(ids.run_id, 1, {"checkpoint": MARK})
    recordings.end(ids.run_id, 1, recordings.begin(ids.run_id, 1), {"asked": MARK, "answer": {"body": MARK}})
    Replays(runs).create({"runId": ids.run_id, "replayId": ids.replay_id, "status": "running", "replayResult": MARK})
    return ids


@pytest.fixture
def victim(stores: Stores, clock: HandClock) -> Victim:
    """Globex, with one of everything."""
    runs, ops = stores.table(stores.runs, "globex"), stores.table(stores.ops, "globex")
    ids = replayed(runs, Victim(new_id("run"), new_id("ses"), new_id("job"), new_id("fil")))
    transaction = runs.transaction()
    run = {"runId": ids.run_id, "sessionId": ids.session_id, "jobId": ids.job_id, "status": "running", "input": MARK}
    Runs(runs, clock).start(transaction, run, [EventDraft("lifecycle", "started", {"text": MARK})])
    Sessions(runs, clock).start(transaction, {"sessionId": ids.session_id, "agent": "echo-agent", "note": MARK})
    Sessions(runs, clock).record_run(transaction, ids.session_id, ids.run_id)
    Budgets(ops, clock).reserve(transaction, ids.run_id, 7, 1000, 100)
    records = Idempotency(ops, clock)
    ticket = records.ticket("POST /v1/files", "key-1", b"body")
    control = stores.table(stores.control, "globex")
    ApiKeys(control).create_in(transaction, {"keyId": ids.key_id, "name": MARK, "status": "active", "secrets": []})
    AwsCallers(control).create_in(transaction, {"callerId": ids.caller_id, "name": MARK})
    fire(Schedules(control).create_in(transaction, {"scheduleId": ids.schedule_id, "name": MARK}), Firings(ops, clock))
    KeyUsage(ops).add(ids.key_id, 3, MARK)
    held = {"approvalId": ids.approval_id, "digest": MARK, "expiresAt": 9 * 10**12, "requiredRoles": [MARK]}
    Approvals(runs, clock).create_in(transaction, held, {"text": MARK})
    Approvals(runs, clock).note_in(transaction, ids.run_id, Asked(), {MARK: {"approvalId": ids.approval_id}})
    transaction.commit()
    records.begin(ticket, resource=MARK)
    records.complete(ticket, {"secret": MARK})
    Files(runs).create({"fileId": ids.file_id, "name": MARK})
    Instances(control).create_if_absent({"agent": "echo-agent", "note": MARK})
    DataKeys(control).add(Wrapped(1, MARK, MARK.encode()))
    joining = control.transaction()
    person = {"userId": ids.user_id, "principalId": "usr:1:ada", "roles": ["Tenant.Admin"], "status": "active"}
    Members(control).join(joining, {**person, "email": MARK})
    Invites(control).create(joining, {"inviteId": ids.invite_id, "email": MARK})
    policy = {"policyId": ids.policy_id, "agent": "echo-agent", "name": MARK, "override": {"models": [MARK]}}
    Policies(control).create_in(joining, policy)
    Models(control).put_in(joining, {"alias": "fast", "targets": [MARK]}, etag=None)
    pool = {"budgetId": ids.budget_id, "name": MARK, "limits": {"calls": 5}}
    PoolDefinitions(control).create_in(joining, pool)
    KillSwitches(control).add_in(joining, {"switchId": ids.switch_id, "scope": "agent", "target": MARK})
    Pools(ops).settle_in(joining, [PoolShare(ids.budget_id)], "2026-11", Amount(calls=1))
    joining.commit()
    Incidents(ops).report(FACT)
    hooked = control.transaction()
    endpoint = {"webhookId": ids.webhook_id, "url": MARK, "status": "active", "events": [MARK], "secrets": [MARK]}
    Webhooks(control).create_in(hooked, endpoint)
    hooked.commit()
    TenantEvents(runs).put(PlatformEvent(ids.event_id, "job.failed", "globex", AT, {"jobId": MARK}))
    sent = {"webhookId": ids.webhook_id, "deliveryId": ids.delivery_id, "eventId": ids.event_id, "type": "job.failed"}
    Deliveries(runs).create({**sent, "body": MARK, "createdAt": AT})
    WebhookGates(ops).enter(ids.webhook_id, ids.delivery_id, 1)
    Holds(ops).write("echo-agent", Hold(), HELD)
    Canaries(ops).add(CANARY, Part.STABLE, one(failed=True, blocked=False, milliseconds=1), NOW)
    AuditLog(stores.table(stores.ledger, "globex"), ops, clock).append(AuditDraft("file.read", ids.file_id, MARK))
    stores.client.calls.clear()
    return ids


def classes() -> Iterator[type]:
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and not kind.__name__.startswith("_") and is_repository(kind):
                yield kind


def is_repository(kind: type) -> bool:
    return "table" in inspect.signature(kind.__init__).parameters  # type: ignore[misc]  # looked at, not called


def methods(kind: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]


CASES = sorted(
    (kind.__module__.rpartition(".")[2], kind.__name__, name) for kind in classes() for name in methods(kind)
)
TENANT_TABLES = {"runs": "runs", "events": "runs", "sessions": "runs", "files": "runs", "instances": "control"}
TENANT_TABLES |= {"idempotency": "ops", "budgets": "ops", "rates": "ops", "audit": "ledger", "data_keys": "control"}
TENANT_TABLES |= {"api_keys": "control", "aws_callers": "control", "key_usage": "ops"}
PLATFORM_TABLES = {"credentials": "control", "tenants": "control", "issuers": "control", "catalogue": "control"}
PLATFORM_TABLES |= {"flags": "control"}
TENANT_TABLES |= {"audit_sequence": "ledger"}
TENANT_TABLES |= {"members": "control", "invites": "control", "policies": "control"}
TENANT_TABLES |= {"approvals": "runs", "models": "control", "run_checkpoints": "runs"}
PLATFORM_TABLES |= {"circuits": "ops", "dead_letters": "ops"}
PLATFORM_TABLES |= {"locks": "ops", "runtime_routes": "ops"}
TENANT_TABLES |= {"schedules": "control"}
TENANT_TABLES |= {"pools": "control", "recordings": "runs", "replays": "runs"}
PLATFORM_TABLES |= {"tools": "control", "tool_packs": "control"}
PLATFORM_TABLES |= {"suites": "control", "evaluations": "ops"}
PLATFORM_TABLES |= {"certifications": "control", "promotion_approvals": "control", "promotion_overrides": "control"}
TENANT_TABLES |= {"webhooks": "control", "event_log": "runs", "deliveries": "runs", "webhook_gates": "ops"}
TENANT_TABLES |= {"incidents": "ops", "holds": "ops", "kill_switches": "control", "canaries": "ops"}
PLATFORM_TABLES |= {"incident_epoch": "ops"}
PLATFORM_TABLES |= {"operations": "ops", "security_events": "ops", "break_glass": "ops"}


def test_every_repository_is_known_to_be_a_tenants_or_the_platforms() -> None:
    assert {module for module, _, _ in CASES} == TENANT_TABLES.keys() | PLATFORM_TABLES.keys()
    assert len(CASES) > 60


def repository(stores: Stores, clock: HandClock, module: str, name: str, tenant: str = "acme") -> Any:
    kind = getattr(importlib.import_module(f"{package.__name__}.{module}"), name)
    if module in TENANT_TABLES:
        table: Any = stores.table(getattr(stores, TENANT_TABLES[module]), tenant)
    else:
        admin = AdminContext("usr:1:ops", ("Platform.Operator",), "isolation")
        client: Any = stores.client
        table = AdminTable(client, getattr(stores, PLATFORM_TABLES[module]), admin, SeenAudit(), stores.signals)
    takes = inspect.signature(kind).parameters
    more: dict[str, Any] = {"heads": stores.table(stores.ops, tenant)} if "heads" in takes else {}
    more |= {"bucket": _no_bucket} if "bucket" in takes else {}
    return kind(table, **more, clock=clock) if "clock" in takes else kind(table, **more)


def _no_bucket() -> Any:
    raise AssertionError("what is small stays in the table")


def samples(victim: Victim, instance: Any, table: Any) -> dict[str, Any]:
    """What a hostile caller passes: globex's own ids wherever an id goes."""
    run: dict[str, Any] = {"runId": victim.run_id, "sessionId": victim.session_id, "jobId": victim.job_id}
    run |= {"status": "running", "lastSeq": 1}
    record: dict[str, Any] = {
        "fileId": victim.file_id,
        "agent": "echo-agent",
        "tenantId": "globex",
        "name": "echo-agent",
        "iss": "https://x/",
    }
    record |= {"operationId": new_id("opn"), "versionId": new_id("ver"), "switchId": victim.switch_id}
    record |= {"keyId": victim.key_id, "callerId": victim.caller_id}
    record |= {"grantId": new_id("brk")}
    record |= {"etag": 1}
    record |= {"scheduleId": victim.schedule_id}
    record |= {"webhookId": victim.webhook_id, "deliveryId": victim.delivery_id, "eventId": victim.event_id}
    record |= {"round": 1, "attempt": 1, "type": "job.failed", "body": "{}", "createdAt": AT}
    if isinstance(instance, PackPublishers):
        record |= {"keyId": "0" * 64}
    record |= {"evaluationId": new_id("evl"), "caseId": "a", "repeat": 0}
    record |= {"userId": victim.user_id, "principalId": "usr:1:ada", "roles": ["Tenant.Admin"], "status": "active"}
    record |= {"inviteId": victim.invite_id, "alias": "fast", "updatedAt": "2026-03-04T05:06:07.890Z"}
    approval_id = new_id("pra") if isinstance(instance, PromotionApprovals) else victim.approval_id
    record |= {"approvalId": approval_id, "digest": "0" * 64}
    record |= {"certificationId": new_id("crt"), "requestId": new_id("bgp"), "votes": [], "closed": []}
    record |= {"policyId": victim.policy_id, "version": 1, "override": {}}
    record |= {"budgetId": victim.budget_id, "limits": {"calls": 5}}
    replay = {"runId": victim.run_id, "replayId": victim.replay_id, "etag": 1, "status": "running"}
    record |= replay if isinstance(instance, Replays) else {}
    return {
        "run_id": victim.run_id,
        "replay_id": victim.replay_id,
        "replay": replay,
        "position": 1,
        "most": 10,
        "told": {"checkpoint": MARK},
        "call": {"kind": "tool", "name": "x", "hash": "0" * 64, "asked": {}, "answer": {}},
        "evaluation_id": record["evaluationId"],
        "case_id": "a",
        "repeat": 0,
        "latest": 0,
        "queue": "globex",
        "message_id": "globex",
        "run_ids": [victim.run_id],
        "session_id": victim.session_id,
        "job_id": victim.job_id,
        "new_job_id": victim.job_id,
        "wanted": JobFilter(),
        "checkpoint": Checkpoint(1, 1, 1, "0" * 64, AT, {"text": MARK}),
        "file_id": victim.file_id,
        "file_ids": [victim.file_id],
        "key_id": "0" * 64 if isinstance(instance, PackPublishers) else victim.key_id,
        "head": {"name": "crm", "versions": {}},
        "alike": "crm",
        "key_ids": [victim.key_id],
        "caller_id": victim.caller_id,
        "digest": "0" * 64,
        "owner_id": victim.key_id,
        "grant": {"id": victim.key_id, "tenantId": "globex", "kind": "key"},
        "expires_at": 1,
        "calls": 1,
        "user_id": victim.user_id,
        "invite_id": victim.invite_id,
        "policy_id": victim.policy_id,
        "what": "The budget",
        "approval_id": approval_id,
        "certification_id": record["certificationId"],
        "request_id": record["requestId"],
        "approval_ids": [victim.approval_id],
        "arguments": {"text": "x"},
        "asked": Asked(),
        "by_digest": {"0" * 64: {"approvalId": victim.approval_id, "tool": "files.write"}},
        "budget_id": victim.budget_id,
        "shares": [PoolShare(victim.budget_id, calls=5)],
        "amount": Amount(calls=1),
        "number": 1,
        "principal_id": "usr:1:ada",
        "role": "Tenant.Admin",
        "action": "file.",
        "version_id": new_id("ver"),
        "operation_id": new_id("opn"),
        "switch_id": victim.switch_id,
        "grant_id": new_id("brk"),
        "tenant_id": TenantId("globex"),
        "agent": "echo-agent",
        "iss": "https://x/",
        "name": "openai/globex" if isinstance(instance, CircuitRecords) else "agents.invoke",
        "alias": "fast",
        "version": 0,
        "issuer_id": keys.issuer_id("https://x/"),
        "run": run,
        "record": record,
        "session": {"sessionId": victim.session_id, "principalId": "usr:1:ada"},
        "event": PlatformEvent(victim.event_id, "job.failed", "acme", AT, {"jobId": "x"})
        if isinstance(instance, TenantEvents)
        else {"eventId": new_id("evt")},
        "fields": {"note": "changed"},
        "canary_id": CANARY,
        "part": Part.STABLE,
        "counted": one(failed=True, blocked=False, milliseconds=1),
        "incident_id": FACT.incident_id("globex"),
        "incident": {"incidentId": FACT.incident_id("globex"), "etag": 1},
        "fact": replace(FACT, about="agent:x", title="x", agent="x", detail={}),
        "entry": {"type": "change", "title": "changed"},
        "moment": NOW,
        "severity": "S2",
        "kind": "run-halted",
        "seen": 0 if isinstance(instance, RuntimeRouteRecords) else HELD,
        "holder": "globex",
        "seconds": 5,
        "lease": Lease("globex", "globex", 1, 2**50),
        "locks": Locks(table),
        "region": "us-east-1",
        "hold": Hold(version=2),
        "error": {"code": "X"},
        "drafts": [DRAFT],
        "status": "succeeded",
        "tier": "basic",
        "remove": ("note",),
        "abandoned_before": "2026-03-04T00:00:00.000Z",
        "by": "usr:1:ada",
        "payload": {"a": 1},
        "state": {"a": 1},
        "change": Change(set_={"note": "changed"}),
        "also": lambda _: None,
        "known": 1,
        "after": 0 if isinstance(instance, (EventLog, AuditReader)) else victim.run_id,
        "before": 9,
        "newest_first": True,
        "draft": AuditDraft("file.deleted", victim.file_id),
        "build": lambda _: None,
        "acts": [EventAct(victim.run_id, 1, AuditDraft("tool.called", victim.run_id))],
        "held": Head(),
        "new_head": Head(1, "f" * 64),
        "limit": 1000 if isinstance(instance, Budgets) else 10,
        "consistent": True,
        "attempts": [] if isinstance(instance, Deliveries) else 2,
        "attempt": int(isinstance(instance, Recordings)),
        "add": {"n": 1},
        "only": attr("status").exists(),
        "matching": {"agent": "echo-agent"},
        "names": ["agents.invoke"],
        "transaction": table.transaction(),
        "route": "POST /v1/files",
        "key": "key-1",
        "wrapped": Wrapped(1, "arn", b"wrapped"),
        "body": b"body",
        "ticket": instance.ticket("POST /v1/files", "key-1", b"body") if isinstance(instance, Idempotency) else None,
        "item": None,
        "resource": "x",
        "response": {"a": 1},
        "result": {"a": 1, "caseId": "a", "repeat": 0},
        "progress": 5,
        "etag": 1,
        "month": "2026-03",
        "pico": 5,
        "runs": 100,
        "draws": [Draw("agent:globex", Limit(1, 1), 1), Draw("credential:TENANT#globex#RATE", Limit(1, 1), 1)],
        "now": 1,
        "now_ms": 1,
        "schedule_id": victim.schedule_id,
        "webhook_id": victim.webhook_id,
        "delivery_id": victim.delivery_id,
        "event_id": victim.event_id,
        "mark": "budget#2026-11#80",
        "claim": "c",
        "reason": "x",
        "succeeded": False,
        "cost": 3,
        "reservation": Reservation("2026-03", keys.shard_of(victim.run_id), 5),
        "day": date(2026, 3, 4),
        "at": "2026-03-04T00:00:00.000Z",
    }


def arguments(method: Callable[..., Any], known: dict[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(method).parameters
    missing = set(parameters) - set(known)
    assert not missing, f"say in `samples` what a hostile caller passes as {missing}"
    return {name: known[name] for name in parameters}


def call(instance: Any, method: str, known: dict[str, Any]) -> Any:
    """The answer, or the refusal: both must be clean."""
    try:
        answer = getattr(instance, method)(**arguments(getattr(instance, method), known))
        answer = list(answer) if isinstance(answer, Iterator) else answer
        transaction = known["transaction"]
        if len(transaction):
            transaction.commit()
    except AmbitError as refusal:
        return (refusal.detail, refusal.members, getattr(refusal, "item", None))
    return answer


def partitions(value: Any) -> Iterator[str]:
    """Every partition key anywhere in a request."""
    if isinstance(value, dict):
        yield from (found for inner in value.values() for found in partitions(inner))
    elif isinstance(value, (list, tuple)):
        yield from (found for inner in value for found in partitions(inner))
    elif isinstance(value, str) and value.startswith("TENANT#"):
        yield value


@pytest.mark.parametrize(("module", "name", "method"), CASES, ids=str)
def test_no_method_reaches_another_tenant(
    stores: Stores, clock: HandClock, victim: Victim, module: str, name: str, method: str
) -> None:
    before = snapshot(stores, "globex")
    instance = repository(stores, clock, module, name)
    stores.client.calls.clear()
    answer = call(instance, method, samples(victim, instance, instance_table(instance)))
    allowed = "TENANT#acme#" if module in TENANT_TABLES else "TENANT#platform#"
    named = [partition for _, request in stores.client.calls for partition in partitions(request)]
    assert all(partition.startswith(allowed) for partition in named)
    assert MARK not in json.dumps(answer, default=repr)
    assert snapshot(stores, "globex") == before
    assert stores.signals.attempts == []


HOSTILE = [
    *("", "#", "..", "TENANT#globex#RUN", "run_\0", "x" * 5000, "../globex", "platform", "acme-2"),
    "r\u0443n_" + "0" * 32,
]
NAMES = (
    "replay_id",
    "schedule_id",
    "webhook_id",
    "delivery_id",
    "event_id",
    "mark",
    "approval_id",
    "budget_id",
    "policy_id",
    "alias",
    "user_id",
    "invite_id",
    "principal_id",
    "run_id",
    "session_id",
    "job_id",
    "file_id",
    "key_id",
    "caller_id",
    "digest",
    "version_id",
    "operation_id",
    "switch_id",
    "grant_id",
    "name",
    "region",
    "agent",
    "iss",
    "issuer_id",
    "route",
    "key",
    "by",
)


@pytest.mark.parametrize(("module", "name", "method"), CASES, ids=str)
def test_no_identifier_breaks_out(stores: Stores, clock: HandClock, module: str, name: str, method: str) -> None:
    instance = repository(stores, clock, module, name)
    for hostile in HOSTILE:
        call(instance, method, with_hostile(hostile, instance))
    allowed = "TENANT#acme#" if module in TENANT_TABLES else "TENANT#platform#"
    named = [partition for _, request in stores.client.calls for partition in partitions(keys_of(request))]
    assert all(partition.startswith(allowed) for partition in named)
    assert stores.signals.attempts == []


def with_hostile(hostile: str, instance: Any) -> dict[str, Any]:
    """The samples, with one hostile text wherever an identifier goes."""
    nobody = Victim(new_id("run"), new_id("ses"), new_id("job"), new_id("fil"))
    known = samples(nobody, instance, instance_table(instance))
    known |= dict.fromkeys(NAMES, hostile) | {"file_ids": [hostile], "run_ids": [hostile], "key_ids": [hostile]}
    return known | {"run": {**known["run"], "runId": hostile}, "session": {"sessionId": hostile}}


def instance_table(instance: Any) -> Any:
    return vars(instance).get("_table") or AdminTableless(instance)


class AdminTableless:
    """Readers begin no transactions."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def transaction(self) -> Any:
        return ()


DATA = {"iss", "agent", "name", "route", "cancelledBy", "runId", "by"}


def keys_of(value: Any) -> Any:
    """A request without the data in it: only what addresses an item. A query's partition is its first value."""
    if isinstance(value, dict):
        if "FilterExpression" in value:
            value = value | {"ExpressionAttributeValues": value["ExpressionAttributeValues"][":v0"]}
        return {name: keys_of(inner) for name, inner in value.items() if name not in DATA}
    return [keys_of(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def snapshot(stores: Stores, tenant: str) -> list[str]:
    """All that a tenant has, read past every boundary: the one scan there is, and only in a test."""
    client: Any = stores.client._client
    items = [
        item
        for name in (stores.control, stores.runs, stores.ops, stores.ledger)
        for item in client.scan(TableName=name)["Items"]
    ]
    return sorted(
        json.dumps(i, sort_keys=True, default=repr) for i in items if i["pk"]["S"].startswith(f"TENANT#{tenant}#")
    )


def test_the_victims_own_view_shows_the_mark(stores: Stores, clock: HandClock, victim: Victim) -> None:
    """The test would be worth nothing if the mark were nowhere to be found."""
    runs = Runs(stores.table(stores.runs, "globex"), clock)
    assert MARK in json.dumps(runs.get(victim.run_id))
    assert len(snapshot(stores, "globex")) >= 8
    assert NOW.tzinfo is UTC
