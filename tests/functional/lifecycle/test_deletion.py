import hashlib
import json
import os
from typing import Any

import boto3
import pytest

from data_access_lib import belongings, keys
from data_access_lib.inventory import kind
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.audit import AuditReader, first_break
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantId
from lambdas.lifecycle import deletion
from lambdas.tenants.usage_keys import UsageKeys
from platform_kit import aws_roles
from platform_kit.errors import DependencyUnavailable
from platform_kit.ids import new_id
from tests.functional.lifecycle.conftest import SCHEDULES, World
from tests.functional.moto_platform import ARTIFACT_BUCKET, TENANT_BUCKET, operator, person, table
from tests.functional.state_machine import ExecutionFailed
from tests.furnished import furnish, stored_items, stored_keys

DELETE = "DELETE /v1/tenants/{id}"
ACME = {"id": "acme"}
ROLE = "arn:aws:iam::123456789012:role/batch"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small tenant needs many turns."""
    monkeypatch.setattr(belongings, "PAGE", 5)
    monkeypatch.setattr(deletion, "_PAGES", 2)
    monkeypatch.setattr(deletion, "_VERSIONS", 2)


def sent(world: World, tenant: str = "acme") -> dict[str, Any]:
    etag = world.ask("GET /v1/tenants/{id}", path={"id": tenant}).headers["etag"]
    return {"body": {"confirm": tenant}, "headers": {"If-Match": etag}}


def inhabited(world: World, tenant: str = "acme") -> list[str]:
    """A tenant with everything, inside and on the platform's side; its runs."""
    world.put_tenant(tenant)
    runs = furnish(world.stores, world.clock, tenant)
    control = world.stores.table(world.stores.control, tenant)
    transaction = control.transaction()
    digests = [hashlib.sha256(f"{tenant}{number}".encode()).hexdigest() for number in range(2)]
    secrets = [{"digest": digest} for digest in digests]
    ApiKeys(control).create_in(transaction, {"keyId": new_id("key"), "secrets": secrets, "status": "active"})
    AwsCallers(control).create_in(transaction, {"callerId": new_id("awc"), "roleArn": f"{ROLE}-{tenant}"})
    transaction.commit()
    for digest in (*digests, aws_roles.digest(f"{ROLE}-{tenant}")):
        key = keys.credential_key(digest)
        table("control").put_item(Item={**key._asdict(), "tenantId": tenant, "status": "active"})
    issuer = {"iss": f"https://{tenant}.example/", "boundTo": tenant, "status": "active"}
    table("control").put_item(Item={**keys.issuer_key(issuer["iss"])._asdict(), **issuer})
    plan = json.loads(os.environ["USAGE_PLAN_IDS"])
    made = UsageKeys(lambda: boto3.client("apigateway"), plan, "test").ensure(tenant, "basic")
    place = {"pk": "TENANT#platform#TENANT", "sk": tenant}
    values = {":i": made.id, ":e": f"it@{tenant}.example"}
    table("control").update_item(
        Key=place, UpdateExpression="SET usageKeyId = :i, adminEmail = :e", ExpressionAttributeValues=values
    )
    objects = world.stores.objects(tenant)
    objects.put(f"tenants/{tenant}/files/old", b"1")
    objects.put(f"tenants/{tenant}/files/old", b"2")
    objects.delete(f"tenants/{tenant}/files/old")
    return runs


def versions(tenant: str = "acme") -> int:
    found = boto3.client("s3").list_object_versions(Bucket=TENANT_BUCKET, Prefix=f"tenants/{tenant}/")
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def platform_items(tenant: str) -> list[str]:
    """What the platform's partitions still say of a tenant that could let anybody in."""
    items = table("control").scan()["Items"]
    mine = [item for item in items if tenant in {item.get("tenantId"), item.get("boundTo")}]
    return [item["pk"] for item in mine if item["pk"].startswith(("TENANT#platform#CREDENTIAL", "TENANT#platform#ISS"))]


def left_of(world: World, tenant: str = "acme") -> set[str]:
    return {keys.kind_of(pk) for pk, _ in stored_keys(world.stores, tenant)}


def test_a_deleted_tenant_has_nothing_left_but_what_the_law_wants(world: World) -> None:
    inhabited(world)
    inhabited(world, "acme-2")
    neighbour = stored_items(world.stores, "acme-2")
    assert versions() > 5
    ended = world.carry_out(DELETE, **sent(world))
    assert (ended["status"], ended["progress"]) == ("succeeded", 100), ended
    assert left_of(world) == {"AUDIT", "AUDITHEAD"}
    assert versions() == 0
    assert platform_items("acme") == []
    assert not [key for key in boto3.client("apigateway").get_api_keys()["items"] if key["name"].endswith("-acme")]
    assert stored_items(world.stores, "acme-2") == neighbour
    assert versions("acme-2") > 5
    assert len(platform_items("acme-2")) == 4


def test_the_audit_chain_holds_and_its_details_are_gone(world: World) -> None:
    inhabited(world)
    world.carry_out(DELETE, **sent(world))
    reader = AuditReader(world.stores.table(world.stores.ledger), world.stores.table(world.stores.ops))
    entries = reader.list(limit=100).entries
    assert entries[-1]["action"] == "tenant.deletion_requested"
    assert first_break(entries) is None
    assert not [entry for entry in entries if "detail" in entry]
    assert operator()["principalId"] not in json.dumps(stored_items(world.stores, "acme"))


def test_the_certificate_says_what_was_there_what_is_kept_and_until_when(world: World) -> None:
    inhabited(world)
    before: dict[str, int] = {}
    for pk, _ in stored_keys(world.stores, "acme"):
        if not kind(keys.kind_of(pk)).kept:
            before[keys.kind_of(pk)] = before.get(keys.kind_of(pk), 0) + 1
    there = versions()
    ended = world.carry_out(DELETE, **sent(world))
    certificate = ended["certificate"]
    counted = certificate["erased"]["items"]
    # The request added an audit entry with its detail, each cancelled run an event.
    assert counted == {**before, "AUDITDETAIL": before["AUDITDETAIL"] + 1, "RUN": before["RUN"] + 3}
    erased = {name: value for name, value in certificate["erased"].items() if name != "items"}
    assert erased == {"objectVersions": there, "credentials": 3, "issuers": 1, "runsCancelled": 3}
    assert (certificate["sweep"]["found"], certificate["sweep"]["asked"] > 30) == (0, True)
    assert {entry["what"].partition(":")[0] for entry in certificate["kept"]} == {
        *("AUDIT", "AUDITHEAD", "TENANT", "OPERATION", "SECURITY"),
    }
    assert all(entry["until"] and entry["why"] for entry in certificate["kept"])
    assert certificate["backups"]["until"] > certificate["completedAt"]
    body = boto3.client("s3").get_object(Bucket=ARTIFACT_BUCKET, Key=ended["result"]["certificate"])["Body"].read()
    assert hashlib.sha256(body).hexdigest() == ended["result"]["sha256"]
    assert json.loads(body) == certificate


def test_a_deletion_is_in_the_platforms_own_audit_chain(world: World) -> None:
    inhabited(world)
    ended = world.carry_out(DELETE, **sent(world))
    (entry,) = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#platform#AUDIT"]
    assert (entry["action"], entry["target"]) == ("tenant.deleted", "acme")
    (detail,) = [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#AUDITDETAIL"]
    assert ended["result"]["sha256"] in detail["detail"]


def test_a_tombstone_stays_and_the_id_is_not_given_out_again(world: World) -> None:
    inhabited(world)
    world.carry_out(DELETE, **sent(world))
    record = table("control").get_item(Key={"pk": "TENANT#platform#TENANT", "sk": "acme"})["Item"]
    assert record["status"] == "deleted"
    assert not {"adminEmail", "usageKey", "usageKeyId"} & record.keys()
    assert record["name"] == "acme"
    body = {"id": "acme", "name": "Acme", "tier": "basic"}
    assert world.ask("POST /v1/tenants", body=body).status == 409
    for route, more in (
        ("PATCH /v1/tenants/{id}", {"body": {"name": "x"}, "headers": {"If-Match": '"9"'}}),
        ("POST /v1/tenants/{id}/reinstate", {}),
        ("POST /v1/tenants/{id}/suspend", {"body": {"reason": "x"}}),
        ("POST /v1/tenants/{id}/export", {}),
    ):
        assert world.ask(route, path=ACME, **more).status == 409


def restored(world: World, items: list[dict[str, Any]], *but: str) -> int:
    """Put items back as a restored table brings them, but for some kinds; how many."""
    runs, ops, control = world.stores.runs, world.stores.ops, world.stores.control
    kinds = {"control": control, "runs": runs, "ops": ops}
    back = [(kind(keys.kind_of(item["pk"]["S"])), item) for item in items]
    mine = [(found, item) for found, item in back if found.table in kinds and not found.kept and found.name not in but]
    for found, item in mine:
        boto3.client("dynamodb").put_item(TableName=kinds[found.table], Item=item)
    return len(mine)


def test_what_a_restored_table_brought_back_is_erased_by_deleting_the_tenant_again(world: World) -> None:
    """The tenant's record is the tombstone that the first deletion left; open runs are among what came back."""
    runs = inhabited(world)
    inhabited(world, "acme-2")
    neighbour = stored_items(world.stores, "acme-2")
    copy = stored_items(world.stores, "acme")
    first = world.carry_out(DELETE, **sent(world))
    assert restored(world, copy) > 20
    world.stores.objects("acme").put("tenants/acme/files/late", b"1")
    second = world.carry_out(DELETE, **sent(world))
    assert (second["status"], second["operationId"] != first["operationId"]) == ("succeeded", True), second
    erased = second["certificate"]["erased"]
    assert (erased["runsCancelled"], erased["objectVersions"]) == (len(runs), 1)
    assert second["certificate"]["sweep"]["found"] == 0
    assert second["result"]["certificate"] != first["result"]["certificate"]
    assert left_of(world) == {"AUDIT", "AUDITHEAD"}
    assert versions() == 0
    assert stored_items(world.stores, "acme-2") == neighbour


def test_each_deletion_of_a_tenant_is_audited_and_its_certificate_kept(world: World) -> None:
    inhabited(world)
    certificates = [world.carry_out(DELETE, **sent(world))["result"]["certificate"] for _ in range(3)]
    listed = boto3.client("s3").list_objects_v2(Bucket=ARTIFACT_BUCKET, Prefix="certificates/acme/")["Contents"]
    assert {item["Key"] for item in listed} == set(certificates)
    own = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#platform#AUDIT"]
    assert [entry["action"] for entry in own] == ["tenant.deleted"] * 3
    reader = AuditReader(world.stores.table(world.stores.ledger), world.stores.table(world.stores.ops))
    entries = reader.list(limit=100).entries
    assert [entry["action"] for entry in entries[-3:]] == ["tenant.deletion_requested"] * 3
    assert first_break(entries) is None


def test_a_repeated_deletion_of_nothing_certifies_nothing_and_leaves_the_same_tombstone(world: World) -> None:
    inhabited(world)
    world.carry_out(DELETE, **sent(world))
    place = {"pk": "TENANT#platform#TENANT", "sk": "acme"}
    before = table("control").get_item(Key=place)["Item"]
    again = world.carry_out(DELETE, **sent(world))
    erased = again["certificate"]["erased"]
    counts = {name: value for name, value in erased.items() if name != "items"}
    assert counts == {"objectVersions": 0, "credentials": 0, "issuers": 0, "runsCancelled": 0}
    assert erased["items"].keys() <= {"AUDITDETAIL"}  # of the request itself
    after = table("control").get_item(Key=place)["Item"]
    assert (after["status"], after.keys()) == ("deleted", before.keys())
    assert (after["createdAt"], after["operationId"]) == (before["createdAt"], again["operationId"])


def test_who_deletes_again_confirms_and_names_the_version_too(world: World) -> None:
    inhabited(world)
    stale = sent(world)
    world.carry_out(DELETE, **stale)
    assert world.ask(DELETE, path=ACME, **stale).status == 412
    assert world.ask(DELETE, path=ACME, body={"confirm": "acme"}).status == 428
    assert world.ask(DELETE, path=ACME, **(sent(world) | {"body": {"confirm": "x"}})).status == 400
    world.begin(DELETE, **sent(world))
    assert world.ask(DELETE, path=ACME, **sent(world)).status == 409


def test_from_the_request_on_the_tenant_is_closed(world: World) -> None:
    inhabited(world)
    answer = world.ask(DELETE, path=ACME, **sent(world))
    assert (answer.status, answer.json["status"]) == (202, "queued")
    assert answer.headers["location"] == f"/v1/operations/{answer.json['operationId']}"
    found = world.ask("GET /v1/tenants/{id}", path=ACME).json
    assert (found["status"], found["operationId"]) == ("deleting", answer.json["operationId"])


def test_open_runs_are_cancelled_and_their_workflows_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = inhabited(world)
    stopped: list[str] = []
    states: dict[str, str] = {}
    from lambdas.lifecycle import handler

    built = handler.build()

    def stop(run_id: str) -> None:
        stopped.append(run_id)
        states[run_id] = str(Runs(world.stores.table(world.stores.runs)).get(run_id)["status"])

    object.__setattr__(built.platform, "stop_run", stop)
    world.carry_out(DELETE, **sent(world))
    assert sorted(stopped) == sorted(runs)
    assert set(states.values()) == {"cancelled"}


def test_of_a_run_that_was_led_again_the_execution_that_leads_it_is_stopped(world: World) -> None:
    run, *_ = inhabited(world)
    from lambdas.lifecycle import handler

    Runs(world.stores.table(world.stores.runs)).amend(run, {"execution": f"{run}-7"})
    stopped: list[str] = []
    object.__setattr__(handler.build().platform, "stop_run", stopped.append)
    world.carry_out(DELETE, **sent(world))
    assert f"{run}-7" in stopped
    assert run not in stopped


def test_scheduler_forgets_the_tenants_schedules_and_no_other(world: World) -> None:
    inhabited(world)
    scheduler = boto3.client("scheduler")
    target = {"Arn": "arn:aws:sqs:us-east-1:1:q", "RoleArn": "arn:aws:iam::1:role/r"}
    mine, other = new_id("sch"), new_id("sch")
    for name, tenant in ((mine, "acme"), (other, "globex")):
        place = keys.schedule_key(TenantId(tenant), name)._asdict()
        world.stores.table(world.stores.control, tenant=tenant).put({**place, "input": "what is sealed"})
        scheduler.create_schedule(
            Name=name,
            GroupName=SCHEDULES,
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )
    world.carry_out(DELETE, **sent(world))
    assert [one["Name"] for one in scheduler.list_schedules(GroupName=SCHEDULES)["Schedules"]] == [other]


@pytest.mark.parametrize("body", [{}, {"confirm": ""}, {"confirm": "acme-2"}, {"confirm": "ACME"}, {"confirm": None}])
def test_a_deletion_is_confirmed_with_the_tenants_id(body: dict[str, Any], world: World) -> None:
    world.put_tenant("acme")
    answer = world.ask(DELETE, path=ACME, body=body, headers={"If-Match": '"1"'})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/confirm")
    assert world.ask("GET /v1/tenants/{id}", path=ACME).json["status"] == "active"


def test_a_deletion_names_the_version_it_deletes(world: World) -> None:
    world.put_tenant("acme")
    body = {"confirm": "acme"}
    assert world.ask(DELETE, path=ACME, body=body).status == 428
    assert world.ask(DELETE, path=ACME, body=body, headers={"If-Match": '"7"'}).status == 412
    assert world.ask("GET /v1/tenants/{id}", path=ACME).json["status"] == "active"


@pytest.mark.parametrize("tenant_id", ["nobody", "platform", "A"])
def test_what_is_not_there_is_not_deleted(tenant_id: str, world: World) -> None:
    world.put_tenant("platform")
    answer = world.ask(DELETE, path={"id": tenant_id}, body={"confirm": tenant_id}, headers={"If-Match": '"1"'})
    assert answer.status == 404


@pytest.mark.parametrize("status", ["provisioning", "failed"])
def test_what_never_was_active_is_not_deleted(status: str, world: World) -> None:
    world.put_tenant("acme", status)
    assert world.ask(DELETE, path=ACME, **sent(world)).status == 409


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"])
def test_no_tenant_deletes_itself_or_another(role: str, world: World) -> None:
    world.put_tenant("acme")
    answer = world.ask(DELETE, person("acme", role), path=ACME, body={"confirm": "acme"}, headers={"If-Match": '"1"'})
    assert answer.status == 403


def test_while_a_deletion_goes_on_there_is_no_second(world: World) -> None:
    inhabited(world)
    world.begin(DELETE, **sent(world))
    answer = world.ask(DELETE, path=ACME, **sent(world))
    assert answer.status == 409
    assert "is being deleted" in answer.json["detail"]


PHASES = [phase for phase in deletion.PHASES if phase != "quiet"]


@pytest.mark.chaos("kills")
@pytest.mark.parametrize("phase", PHASES)
def test_a_task_that_dies_in_any_phase_is_done_again_and_nothing_is_left(
    phase: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies after the work of its phase and before that was saved."""
    inhabited(world)
    died: list[str] = []
    original = getattr(deletion.Deletion, f"_{phase}")

    def dying(self: Any, cursor: Any) -> Any:
        made = original(self, cursor)
        if not died:
            died.append(phase)
            raise DependencyUnavailable("the function was killed")
        return made

    monkeypatch.setattr(deletion.Deletion, f"_{phase}", dying)
    operation_id = world.begin(DELETE, **sent(world))
    if phase == "certify":  # its own work ends the operation's: the record is a tombstone already
        monkeypatch.setattr(deletion.Deletion, "_certify", original)
        died.append(phase)
    world.run_workflows()
    assert died == [phase]
    assert world.operation(operation_id)["status"] == "succeeded"
    assert left_of(world) == {"AUDIT", "AUDITHEAD"}
    assert versions() == 0


@pytest.mark.parametrize("phase", ["records", "objects", "sweep"])
def test_a_deletion_that_stopped_is_gone_on_with_when_asked_again(
    phase: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inhabited(world)

    def broken(*_: object) -> None:
        raise RuntimeError("host 10.0.0.7")

    operation_id = world.begin(DELETE, **sent(world))
    with monkeypatch.context() as patched:
        patched.setattr(deletion.Deletion, f"_{phase}", broken)
        with pytest.raises(ExecutionFailed):
            world.run_workflows()
    failed = world.operation(operation_id)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "LIFECYCLE_FAILED")
    assert "Delete it again" in failed["error"]["message"]
    assert "10.0.0.7" not in json.dumps(failed)
    assert world.ask("GET /v1/tenants/{id}", path=ACME).json["status"] == "deleting"
    assert world.carry_out(DELETE, **sent(world))["status"] == "succeeded"
    assert left_of(world) == {"AUDIT", "AUDITHEAD"}


def test_what_was_written_behind_the_erasures_back_is_found_by_the_sweep_and_erased(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inhabited(world)
    original, late = deletion.Deletion._objects, []

    def straggling(self: Any, cursor: Any) -> Any:
        turn = original(self, cursor)
        if turn.cursor["phase"] == "sweep" and not late:
            late.append(furnish(world.stores, world.clock, "acme", runs=1))
        return turn

    monkeypatch.setattr(deletion.Deletion, "_objects", straggling)
    ended = world.carry_out(DELETE, **sent(world))
    assert (len(late), ended["status"]) == (1, "succeeded")
    assert left_of(world) == {"AUDIT", "AUDITHEAD"}
    assert world.machine.waits == [5.0]


def test_what_does_not_go_away_is_never_certified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inhabited(world)
    monkeypatch.setattr(deletion.Deletion, "_erase", lambda *_: None)
    operation_id = world.begin(DELETE, **sent(world))
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    assert world.operation(operation_id)["status"] == "failed"
    assert "certificate" not in world.operation(operation_id)
    assert world.ask("GET /v1/tenants/{id}", path=ACME).json["status"] == "deleting"


def test_the_usage_key_of_a_tenant_that_is_not_being_deleted_is_not_removed(world: World) -> None:
    inhabited(world)
    operation_id = world.begin(DELETE, **sent(world))
    place = {"pk": "TENANT#platform#TENANT", "sk": "acme"}
    table("control").update_item(
        Key=place,
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": "active"},
    )
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    assert world.operation(operation_id)["status"] == "failed"
    assert [key for key in boto3.client("apigateway").get_api_keys()["items"] if key["name"].endswith("-acme")]


def test_an_operation_of_another_deletion_leaves_the_tenant_alone(world: World) -> None:
    inhabited(world)
    first = world.begin(DELETE, **sent(world))
    place = {"pk": "TENANT#platform#TENANT", "sk": "acme"}
    table("control").update_item(
        Key=place, UpdateExpression="SET operationId = :o", ExpressionAttributeValues={":o": new_id("opn")}
    )
    before = stored_items(world.stores, "acme")
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    assert world.operation(first)["status"] == "failed"
    assert stored_items(world.stores, "acme") == before
    assert keys.tenant_key(TenantId("acme")).sk == "acme"
