import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.stepfunctions.models import stepfunctions_backends

from data_access_lib import belongings, keys
from data_access_lib.repositories.audit import AuditReader, first_break
from data_access_lib.repositories.sessions import Sessions
from data_access_lib.retention import TERMS
from data_access_lib.tenant import TenantId
from lambdas.lifecycle import handler, retention
from lambdas.lifecycle.service import Lifecycle
from platform_kit.errors import DependencyUnavailable
from platform_kit.ids import new_id
from tests.functional.lifecycle.conftest import ACCOUNT, World
from tests.functional.moto_platform import REGION, TENANT_BUCKET, person, table
from tests.furnished import furnish, stored_items

ACME = TenantId("acme")


@pytest.fixture(autouse=True)
def small_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small tenant needs many."""
    monkeypatch.setattr(belongings, "PAGE", 5)
    monkeypatch.setattr(retention, "_PAGES", 2)
    monkeypatch.setattr(retention, "_PASSED", 7)
    monkeypatch.setattr(retention, "_OBJECTS", 2)


@pytest.fixture
def at(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the hand clock to so long after now: ids are made by the machine's clock, and their age counts."""
    begun = datetime.now(UTC)
    monkeypatch.setattr(handler, "SystemClock", lambda: world.clock)
    world.clock.moment = begun

    def move(**span: float) -> None:
        world.clock.moment = begun + timedelta(**span)

    return move


def sweep(world: World) -> dict[str, Any]:
    """The sweep of the hand clock's day, from its schedule to its end; how it ended."""
    begun = world.task({"step": "retain"}, None)
    world.run_workflows()
    return world.operation(str(begun["operationId"]))


def kinds(world: World, tenant: str = "acme") -> set[str]:
    return {keys.kind_of(item["pk"]["S"]) for item in stored_items(world.stores, tenant)}


def put_object(key: str, *bodies: bytes) -> str:
    for body in bodies or (b"x",):
        boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=key, Body=body)
    return key


def versions(prefix: str) -> int:
    found = boto3.client("s3").list_object_versions(Bucket=TENANT_BUCKET, Prefix=prefix)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def test_what_is_past_its_time_goes_and_what_is_not_quite_stays(world: World, at: Callable[..., None]) -> None:
    for tenant in ("acme", "globex"):
        world.put_tenant(tenant)
    furnish(world.stores, world.clock, "acme", status="succeeded")
    at(minutes=2)
    furnish(world.stores, world.clock, "globex", status="succeeded")
    before = kinds(world)
    at(days=90, minutes=1)
    younger = {item["pk"]["S"] for item in stored_items(world.stores, "globex") if "#IDEM#" not in item["pk"]["S"]}
    ended = sweep(world)
    assert (ended["status"], ended["progress"], ended["kind"]) == ("succeeded", 100, "retention.sweep"), ended
    assert before - kinds(world) == {"RUN", "JOB", "SESSION", "IDEM"}
    assert {item["pk"]["S"] for item in stored_items(world.stores, "globex")} == younger
    removed = {"RUN": "6", "JOB": "3", "SESSION": "6", "IDEM": "6"}
    assert ended["result"] == {"tenants": "2", "failed": "0", "objects": "0", **removed}


def test_an_item_goes_in_the_second_its_time_is_over_and_not_before(world: World, at: Callable[..., None]) -> None:
    world.put_tenant("acme")
    at(days=500)
    now = int(world.clock.now().timestamp())
    places = {wanted: keys.security_event_key(ACME, world.clock.now().date(), new_id("evt")) for wanted in (-1, 0, 1)}
    ops = world.stores.table(world.stores.ops)
    for offset, place in places.items():
        ops.put({**place._asdict(), "ttl": now + offset})
    sweep(world)
    assert [offset for offset, place in places.items() if ops.get(place)] == [1]


def test_after_all_terms_only_what_is_kept_is_left_and_the_ledger_is_untouched(
    world: World, at: Callable[..., None]
) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme", status="succeeded")
    ledger = world.stores.client._client.scan(TableName=world.stores.ledger)["Items"]  # type: ignore[attr-defined]
    world.stores.client.calls.clear()
    at(days=1000)
    ended = sweep(world)
    assert not kinds(world) & TERMS.keys()
    assert kinds(world) == {"INSTANCE", "AUDIT", "AUDITHEAD"}
    assert world.stores.client._client.scan(TableName=world.stores.ledger)["Items"] == ledger  # type: ignore[attr-defined]
    assert (ended["result"]["objects"], versions("tenants/acme/files/")) == ("3", 0)
    entries = AuditReader(world.stores.table(world.stores.ledger), ops := world.stores.table(world.stores.ops)).list()
    assert first_break(entries.entries) is None
    assert not [entry for entry in entries.entries if "detail" in entry or "salt" in entry]
    assert ops.get(keys.audit_head_key(ACME)) is not None


@pytest.mark.chaos("kills")
@pytest.mark.parametrize("turn", [0, 3, 8])
def test_a_sweep_that_dies_goes_on_where_it_stood(
    turn: int, world: World, at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant in ("acme", "globex"):
        world.put_tenant(tenant)
        furnish(world.stores, world.clock, tenant, runs=4, status="succeeded")
    save, died = Lifecycle._save, []

    def dying(self: Any, operation: Any, made: Any) -> None:
        died.append(made)
        if len(died) == turn + 1:
            raise DependencyUnavailable("the function was killed")
        save(self, operation, made)

    monkeypatch.setattr(Lifecycle, "_save", dying)
    world.looks = 1  # a turn an invocation: each begins from what the one before has saved
    at(days=1000)
    ended = sweep(world)
    assert (ended["status"], ended["result"]["tenants"], ended["result"]["failed"]) == ("succeeded", "2", "0"), ended
    assert len(died) > 8
    for tenant in ("acme", "globex"):
        assert not kinds(world, tenant) & TERMS.keys()
        assert versions(f"tenants/{tenant}/files/") == 0


def test_a_suspended_tenant_is_swept_and_one_that_is_made_or_erased_is_not(
    world: World, at: Callable[..., None]
) -> None:
    states = ("suspended", "provisioning", "deleting", "failed", "deleted")
    for status in states:
        world.put_tenant(f"is-{status}", status)
        furnish(world.stores, world.clock, f"is-{status}", runs=1, status="succeeded")
    before = {status: stored_items(world.stores, f"is-{status}") for status in states}
    at(days=1000)
    ended = sweep(world)
    assert ended["result"]["tenants"] == "1"
    assert not kinds(world, "is-suspended") & TERMS.keys()
    for status in states[1:]:
        assert stored_items(world.stores, f"is-{status}") == before[status]


def test_a_tenant_of_another_region_is_passed_over(world: World, at: Callable[..., None]) -> None:
    world.put_tenant("acme", residency="eu-west-1")
    world.put_tenant("globex")
    for tenant in ("acme", "globex"):
        furnish(world.stores, world.clock, tenant, runs=1, status="succeeded")
    before = stored_items(world.stores, "acme")
    at(days=1000)
    ended = sweep(world)
    assert stored_items(world.stores, "acme") == before
    assert not kinds(world, "globex") & TERMS.keys()
    assert ended["result"]["failed"] == "0"


def test_a_tenant_that_cannot_be_swept_is_counted_and_holds_nobody_up(
    world: World, at: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    for tenant in ("acme", "globex"):
        world.put_tenant(tenant)
    place = keys.security_event_key(ACME, world.clock.now().date(), new_id("evt"))
    world.stores.table(world.stores.ops).put({**place._asdict(), "ttl": "soon"})
    furnish(world.stores, world.clock, "globex", runs=1, status="succeeded")
    at(days=1000)
    ended = sweep(world)
    assert (ended["status"], ended["result"]["tenants"], ended["result"]["failed"]) == ("succeeded", "2", "1")
    assert not kinds(world, "globex") & TERMS.keys()
    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "RetentionFailed" in line]
    assert [line["RetentionFailed"] for line in emitted if "RetentionFailed" in line] == [[1.0]]


def test_objects_go_when_nothing_leads_to_them_and_exports_after_thirty_days(
    world: World, at: Callable[..., None]
) -> None:
    world.put_tenant("acme")
    run_id = furnish(world.stores, world.clock, "acme", runs=1, status="succeeded")[0]
    mine = put_object(keys.output_object(ACME, run_id), b"{}")
    kept = [mine, put_object(keys.marker_object(ACME)), put_object("tenants/acme/notes/a.txt")]
    kept.append(put_object(f"tenants/acme/files/{new_id('ses')}/a"))
    orphans = [
        put_object(keys.file_object(ACME, new_id("fil"), "a.csv"), b"1", b"2"),
        put_object(keys.output_object(ACME, new_id("run"))),
    ]
    export = put_object(keys.export_object(ACME, new_id("opn"), "manifest.json"))
    other = put_object(keys.file_object(TenantId("acme-2"), new_id("fil"), "a.csv"))
    files = versions("tenants/acme/files/")

    def there(*some: str) -> list[int]:
        return [versions(key) for key in some]

    at(hours=23)
    assert sweep(world)["result"]["objects"] == "0"
    at(days=29)
    assert sweep(world)["result"]["objects"] == "2"
    assert there(*orphans, export, other, *kept) == [0, 0, 1, 1, 1, 1, 1, 1]
    assert versions("tenants/acme/files/") == files - 2
    at(days=30, minutes=1)
    sweep(world)
    assert there(export, other, *kept) == [0, 1, 1, 1, 1, 1]


def test_a_conversation_that_goes_on_meanwhile_is_not_cut_off(
    world: World, at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_tenant("acme")
    runs = world.stores.table(world.stores.runs)
    session_id = new_id("ses")
    transaction = runs.transaction()
    Sessions(runs, world.clock).start(transaction, {"sessionId": session_id, "agent": "one"})
    transaction.commit()
    at(days=91)
    look = retention._remove_due

    def overtaken(*given: Any) -> None:
        touched = runs.transaction()
        Sessions(runs, world.clock).touch(touched, session_id)
        touched.commit()
        look(*given)

    monkeypatch.setattr(retention, "_remove_due", overtaken)
    assert "SESSION" not in sweep(world)["result"]
    assert Sessions(runs, world.clock).get(session_id)["runs"] == 2


def test_a_day_has_one_sweep_and_the_next_day_another(world: World, at: Callable[..., None]) -> None:
    world.put_tenant("acme")
    first = sweep(world)
    assert sweep(world)["operationId"] == first["operationId"]
    at(days=1)
    assert sweep(world)["operationId"] > first["operationId"]
    machines = {machine.name: machine for machine in stepfunctions_backends[ACCOUNT][REGION].state_machines}
    assert len(machines["lifecycle"].executions) == 2
    assert table("ops").get_item(Key=keys.operation_key(first["operationId"])._asdict())["Item"]["requestedBy"] == (
        "svc:schedule"
    )


def test_an_operator_may_sweep_at_once_and_sees_what_was_removed(world: World, at: Callable[..., None]) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme", runs=1, status="succeeded")
    at(days=1000)
    asked = {"headers": {"Idempotency-Key": "once"}}
    begun = world.ask("POST /v1/platform/retention-sweeps", **asked)
    assert (begun.status, begun.headers["location"]) == (202, f"/v1/operations/{begun.json['operationId']}")
    again = world.ask("POST /v1/platform/retention-sweeps", **asked)
    assert (again.json["operationId"], again.headers["idempotency-replayed"]) == (begun.json["operationId"], "true")
    world.run_workflows()
    assert world.operation(begun.json["operationId"])["result"]["FILE"] == "1"
    assert world.ask("POST /v1/platform/retention-sweeps", person("acme", "Tenant.Admin")).status == 403
