import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from data_access_lib.repositories.audit import first_break
from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.ids import new_id
from tests.functional.moto_platform import REGION, platform_on_moto, table

RUN = new_id("run")
Handle = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def queue() -> list[str]:
    return []


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Handle]:
    from lambdas.sequencer import handler

    with platform_on_moto(monkeypatch):
        url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="aside")["QueueUrl"]
        monkeypatch.setenv("UNSEQUENCED_QUEUE_URL", url)
        for tenant, status in (("acme", "active"), ("globex", "active"), ("gone", "deleted")):
            record = {"tenantId": tenant, "status": status, "residency": REGION, "etag": 1}
            table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant, **record})
        for function in (handler.build, handler._client):
            function.cache_clear()
        yield lambda event: handler.handle(event, None)


def record(seq: int, event: str = "call", tenant: str = "acme", **payload: Any) -> dict[str, Any]:
    told = {"type": event, "callId": f"c{seq}", "tool": "files.read", **payload}
    texts = {"runId": RUN, "stream": "tool", "event": event, "timestamp": "t", "payload": json.dumps(told)}
    image = {name: {"S": text} for name, text in texts.items()} | {"seq": {"N": str(seq)}}
    image |= {"pk": {"S": f"TENANT#{tenant}#RUN#{RUN}"}, "sk": {"S": f"EVENT#{seq:010d}"}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"10{seq}", "NewImage": image}}


def entries(tenant: str = "acme") -> list[dict[str, Any]]:
    from lambdas.sequencer import handler

    chain = handler.build().desk(TenantId(tenant)).chain
    found = chain.list(limit=100).entries
    assert first_break(found) is None
    return found


def set_aside() -> list[dict[str, str]]:
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.get_queue_url(QueueName="aside")["QueueUrl"]
    return [json.loads(one["Body"]) for one in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def test_a_batch_becomes_entries_of_each_tenants_chain_and_a_repeat_changes_nothing(handle: Handle) -> None:
    batch = {"Records": [record(1), record(2, "result", status="failed"), record(3, tenant="globex")]}
    assert handle(batch) == {"batchItemFailures": []}
    assert handle(batch) == {"batchItemFailures": []}
    assert [(entry["action"], entry["target"]) for entry in entries()] == [("tool.called", RUN), ("tool.failed", RUN)]
    assert [entry["detail"]["callId"] for entry in entries("globex")] == ["c3"]
    assert set_aside() == []


def test_a_record_that_is_none_is_set_aside_without_its_content(handle: Handle) -> None:
    broken = record(2, secret="hunter2")
    del broken["dynamodb"]["NewImage"]["runId"]
    assert handle({"Records": [broken, record(3)]}) == {"batchItemFailures": []}
    assert [entry["detail"]["event"] for entry in entries()] == [3]
    assert set_aside() == [{"place": f"TENANT#acme#RUN#{RUN} EVENT#0000000002", "reason": "malformed"}]


def test_what_cannot_be_written_now_is_asked_for_again(handle: Handle) -> None:
    handle({"Records": [record(1)]})
    table("ops").update_item(
        Key={"pk": "TENANT#acme#AUDITHEAD", "sk": "META"},
        UpdateExpression="SET seq = :zero",
        ExpressionAttributeValues={":zero": 5},
    )
    table("ledger").put_item(Item={"pk": "TENANT#acme#AUDIT", "sk": f"{6:012d}", "seq": 6})
    answer = handle({"Records": [record(2, tenant="globex"), record(3), record(4)]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "103"}]}
    assert len(entries("globex")) == 1


def test_a_tenant_that_is_deleted_gets_nothing(handle: Handle) -> None:
    assert handle({"Records": [record(1, tenant="gone")]}) == {"batchItemFailures": []}
    assert [item for item in table("ledger").scan()["Items"] if "gone" in item["pk"]] == []


def test_a_run_is_caught_up_with_from_its_own_events(handle: Handle) -> None:
    from data_access_lib.client import TenantScopedTable
    from data_access_lib.repositories.events import EventDraft
    from data_access_lib.repositories.runs import Runs
    from data_access_lib.signals import OpsAccessSignals

    client: Any = boto3.client("dynamodb", region_name=REGION)
    who = TenantContext(TenantId("acme"), "usr:1:ada")
    runs = TenantScopedTable(client, "ambit-test-runs", who, OpsAccessSignals(lambda: client, "ambit-test-ops"))
    transaction = runs.transaction()
    drafts = [EventDraft("lifecycle", "started", {}), EventDraft("tool", "call", {"callId": "c", "tool": "t"})]
    Runs(runs).start(transaction, {"runId": RUN, "sessionId": new_id("ses"), "status": "running"}, drafts)
    transaction.commit()
    assert handle({"tenantId": "acme", "runId": RUN}) == {"entered": 1}
    assert handle({"tenantId": "acme", "runId": RUN}) == {"entered": 0}
    with pytest.raises(ValueError, match="extra"):
        handle({"tenantId": "acme", "runId": RUN, "more": 1})
