"""Tenants' own keys through the whole handlers: given by provisioning, rotated by an operator."""

from typing import Any

import boto3
import pytest

from tests.functional.moto_platform import operator, person, table
from tests.functional.tenants.conftest import World, traces, usable_keys

ROTATE = "POST /v1/tenants/{id}/rotate-key"
ID = {"id": "initech"}


def head() -> dict[str, Any]:
    found: dict[str, Any] = table("control").get_item(Key={"pk": "TENANT#initech#DATAKEY", "sk": "META"})["Item"]
    return found


def rotated(world: World, **parts: Any) -> str:
    answer = world.ask(ROTATE, path=ID, **parts)
    assert answer.status == 202, answer.json
    assert answer.headers["location"] == f"/v1/operations/{answer.json['operationId']}"
    world.run_workflows()
    return str(answer.json["operationId"])


def test_a_provisioned_tenant_has_a_kms_key_and_a_data_key_under_it(world: World) -> None:
    world.create()
    record = table("control").get_item(Key={"pk": "TENANT#platform#TENANT", "sk": "initech"})["Item"]
    assert usable_keys("initech") == [record["kmsKeyArn"]]
    assert (head()["current"], head()["keyArn"]) == (1, record["kmsKeyArn"])
    assert boto3.client("kms").describe_key(KeyId="alias/ambit-test-tenant-initech")["KeyMetadata"]["Enabled"]
    assert "kms" not in str(world.tenant().json).lower()


def test_a_rotation_is_an_operation_that_takes_the_next_data_key_into_use(world: World) -> None:
    world.create()
    keys = usable_keys("initech")
    operation = world.operation(rotated(world))
    assert (operation["kind"], operation["status"]) == ("tenant.rotate_key", "succeeded")
    assert head()["current"] == 2
    assert {item.get("number") for item in traces(world).data_keys} == {None, 1, 2}
    assert usable_keys("initech") == keys
    assert world.tenant().json["status"] == "active"


def test_a_tenant_made_before_tenants_had_keys_gets_one(world: World) -> None:
    world.create()
    for item in traces(world).data_keys:
        table("control").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    kms = boto3.client("kms")
    for arn in usable_keys("initech"):
        kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)
    rotated(world)
    assert head()["current"] == 1
    assert usable_keys("initech") == [head()["keyArn"]]


def test_a_suspended_tenant_stays_suspended(world: World) -> None:
    world.create()
    world.ask("POST /v1/tenants/{id}/suspend", path=ID, body={"reason": "unpaid"})
    rotated(world)
    assert world.tenant().json["status"] == "suspended"


def test_a_rotation_is_written_into_the_tenants_own_audit_chain(world: World) -> None:
    world.create()
    operation_id = rotated(world)
    entries = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#initech#AUDIT"]
    (entry,) = [item for item in entries if item["action"] == "tenant.key_rotation_requested"]
    assert entry["target"] == "initech"
    everything = str([table(name).scan()["Items"] for name in ("ledger", "ops")])
    assert operation_id in everything
    assert operator()["principalId"] in everything


def test_a_repeated_request_rotates_once(world: World) -> None:
    world.create()
    first = world.ask(ROTATE, path=ID, headers={"idempotency-key": "k"})
    again = world.ask(ROTATE, path=ID, headers={"idempotency-key": "k"})
    assert again.json["operationId"] == first.json["operationId"]
    assert again.headers["idempotency-replayed"] == "true"
    world.run_workflows()
    assert head()["current"] == 2


def test_a_failed_rotation_leaves_everything_as_it_was(world: World) -> None:
    world.create()
    answer = world.ask(ROTATE, path=ID)

    def broken(step: str) -> None:
        if step == "create_keys":
            raise RuntimeError

    world.run_workflows(broken)
    assert world.operation(answer.json["operationId"])["status"] == "failed"
    assert head()["current"] == 1
    assert world.tenant().json["status"] == "active"
    assert len(usable_keys("initech")) == 1


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"])
def test_keys_are_the_operators_business(role: str, world: World) -> None:
    world.create()
    assert world.ask(ROTATE, person("initech", role), path=ID).status == 403
    assert head()["current"] == 1


def test_there_is_no_key_of_a_tenant_that_is_not_there(world: World) -> None:
    for name in ("hooli", "platform", "a#b", "."):
        assert world.ask(ROTATE, path={"id": name}).status == 404
