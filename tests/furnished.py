"""A tenant with some of everything, written by the repositories that do so in earnest."""

from typing import Any

from data_access_lib import keys
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.sessions import Sessions
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores

EVENTS = 7


def furnish(stores: Stores, clock: HandClock, tenant: str, *, runs: int = 3, status: str = "running") -> list[str]:
    """Runs with events, jobs, sessions, files with objects, budgets, answers, audit entries, instances; the run ids."""
    made = [_furnish_run(stores, clock, tenant, status) for _ in range(runs)]
    for agent in ("one", "two", "three"):
        Instances(stores.table(stores.control, tenant)).create_if_absent({"agent": agent, "status": "active"})
    return made


def _furnish_run(stores: Stores, clock: HandClock, tenant: str, status: str) -> str:
    table, ops = stores.table(stores.runs, tenant), stores.table(stores.ops, tenant)
    run_id, session_id, file_id = new_id("run"), new_id("ses"), new_id("fil")
    run = {"runId": run_id, "sessionId": session_id, "jobId": new_id("job"), "status": status, "agent": "one"}
    run |= {"output": {"text": "grüße", "n": 1.0}, "taskToken": "a-task-token", "principalId": "usr:1:ada"}
    transaction = table.transaction()
    Runs(table, clock).start(transaction, run, [EventDraft("lifecycle", "started")])
    Sessions(table, clock).start(transaction, {"sessionId": session_id, "agent": "one"})
    Sessions(table, clock).record_run(transaction, session_id, run_id)
    Budgets(ops, clock).reserve(transaction, run_id, 1, 1000, 100)
    transaction.commit()
    if status == "running":
        Runs(table, clock).log.append(run_id, [EventDraft("assistant", "delta", {"text": "x"})] * EVENTS, known=1)
    key = keys.file_object(TenantId(tenant), file_id, "a.csv")
    stores.objects(tenant).put(key, f"{tenant},{file_id}\n".encode() * 9, content_type="text/csv")
    Files(table).create({"fileId": file_id, "name": "a.csv", "key": key, "bytes": 9})
    records = Idempotency(ops, clock)
    records.begin(records.ticket("POST /v1/files", run_id, b""))
    AuditLog(stores.table(stores.ledger, tenant), ops, clock).append(AuditDraft("file.created", file_id))
    return run_id


def stored_keys(stores: Stores, tenant: str) -> set[tuple[str, str]]:
    """What a tenant has in the tables, read past the library by the one scan there is, in a test."""
    return {(item["pk"]["S"], item["sk"]["S"]) for item in stored_items(stores, tenant)}


def stored_items(stores: Stores, tenant: str) -> list[dict[str, Any]]:
    """The same, with everything in it."""
    client: Any = stores.client._client
    names = (stores.control, stores.runs, stores.ops, stores.ledger)
    items = [item for name in names for item in client.scan(TableName=name)["Items"]]
    return [item for item in items if item["pk"]["S"].startswith(f"TENANT#{tenant}#")]
