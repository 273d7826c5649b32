"""From what changed in the tables to what is told: each fact once, to everybody who asked."""

import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from data_access_lib import keys
from data_access_lib.errors import ResidencyViolation, StoreUnavailable
from data_access_lib.tenant import TenantId
from governance.events import cloud_event, event_type
from governance.events.envelope import envelope_schema
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id
from tests.functional.moto_platform import table
from tests.webhook_world import Listener, World, streamed


def told(world: World) -> list[str]:
    """The types on the bus; each event holds its schema."""
    for event in world.bus.put_events:
        jsonschema_rs.validate(envelope_schema(), cloud_event(event))
        jsonschema_rs.validate(event_type(event.type).schema(), dict(event.data))
    return [event.type for event in world.bus.put_events]


def ended(world: World, status: str = "succeeded", tenant: str = "acme", **fields: Any) -> dict[str, Any]:
    run = {
        "runId": new_id("run"),
        "agent": "analyst-agent",
        "versionId": new_id("ver"),
        "sessionId": new_id("ses"),
        "status": status,
        "createdAt": rfc3339(world.clock.now()),
        "finishedAt": rfc3339(world.clock.now()),
        "durationMs": 5,
        "costPico": 150_000_000,
        "input": "the customer's question",
        "output": "the agent's answer",
        **fields,
    }
    return world.run_ended(run, tenant)


def test_the_end_of_a_job_is_told_to_log_bus_and_endpoints(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook", "job.succeeded")
    world.register(f"{listener.origin}/other", "job.failed")
    assert world.publisher.take([ended(world, jobId=new_id("job"))]) is None
    assert told(world) == ["job.succeeded"]
    (logged,) = world.call("GET /v1/events").json["items"]
    assert logged == cloud_event(world.bus.put_events[0])
    assert world.deliver() == 1
    (message,) = listener.messages()
    assert message["json"] == logged
    assert (message["path"], message["json"]["data"]["cost"]["amount"]) == ("/hook", "0.000150")
    assert b"customer" not in message["body"]
    assert b"answer" not in message["body"]
    assert world.shown(made["webhookId"])["status"] == "active"


@pytest.mark.parametrize("status", ["succeeded", "failed", "halted", "cancelled", "timed_out"])
def test_however_a_job_ends_it_is_told(world: World, status: str) -> None:
    world.publisher.take([ended(world, status, jobId=new_id("job"))])
    assert told(world) == [f"job.{status}", *(["run.halted"] if status == "halted" else [])]


def test_of_a_run_that_is_no_job_only_its_halt_is_told(world: World) -> None:
    world.publisher.take([ended(world), ended(world, "failed"), ended(world, "halted")])
    assert told(world) == ["run.halted"]


@pytest.mark.chaos("duplicates")
def test_a_fact_that_is_seen_a_hundred_times_is_told_once(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    record = ended(world, jobId=new_id("job"))
    world.publisher.take([record] * 100)
    assert told(world) == ["job.succeeded"]
    assert len(world.log(made["webhookId"])) == len(world.queue.queued) == 1


@pytest.mark.chaos("aws-faults")
def test_what_could_not_be_told_is_told_when_it_is_seen_again(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    first, second = (ended(world, jobId=new_id("job")) for _ in range(2))
    world.bus.down = 1
    place = world.publisher.take([first, second])
    assert place == first["dynamodb"]["SequenceNumber"]
    assert len(told(world)) == 1
    assert world.publisher.take([first, second]) is None
    assert len(told(world)) == len(world.log(made["webhookId"])) == 2


@pytest.mark.chaos("kills")
def test_who_dies_after_the_bus_tells_it_again_under_the_same_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record = ended(world, jobId=new_id("job"))

    def dies(_dispatches: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(world.queue, "send", dies)
    assert world.publisher.take([record])
    monkeypatch.undo()
    world.publisher.take([record])
    assert len({event.event_id for event in world.bus.put_events}) == 1


def test_the_endpoint_that_a_run_names_is_told_of_its_job(world: World, listener: Listener) -> None:
    named = world.register(f"{listener.origin}/named", "tenant.suspended")
    world.publisher.take([ended(world, jobId=new_id("job"), webhookId=named["webhookId"])])
    assert [one["type"] for one in world.log(named["webhookId"])] == ["job.succeeded"]


def approval(world: World, status: str, approval_id: str) -> dict[str, Any]:
    now = rfc3339(world.clock.now())
    texts = {"approvalId": approval_id, "kind": "tool", "status": status, "agent": "a", "tool": "t", "risk": "high"}
    image: dict[str, Any] = {name: {"S": text} for name, text in {**texts, "createdAt": now, "decidedAt": now}.items()}
    image |= {"requiredRoles": {"S": json.dumps(["Tenant.Admin"])}, "expiresAt": {"N": "1800000000000"}}
    image |= {"votes": {"B": "c2VhbGVk"}}
    return streamed(f"TENANT#acme#APPROVAL#{approval_id}", "META", image, "MODIFY")


def test_an_approval_is_told_when_it_is_asked_for_and_decided(world: World) -> None:
    one = new_id("apr")
    states = ("pending", "pending", "approved", "consumed", "approved")
    world.publisher.take([approval(world, status, one) for status in states])
    assert told(world) == ["approval.requested", "approval.decided"]


def test_an_approval_that_nobody_decided_in_time_is_told_once(world: World) -> None:
    one = new_id("apr")
    world.publisher.take([approval(world, status, one) for status in ("pending", "expired", "expired")])
    assert told(world) == ["approval.requested", "approval.expired"]


def test_the_arguments_of_an_approval_are_no_approval(world: World) -> None:
    one = new_id("apr")
    frozen = {"approvalId": {"S": one}, "arguments": {"B": "c2VhbGVk"}}
    assert world.publisher.take([streamed(f"TENANT#acme#APPROVAL#{one}", "ARGUMENTS", frozen)]) is None
    assert told(world) == []


def test_an_incident_is_told_when_it_is_opened_and_not_when_it_changes(world: World) -> None:
    one, now = new_id("inc"), rfc3339(world.clock.now())
    item = {"incidentId": one, "kind": "run-halted", "severity": "S2", "about": "agent:a", "openedAt": now}
    table("ops").put_item(Item={"pk": "TENANT#acme#INCIDENT", "sk": one, **item})
    records = [streamed("TENANT#acme#INCIDENT", one, name=name) for name in ("INSERT", "MODIFY", "MODIFY")]
    world.publisher.take(records)
    assert told(world) == ["incident.opened"]


def test_a_suspension_is_told_once_and_not_again_for_another_change(world: World) -> None:
    record = streamed("TENANT#platform#TENANT", "acme", name="MODIFY")
    world.publisher.take([record])
    at = rfc3339(world.clock.now())
    world.put_tenant("acme", status="suspended", suspendedAt=at, suspensionReason="unpaid")
    world.publisher.take([record, record])
    world.clock.advance(days=3)
    world.publisher.take([record])
    assert told(world) == ["tenant.suspended"]


def version(status: str, at: str) -> dict[str, Any]:
    return {"agent": "a", "versionId": new_id("ver"), "status": status, "approvedAt": at, "updatedAt": at}


def moved(world: World, monkeypatch: pytest.MonkeyPatch, status: str) -> dict[str, Any]:
    """A version's record as it stands now, and the stream's record of it."""
    found = version(status, rfc3339(world.clock.now()))
    table("control").put_item(Item={"pk": "TENANT#platform#TEMPLATE", "sk": "a", "agent": "a"})
    catalogue = world.publisher.catalogue()
    monkeypatch.setattr(catalogue.versions, "find", lambda _agent, _id: found)
    return streamed("TENANT#platform#VERSION#a", str(found["versionId"]), name="MODIFY")


@pytest.mark.parametrize(
    ("status", "kind"), [("approved", "agent.version.promoted"), ("rolled_back", "agent.version.rolled_back")]
)
def test_a_version_is_told_to_the_tenants_that_use_its_agent(
    world: World, monkeypatch: pytest.MonkeyPatch, status: str, kind: str
) -> None:
    key = keys.instance_key(TenantId("globex"), "a")
    table("control").put_item(Item={**key._asdict(), "agent": "a"})
    record = moved(world, monkeypatch, status)
    world.publisher.take([record, record])
    assert told(world) == [kind]
    assert world.bus.put_events[0].tenant_id == "globex"


def _used_by(*tenants: str) -> None:
    for tenant in tenants:
        table("control").put_item(Item={**keys.instance_key(TenantId(tenant), "a")._asdict(), "agent": "a"})


def _failing_for(world: World, tenant: str, failure: Exception) -> None:
    """This tenant's desk cannot be opened."""
    opened = world.publisher.desk

    def desk(tenant_id: TenantId) -> Any:
        if tenant_id == tenant:
            raise failure
        return opened(tenant_id)

    object.__setattr__(world.publisher, "desk", desk)


def test_a_tenant_of_another_region_is_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _used_by("acme", "globex")
    _failing_for(world, "acme", ResidencyViolation())
    assert world.publisher.take([moved(world, monkeypatch, "approved")]) is None
    assert [event.tenant_id for event in world.bus.put_events] == ["globex"]
    assert world.publisher.take([ended(world, jobId=new_id("job"))]) is None


def test_a_tenant_that_cannot_be_told_of_a_version_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _used_by("acme", "globex")
    _failing_for(world, "acme", StoreUnavailable())
    record = moved(world, monkeypatch, "approved")
    assert world.publisher.take([record]) == record["dynamodb"]["SequenceNumber"]
    assert [event.tenant_id for event in world.bus.put_events] == ["globex"]


def test_every_other_state_of_a_version_is_not_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publisher.take([moved(world, monkeypatch, "candidate")])
    assert told(world) == []


def spend(world: World, dollars: int) -> None:
    month = world.clock.now().strftime("%Y-%m")
    key = keys.budget_key(TenantId("acme"), 0, month)
    numbers = {"remaining": 0, "reserved": 0, "spent": dollars * 10**12, "running": 0}
    table("ops").put_item(Item={**key._asdict(), **numbers})


def test_each_threshold_of_a_budget_is_told_once_a_month_by_whichever_process(world: World) -> None:
    world.put_tenant("acme", monthlyBudgetPico=100 * 10**12)
    found = []
    for dollars in (10, 50, 60, 85, 120):
        spend(world, dollars)
        world.publisher.take([ended(world)])
        world.publisher.reached.clear()  # another process
        found.append([event.data["thresholdPercent"] for event in world.bus.put_events])
    assert told(world) == ["budget.threshold"] * 3
    assert found == [[], [50], [50], [50, 80], [50, 80, 100]]
    world.clock.advance(days=31)
    spend(world, 55)
    world.publisher.take([ended(world)])
    assert len(told(world)) == 4


def test_a_disabled_endpoint_is_told_to_the_others(world: World, listener: Listener) -> None:
    dead, other = world.register(f"{listener.origin}/dead"), world.register(f"{listener.origin}/other")
    listener.status = 410
    world.call("POST /v1/webhooks/{id}/test", path={"id": dead["webhookId"]})
    world.deliver()
    world.publisher.take([streamed("TENANT#acme#WEBHOOK", dead["webhookId"], name="MODIFY")] * 2)
    assert told(world) == ["webhook.disabled"]
    assert [one["type"] for one in world.log(other["webhookId"])] == ["webhook.disabled"]


def test_an_endpoint_that_somebody_switched_off_is_no_news(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    off = {"if-match": f'"{made["version"]}"'}
    world.call("PATCH /v1/webhooks/{id}", path={"id": made["webhookId"]}, body={"status": "disabled"}, headers=off)
    world.publisher.take([streamed("TENANT#acme#WEBHOOK", made["webhookId"], name="MODIFY")])
    assert told(world) == []


@pytest.mark.parametrize("status", ["deleting", "deleted", "provisioning", "failed"])
def test_of_a_tenant_that_is_no_more_nothing_is_told(world: World, status: str) -> None:
    world.put_tenant("acme", status=status)
    world.publisher.take([ended(world, jobId=new_id("job"))])
    assert told(world) == []


def test_what_happened_long_ago_is_not_told(world: World) -> None:
    record = ended(world, jobId=new_id("job"))
    world.clock.moment += timedelta(days=3)
    world.publisher.take([record])
    assert told(world) == []


@pytest.mark.parametrize(
    "record",
    [
        streamed("TENANT#acme#RUN#run_1", "EVENT#1", {"stream": {"S": "tool"}, "event": {"S": "call"}}),
        streamed("TENANT#acme#RUN#run_1", "META"),
        streamed("TENANT#acme#SESSION#ses_1", "META"),
        streamed("TENANT#platform#TENANT", "platform"),
        streamed("TENANT#platform#FLAG", "x"),
        streamed("TENANT#platform#INCIDENT", "inc_1"),
        streamed("nonsense", "x"),
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "Keys": {"pk": {"S": "x"}}}},
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1"}},
    ],
)
def test_what_is_nothing_to_tell_is_passed_over(world: World, record: dict[str, Any]) -> None:
    assert world.publisher.take([record]) is None
    assert told(world) == []


def test_one_tenants_events_are_not_anothers(world: World, listener: Listener) -> None:
    from tests.functional.moto_platform import person

    world.register(f"{listener.origin}/hook")
    world.publisher.take([ended(world, jobId=new_id("job"), tenant="globex")])
    assert world.queue.queued == []
    assert world.call("GET /v1/events").json["items"] == []
    other = world.call("GET /v1/events", person("globex", "Tenant.Viewer")).json["items"]
    assert [one["tenantid"] for one in other] == ["globex"]


def test_the_log_of_events_pages_and_filters(world: World) -> None:
    world.publisher.take([ended(world, status, jobId=new_id("job")) for status in ("succeeded", "failed", "failed")])
    page = world.call("GET /v1/events", query={"limit": "2"}).json
    rest = world.call("GET /v1/events", query={"limit": "2", "cursor": page["nextCursor"]}).json
    assert len(page["items"]) + len(rest["items"]) == 3
    only = world.call("GET /v1/events", query={"type": "job.failed"}).json["items"]
    assert [one["type"] for one in only] == ["job.failed"] * 2
    assert world.call("GET /v1/events", query={"type": "job.exploded"}).status == 400
