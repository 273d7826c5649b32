import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from data_access_lib import belongings
from data_access_lib.inventory import kind
from data_access_lib.keys import kind_of
from lambdas.lifecycle import export as exporting
from lambdas.lifecycle import parts
from lambdas.lifecycle.service import Lifecycle
from platform_kit.errors import DependencyUnavailable
from tests.functional.lifecycle.conftest import World
from tests.functional.moto_platform import TENANT_BUCKET, operator, person, table
from tests.functional.state_machine import ExecutionFailed
from tests.furnished import furnish, stored_items

EXPORT = "POST /v1/tenants/{id}/export"
IMPORT = "POST /v1/tenants/{id}/import"
Item = dict[str, Any]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 3000)
    monkeypatch.setattr(belongings, "PAGE", 20)
    monkeypatch.setattr(exporting, "CHUNK_BYTES", 100)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)


@pytest.fixture
def exported(world: World) -> str:
    """An export of acme, which has some of everything; hooli is fresh."""
    world.put_tenant("acme")
    world.put_tenant("hooli")
    furnish(world.stores, world.clock, "acme", status="succeeded")
    objects = world.stores.objects()
    objects.put("tenants/acme/files/large", bytes(range(256)) * 40, content_type="text/csv")
    objects.put("tenants/acme/files/empty", b"")
    objects.put("tenants/acme/runs/run_1/output.json", b'{"a": 1}', content_type="application/json")
    return str(world.carry_out(EXPORT)["operationId"])


def bring(world: World, exported: str, tenant: str = "hooli") -> dict[str, Any]:
    return world.carry_out(IMPORT, tenant, body={"exportOperationId": exported})


def comparable(world: World, tenant: str) -> list[str]:
    """A tenant's items that an import takes along, as text without the tenant's name and without secrets."""
    taken = []
    for item in stored_items(world.stores, tenant):
        known = kind(kind_of(item["pk"]["S"]))
        if not known.not_exported and not known.not_imported:
            plain = {name: value for name, value in item.items() if name not in {"taskToken", "gsi2pk", "gsi2sk"}}
            text = json.dumps(plain, sort_keys=True)
            taken.append(text.replace(f"TENANT#{tenant}#", "TENANT#*#").replace(f"tenants/{tenant}/", "tenants/*/"))
    return sorted(text.replace(f'"tenantId": {{"S": "{tenant}"}}', '"tenantId": "*"') for text in taken)


def objects_of(world: World, tenant: str) -> dict[str, bytes]:
    found = world.objects(f"tenants/{tenant}/")
    names = {key.removeprefix(f"tenants/{tenant}/"): body for key, body in found.items()}
    return {name: body for name, body in names.items() if not name.startswith("exports/")}


def test_an_export_written_into_a_fresh_tenant_is_the_same_there(world: World, exported: str) -> None:
    ended = bring(world, exported)
    assert (ended["status"], ended["progress"]) == ("succeeded", 100), ended
    assert comparable(world, "hooli") == comparable(world, "acme")
    assert len(comparable(world, "acme")) > 15
    assert objects_of(world, "hooli") == objects_of(world, "acme")
    assert len(objects_of(world, "acme")) == 6
    head = boto3.client("s3").head_object(Bucket=TENANT_BUCKET, Key="tenants/hooli/files/large")
    assert head["ContentType"] == "text/csv"


def test_what_was_imported_is_found_by_its_lists_and_on_the_roll(world: World, exported: str) -> None:
    from data_access_lib.repositories.files import Files
    from data_access_lib.repositories.runs import Runs

    bring(world, exported)
    runs = world.stores.table(world.stores.runs, "hooli")
    assert len(Runs(runs).list().items) == 3
    assert len(Files(runs).list().items) == 3
    again = world.carry_out(EXPORT, "hooli")
    assert int(again["result"]["items"]) >= len(comparable(world, "hooli"))


def test_who_may_enter_is_not_taken_along(world: World, exported: str) -> None:
    bring(world, exported)
    kinds = {kind_of(item["pk"]["S"]) for item in stored_items(world.stores, "hooli")}
    assert kinds == {"INSTANCE", "RUN", "JOB", "SESSION", "FILE", "AUDIT", "AUDITDETAIL", "AUDITHEAD"}


def begin_anew() -> None:
    """Functions with nothing remembered: the region of a tenant is asked when its credentials are taken."""
    from lambdas.lifecycle import handler as lifecycle
    from lambdas.tenants import handler as tenants

    lifecycle.build.cache_clear()
    tenants.build.cache_clear()


@pytest.mark.parametrize("residency", ["eu-west-1", "", "us-east-1a"])
def test_no_export_is_imported_into_a_tenant_of_another_region(world: World, exported: str, residency: str) -> None:
    world.put_tenant("hooli", residency=residency)
    begin_anew()
    answer = world.ask(IMPORT, path={"id": "hooli"}, body={"exportOperationId": exported})
    assert (answer.status, answer.json["code"]) == (403, "RESIDENCY")
    assert stored_items(world.stores, "hooli") == []
    assert objects_of(world, "hooli") == {}


def test_an_import_that_was_accepted_writes_nothing_once_its_tenant_is_kept_elsewhere(
    world: World, exported: str
) -> None:
    operation_id = world.begin(IMPORT, "hooli", body={"exportOperationId": exported})
    before = stored_items(world.stores, "hooli")
    world.put_tenant("hooli", residency="eu-west-1")
    begin_anew()
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    operation = world.operation(operation_id)
    assert (operation["status"], operation["error"]["code"]) == ("failed", "LIFECYCLE_FAILED")
    assert "ResidencyViolation" in operation["error"]["message"]
    assert stored_items(world.stores, "hooli") == before
    assert objects_of(world, "hooli") == {}


@pytest.mark.parametrize("route", [EXPORT, "DELETE /v1/tenants/{id}"])
def test_a_tenant_of_another_region_is_neither_exported_nor_deleted_here(world: World, route: str) -> None:
    world.put_tenant("acme", residency="eu-west-1")
    furnish(world.stores, world.clock, "acme")
    before = stored_items(world.stores, "acme")
    etag = world.ask("GET /v1/tenants/{id}", path={"id": "acme"}).headers["etag"]
    asked = {"body": {"confirm": "acme"}, "headers": {"If-Match": etag}} if route.startswith("DELETE") else {}
    answer = world.ask(route, path={"id": "acme"}, **asked)
    assert (answer.status, answer.json["code"]) == (403, "RESIDENCY")
    assert stored_items(world.stores, "acme") == before
    assert world.ask("GET /v1/tenants/{id}", path={"id": "acme"}).json["status"] == "active"


def test_open_runs_are_imported_as_cancelled(world: World) -> None:
    world.put_tenant("acme")
    world.put_tenant("hooli")
    furnish(world.stores, world.clock, "acme", runs=1)
    bring(world, str(world.carry_out(EXPORT)["operationId"]))
    statuses = {item["status"]["S"] for item in stored_items(world.stores, "hooli") if "lastSeq" in item}
    assert statuses == {"cancelled"}


def test_both_tenants_audit_chains_say_so(world: World, exported: str) -> None:
    bring(world, exported)
    actions = {
        (item["pk"], item["action"]) for item in table("ledger").scan()["Items"] if item["pk"].endswith("#AUDIT")
    }
    assert ("TENANT#acme#AUDIT", "tenant.export_imported") in actions
    assert ("TENANT#hooli#AUDIT", "tenant.import_requested") in actions


@pytest.mark.chaos("kills")
@pytest.mark.parametrize("turn", [0, 2, 5])
def test_a_task_that_dies_is_done_again_and_the_import_is_whole(
    turn: int, world: World, exported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, died = Lifecycle._save, []

    def dying(self: Any, operation: Any, made: Any) -> None:
        died.append(made)
        if len(died) == turn + 1:
            raise DependencyUnavailable("the function was killed")
        save(self, operation, made)

    operation_id = world.begin(IMPORT, "hooli", body={"exportOperationId": exported})
    world.looks = 1
    monkeypatch.setattr(Lifecycle, "_save", dying)
    world.run_workflows()
    assert len(died) > turn
    assert world.operation(operation_id)["status"] == "succeeded"
    assert comparable(world, "hooli") == comparable(world, "acme")
    assert objects_of(world, "hooli") == objects_of(world, "acme")


def test_a_tenant_that_is_not_fresh_takes_no_import(world: World, exported: str) -> None:
    furnish(world.stores, world.clock, "hooli", runs=1)
    before = stored_items(world.stores, "hooli")
    operation_id = world.begin(IMPORT, "hooli", body={"exportOperationId": exported})
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    assert "Conflict" in world.operation(operation_id)["error"]["message"]
    after = [item for item in stored_items(world.stores, "hooli") if "AUDIT" not in item["pk"]["S"]]
    assert after == [item for item in before if "AUDIT" not in item["pk"]["S"]]


@pytest.mark.parametrize("status", ["suspended", "provisioning", "deleting", "deleted", "failed"])
def test_only_an_active_tenant_takes_an_import(status: str, world: World, exported: str) -> None:
    world.put_tenant("hooli", status)
    assert world.ask(IMPORT, path={"id": "hooli"}, body={"exportOperationId": exported}).status == 409


def test_what_is_imported_is_an_export_that_is_done(world: World, exported: str) -> None:
    going_on = world.begin(EXPORT)
    for bad in (going_on, "opn_" + "0" * 32):
        assert world.ask(IMPORT, path={"id": "hooli"}, body={"exportOperationId": bad}).status == 422
    for wrong in ({}, {"exportOperationId": "x"}, {"exportOperationId": exported, "manifestUrl": "https://x/"}):
        assert world.ask(IMPORT, path={"id": "hooli"}, body=wrong).status == 400
    assert world.ask(IMPORT, person("hooli", "Tenant.Admin"), path={"id": "hooli"}, body={}).status == 403


def test_a_repeated_request_begins_one_import(world: World, exported: str) -> None:
    asked: dict[str, Any] = {"path": {"id": "hooli"}, "body": {"exportOperationId": exported}}
    first, again = (world.ask(IMPORT, operator(), headers={"Idempotency-Key": "k"}, **asked) for _ in range(2))
    assert (first.status, first.json) == (202, again.json)
    assert again.headers["idempotency-replayed"] == "true"


# Hostile exports through the whole workflow; line by line they are in tests/unit/lambdas/lifecycle/test_incoming.py.
# Whoever wrote one has also made its hashes right, unless the case is about hashes.


def rewrite(operation_id: str, change: Callable[[list[Item]], None], *, hashes: bool = True) -> None:
    """Change the lines of the first part; with `hashes` the manifest and the operation's record agree with it."""
    client, root = boto3.client("s3"), f"tenants/acme/exports/{operation_id}/"
    body = client.get_object(Bucket=TENANT_BUCKET, Key=f"{root}part-000001.jsonl")["Body"].read()
    lines = [json.loads(line) for line in body.splitlines()]
    change(lines)
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    client.put_object(Bucket=TENANT_BUCKET, Key=f"{root}part-000001.jsonl", Body=body)
    if hashes:
        remanifest(
            operation_id,
            lambda manifest: manifest["parts"][0].update(
                bytes=len(body), sha256=hashlib.sha256(body).hexdigest(), lines=len(lines)
            ),
        )


def remanifest(operation_id: str, change: Callable[[Item], Any]) -> None:
    client, key = boto3.client("s3"), f"tenants/acme/exports/{operation_id}/manifest.json"
    manifest = json.loads(client.get_object(Bucket=TENANT_BUCKET, Key=key)["Body"].read())
    change(manifest)
    body = json.dumps(manifest).encode()
    client.put_object(Bucket=TENANT_BUCKET, Key=key, Body=body)
    place = {"pk": "TENANT#platform#OPERATION", "sk": operation_id}
    result = json.loads(table("ops").get_item(Key=place)["Item"]["result"]) | {
        "sha256": hashlib.sha256(body).hexdigest()
    }
    table("ops").update_item(
        Key=place,
        UpdateExpression="SET #r = :r",
        ExpressionAttributeNames={"#r": "result"},
        ExpressionAttributeValues={":r": json.dumps(result)},
    )


def set_item(name: str, value: Any) -> Callable[[list[Item]], None]:
    return lambda lines: lines[0]["item"].update({name: value})


def piece(**changes: Any) -> Callable[[list[Item]], None]:
    line = {"object": "files/x", "bytes": 1, "type": "text/plain", "offset": 0, "data": base64.b64encode(b"x").decode()}
    return lambda lines: lines.append({**line, **changes})


def s(text: str) -> Item:
    return {"S": text}


HOSTILE: dict[str, Callable[[list[Item]], None]] = {
    "an item of another tenant": set_item("pk", s("TENANT#globex#INSTANCE")),
    "a number without end": set_item("x", {"N": "1e999999999"}),
    "an object that climbs": piece(object="files/../../globex/files/x"),
    "an object with a control character": piece(object="files/x\0"),
    "an object with a backslash": piece(object="files\\x"),
    "an object that begins in the middle": piece(bytes=9, offset=5),
    "an object without an end": piece(bytes=9),
    "an object nobody announced": piece(),
}
LIES: dict[str, Callable[[Item], Any]] = {
    "another schema": lambda m: m.update(schema="ambit-export/2"),
    "another tenant": lambda m: m.update(tenantId="globex"),
    "a tenant that can be none": lambda m: m.update(tenantId="../acme"),
    "a part with a path": lambda m: m["parts"][0].update(name="../part-000001.jsonl"),
    "a part twice": lambda m: m["parts"].append(m["parts"][0]),
    "no parts": lambda m: m.update(parts=[]),
    "a part of petabytes": lambda m: m["parts"][0].update(bytes=10**15),
    "a part that is smaller than it is": lambda m: m["parts"][0].update(bytes=1),
    "a part with another hash": lambda m: m["parts"][0].update(sha256="0" * 64),
    "a part with a billion lines": lambda m: m["parts"][0].update(lines=10**9),
    "a part with fewer lines": lambda m: m["parts"][0].update(lines=1),
    "a part that is text": lambda m: m["parts"].__setitem__(0, "x"),
    "more objects": lambda m: m.update(objects=m["objects"] + 1),
    "fewer bytes": lambda m: m.update(objectBytes=1),
    "something more": lambda m: m.update(more=1),
    "nothing of it": lambda m: m.clear(),
}


def refused(world: World, exported: str) -> None:
    """The import fails, and not one thing was written."""
    before = {
        tenant: [i for i in stored_items(world.stores, tenant) if "AUDIT" not in i["pk"]["S"]] for tenant in NAMES
    }
    operation_id = world.begin(IMPORT, "hooli", body={"exportOperationId": exported})
    with pytest.raises(ExecutionFailed):
        world.run_workflows()
    error = world.operation(operation_id)["error"]
    assert error["message"].startswith(
        ("The operation stopped (BadExport)", "The operation stopped (InvalidObjectKey)")
    )
    after = {tenant: [i for i in stored_items(world.stores, tenant) if "AUDIT" not in i["pk"]["S"]] for tenant in NAMES}
    assert after == before
    assert objects_of(world, "hooli") == objects_of(world, "globex") == {}


NAMES = ("acme", "acme-2", "globex", "hooli", "platform#TENANT")


def test_hostile_lines_are_refused_before_anything_is_written(world: World, exported: str) -> None:
    client, root = boto3.client("s3"), f"tenants/acme/exports/{exported}/"
    good = world.objects(root)
    for name, change in HOSTILE.items():
        for key, body in good.items():
            client.put_object(Bucket=TENANT_BUCKET, Key=key, Body=body)
        remanifest(exported, lambda _: None)
        rewrite(exported, change)
        try:
            refused(world, exported)
        except BaseException as failure:
            raise AssertionError(f"{name}: {failure!r}") from failure


def test_lying_manifests_are_refused_before_anything_is_written(world: World, exported: str) -> None:
    key = f"tenants/acme/exports/{exported}/manifest.json"
    good = world.objects(key)[key]
    for name, lie in LIES.items():
        boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=key, Body=good)
        remanifest(exported, lie)
        try:
            refused(world, exported)
        except BaseException as failure:
            raise AssertionError(f"{name}: {failure!r}") from failure


def test_a_part_that_was_changed_after_the_export_is_refused(world: World, exported: str) -> None:
    rewrite(exported, set_item("note", s("changed")), hashes=False)
    refused(world, exported)


def test_a_manifest_that_was_changed_after_the_export_is_refused(world: World, exported: str) -> None:
    key = f"tenants/acme/exports/{exported}/manifest.json"
    body = world.objects(key)[key].replace(b'"schema"', b' "schema"')
    boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=key, Body=body)
    refused(world, exported)


@pytest.mark.parametrize("name", ["manifest.json", "part-000001.jsonl"])
def test_an_export_that_is_gone_is_refused(name: str, world: World, exported: str) -> None:
    boto3.client("s3").delete_object(Bucket=TENANT_BUCKET, Key=f"tenants/acme/exports/{exported}/{name}")
    refused(world, exported)


def test_a_part_that_changes_between_verifying_and_writing_is_refused(
    world: World, exported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.lifecycle.importing import Import

    original, swapped = Import._next_phase, []

    def swap(self: Any, cursor: Any, manifest: Any) -> Any:
        if not swapped:
            swapped.append(rewrite(exported, set_item("note", s("changed")), hashes=False))
        return original(self, cursor, manifest)

    monkeypatch.setattr(Import, "_next_phase", swap)
    refused(world, exported)
