import hashlib
import json
from base64 import b64decode
from typing import Any

import boto3
import httpx
import pytest

from data_access_lib import belongings
from data_access_lib.inventory import kind
from data_access_lib.keys import kind_of
from lambdas.lifecycle import export as exporting
from lambdas.lifecycle import parts
from platform_kit.errors import DependencyUnavailable
from tests.functional.lifecycle.conftest import World
from tests.functional.moto_platform import operator, person, table
from tests.functional.state_machine import ExecutionFailed
from tests.furnished import furnish, stored_items

EXPORT = "POST /v1/tenants/{id}/export"
SECRET_WORDS = ("a-task-token", "value-of-acme")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small tenant needs many turns."""
    monkeypatch.setattr(parts, "PART_BYTES", 1500)
    monkeypatch.setattr(belongings, "PAGE", 3)
    monkeypatch.setattr(exporting, "CHUNK_BYTES", 100)


def lines_of(world: World, operation_id: str) -> list[dict[str, Any]]:
    """Every line of an export, after its hashes were checked."""
    files = world.objects(f"tenants/acme/exports/{operation_id}/")
    manifest = json.loads(files[f"tenants/acme/exports/{operation_id}/manifest.json"])
    lines: list[dict[str, Any]] = []
    for part in manifest["parts"]:
        body = files[f"tenants/acme/exports/{operation_id}/{part['name']}"]
        assert (len(body), hashlib.sha256(body).hexdigest()) == (part["bytes"], part["sha256"])
        found = [json.loads(line) for line in body.splitlines()]
        assert len(found) == part["lines"]
        lines += found
    assert len(files) == len(manifest["parts"]) + 1
    return lines


def exportable(world: World) -> list[dict[str, Any]]:
    return [item for item in stored_items(world.stores, "acme") if not kind(kind_of(item["pk"]["S"])).not_exported]


def key_of(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def test_all_that_a_tenant_has_is_in_its_export_and_nothing_of_anybody_elses(world: World) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme")
    furnish(world.stores, world.clock, "acme-2")
    operation_id = world.begin(EXPORT)
    world.run_workflows()
    lines = lines_of(world, operation_id)
    items = [line["item"] for line in lines if "item" in line]
    assert {key_of(item) for item in items} == {key_of(item) for item in exportable(world)}
    assert len(items) == len({key_of(item) for item in items}) > 30
    objects: dict[str, bytes] = {}
    for line in lines:
        if "object" in line:
            assert len(objects.get(line["object"], b"")) == line["offset"]
            objects[line["object"]] = objects.get(line["object"], b"") + b64decode(line["data"])
    assert {f"tenants/acme/{name}": data for name, data in objects.items()} == world.objects("tenants/acme/files/")
    assert "acme-2" not in json.dumps(lines)


def test_no_secret_is_in_an_export(world: World) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme")
    assert any(word in json.dumps(stored_items(world.stores, "acme"), default=str) for word in SECRET_WORDS)
    operation_id = world.begin(EXPORT)
    world.run_workflows()
    text = json.dumps(lines_of(world, operation_id))
    assert not any(word in text for word in SECRET_WORDS)
    assert not {kind_of(line["item"]["pk"]["S"]) for line in lines_of(world, operation_id) if "item" in line} & {"IDEM"}


def test_the_result_names_the_manifest_and_gives_downloads_that_work(world: World) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme", runs=1)
    ended = world.carry_out(EXPORT)
    assert (ended["status"], ended["progress"]) == ("succeeded", 100)
    name = f"tenants/acme/exports/{ended['operationId']}/manifest.json"
    assert ended["result"]["manifest"] == name
    assert hashlib.sha256(world.objects(name)[name]).hexdigest() == ended["result"]["sha256"]
    assert [download["name"] for download in ended["downloads"]][:2] == ["manifest.json", "part-000001.jsonl"]
    for download in ended["downloads"]:
        assert download["url"].startswith("https://")
        assert f"/tenants/acme/exports/{ended['operationId']}/{download['name']}?" in download["url"]
    assert httpx.URL(ended["downloads"][0]["url"]).params["X-Amz-Expires"] == "900"


def test_downloads_come_a_hundred_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambdas.tenants import exports

    monkeypatch.setattr(exports, "MOST_DOWNLOADS", 2)
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme")
    ended = world.carry_out(EXPORT)
    seen = [one["name"] for one in ended["downloads"]]
    while len(more := world.operation(ended["operationId"], query={"partsAfter": str(len(seen) - 1)})["downloads"]) > 1:
        seen += [one["name"] for one in more[1:]]
    assert seen == ["manifest.json", *(f"part-{n:06d}.jsonl" for n in range(1, int(ended["result"]["parts"]) + 1))]
    for bad in ("-1", "x", "1" * 9):
        answer = world.ask("GET /v1/operations/{id}", path={"id": ended["operationId"]}, query={"partsAfter": bad})
        assert answer.status == 400


def test_an_export_in_many_turns_is_the_same_and_its_progress_only_grows(world: World) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme")
    seen: list[int] = []
    operation_id = world.begin(EXPORT)
    world.looks = 1
    world.fault = lambda _: seen.append(world.operation(operation_id)["progress"])
    world.run_workflows()
    lines = lines_of(world, operation_id)
    assert seen == sorted(seen)
    assert len(seen) > 5
    assert len(set(seen)) > 3
    assert {key_of(line["item"]) for line in lines if "item" in line} == {key_of(item) for item in exportable(world)}


@pytest.mark.chaos("kills")
@pytest.mark.parametrize("turn", range(0, 12, 3))
def test_a_task_that_dies_after_its_work_is_done_again_and_the_export_is_whole(turn: int, world: World) -> None:
    """Whatever was written before the crash, nothing is there twice and nothing is missing."""
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme")
    operation_id = world.begin(EXPORT)
    world.looks = 1
    client, died = world.stores.s3, []
    from lambdas.lifecycle import service

    save = service.Lifecycle._save

    def dying(self: Any, operation: Any, made: Any) -> None:
        died.append(made)
        if len(died) == turn + 1:
            raise DependencyUnavailable("the function was killed")
        save(self, operation, made)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(service.Lifecycle, "_save", dying)
        world.run_workflows()
    assert len(died) > turn
    assert client is not None
    items = [line["item"] for line in lines_of(world, operation_id) if "item" in line]
    assert sorted(map(key_of, items)) == sorted(map(key_of, exportable(world)))


def test_an_export_that_cannot_go_on_says_what_to_do_and_tells_no_internals(world: World) -> None:
    world.put_tenant("acme")
    operation_id = world.begin(EXPORT)

    def broken(sent: Any) -> None:
        if sent["step"] == "work":
            raise RuntimeError("host 10.0.0.7")

    world.fault = broken
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    ended = world.operation(operation_id)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "LIFECYCLE_FAILED")
    assert "RuntimeError" in ended["error"]["message"]
    assert "Export again" in ended["error"]["message"]
    assert "10.0.0.7" not in json.dumps(ended)


def test_an_export_and_its_downloads_are_in_the_tenants_audit_chain(world: World) -> None:
    world.put_tenant("acme")
    ended = world.carry_out(EXPORT)
    entries = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#acme#AUDIT"]
    assert [entry["action"] for entry in sorted(entries, key=lambda entry: entry["seq"])] == [
        *("tenant.export_requested", "tenant.export_downloaded"),
    ]
    assert {entry["target"] for entry in entries} == {ended["operationId"]}
    details = [item["detail"] for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#acme#AUDITDETAIL"]
    assert all(operator()["principalId"] in detail for detail in details)


def test_what_cannot_be_audited_is_not_exported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from data_access_lib.repositories.audit import AuditLog

    def broken(*_: object) -> None:
        raise DependencyUnavailable("the ledger is down")

    world.put_tenant("acme")
    monkeypatch.setattr(AuditLog, "append", broken)
    assert world.ask(EXPORT, path={"id": "acme"}).status == 503
    assert [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#OPERATION"] == []


def test_a_repeated_request_begins_one_export(world: World) -> None:
    world.put_tenant("acme")
    world.put_tenant("globex")
    headers = {"Idempotency-Key": "k1"}
    first = world.ask(EXPORT, path={"id": "acme"}, headers=headers)
    again = world.ask(EXPORT, path={"id": "acme"}, headers=headers)
    assert first.json["operationId"] == again.json["operationId"]
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == f"/v1/operations/{first.json['operationId']}"
    assert world.ask(EXPORT, path={"id": "globex"}, headers=headers).json["code"] == "IDEMPOTENCY_MISMATCH"


@pytest.mark.parametrize("status", ["provisioning", "failed", "deleting", "deleted"])
def test_what_is_not_active_or_suspended_is_not_exported(status: str, world: World) -> None:
    world.put_tenant("acme", status)
    assert world.ask(EXPORT, path={"id": "acme"}).status == 409


def test_when_the_workflow_cannot_be_started_the_operation_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.tenants import handler

    world.put_tenant("acme")
    monkeypatch.setenv("LIFECYCLE_STATE_MACHINE_ARN", "arn:aws:states:us-east-1:123456789012:stateMachine:gone")
    handler.build.cache_clear()
    assert world.ask(EXPORT, path={"id": "acme"}).status == 503
    (found,) = [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#OPERATION"]
    assert found["status"] == "failed"
    handler.build.cache_clear()


def test_an_admin_exports_the_own_tenant_and_sees_no_other_operation(world: World) -> None:
    world.put_tenant("acme")
    world.put_tenant("globex")
    furnish(world.stores, world.clock, "acme", runs=1)
    admin = person("acme", "Tenant.Admin")
    begun = world.ask("POST /v1/tenant/export", admin)
    assert begun.status == 202
    foreign = world.begin(EXPORT, "globex")
    world.run_workflows()
    place = {"id": begun.json["operationId"]}
    assert begun.headers["location"] == f"/v1/tenant/exports/{place['id']}"
    ended = world.ask("GET /v1/tenant/exports/{id}", admin, path=place)
    assert (ended.status, ended.json["status"]) == (200, "succeeded")
    assert all("/tenants/acme/exports/" in download["url"] for download in ended.json["downloads"])
    for other in ({"id": foreign}, {"id": "opn_" + "0" * 32}, {"id": "x"}):
        assert world.ask("GET /v1/tenant/exports/{id}", admin, path=other).status == 404
    assert world.ask("GET /v1/tenant/exports/{id}", person("globex", "Tenant.Admin"), path=place).status == 404


def test_two_tenants_keys_do_not_meet(world: World) -> None:
    headers = {"Idempotency-Key": "k1"}
    for tenant in ("acme", "globex"):
        world.put_tenant(tenant)
        who = person(tenant, "Tenant.Admin") | {"principalId": "usr:1:same"}
        answer = world.ask("POST /v1/tenant/export", who, headers=headers)
        assert "idempotency-replayed" not in answer.headers


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer"])
def test_only_admins_export_their_tenant(role: str, world: World) -> None:
    world.put_tenant("acme")
    assert world.ask("POST /v1/tenant/export", person("acme", role)).status == 403
    assert world.ask(EXPORT, person("acme", "Tenant.Admin"), path={"id": "acme"}).status == 403


def test_an_empty_tenant_has_an_export_too(world: World) -> None:
    world.put_tenant("acme")
    ended = world.carry_out(EXPORT)
    assert (ended["status"], ended["result"]["objects"]) == ("succeeded", "0")
    boto3.client("s3").delete_object(Bucket="ambit-test-tenants", Key=ended["result"]["manifest"])
    assert world.operation(ended["operationId"])["downloads"] == []
