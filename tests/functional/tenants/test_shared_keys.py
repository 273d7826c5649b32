"""The account's keys run out: tenants that come later share their tier's, and everything else stays as it is."""

from typing import Any

import boto3
import pytest

from lambdas.tenants import tasks
from tests.functional.moto_platform import table
from tests.functional.tenants.conftest import World, traces
from tests.functional.tenants.test_provisioning import break_before, change

TIERS = ("basic", "standard", "premium")


@pytest.fixture(autouse=True)
def room_for_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys that are deployed with the plans, and a threshold that leaves one tenant a key of its own."""
    for tier in TIERS:
        boto3.client("apigateway").create_api_key(
            name=f"ambit-test-shared-{tier}", value=f"shared-{tier}".ljust(20, "-")
        )
    monkeypatch.setenv("OWN_USAGE_KEYS", "4")
    tasks.build.cache_clear()


def record(tenant_id: str) -> dict[str, Any]:
    return dict(table("control").get_item(Key={"pk": "TENANT#platform#TENANT", "sk": tenant_id})["Item"])


def keys() -> int:
    return len(boto3.client("apigateway").get_api_keys()["items"])


def test_the_operator_sees_which_tenant_shares(world: World) -> None:
    world.create(id="first")
    world.create(id="second")
    modes = {name: world.tenant(name).json["usageKeyMode"] for name in ("first", "second")}
    assert modes == {"first": "own", "second": "shared"}
    assert keys() == 4


def test_a_tenant_that_shares_is_active_and_named_by_the_shared_key(world: World) -> None:
    world.create(id="first")
    world.create(id="second", tier="standard")
    assert world.tenant("second").json["status"] == "active"
    assert record("second")["usageKey"].startswith("shared-standard")
    assert "shared-standard" not in str(world.tenant("second").json)


def test_another_tier_is_another_shared_key_and_a_failed_change_the_old_one(world: World) -> None:
    world.create(id="first")
    world.create(id="initech")
    change(world, tier="premium")
    world.run_workflows()
    assert record("initech")["usageKey"].startswith("shared-premium")
    change(world, tier="standard")
    world.run_workflows(break_before("create_defaults"))
    found = record("initech")
    assert (found["tier"], found["usageKeyMode"]) == ("premium", "shared")
    assert found["usageKey"].startswith("shared-premium")


def test_undoing_the_provisioning_of_a_tenant_that_shares_leaves_the_shared_key(world: World) -> None:
    world.create(id="first")
    world.ask("POST /v1/tenants", body={"id": "second", "name": "Second", "tier": "basic"})
    world.run_workflows(break_before("activate"))
    assert not {"usageKey", "usageKeyId", "usageKeyMode"} & set(record("second"))
    assert traces(world, "second").nothing
    assert keys() == 4


def test_a_repeated_step_changes_nothing(world: World) -> None:
    world.create(id="first")
    made = world.ask("POST /v1/tenants", body={"id": "second", "name": "Second", "tier": "basic"}).json
    task = {"step": "create_usage_key", "operationId": made["operationId"], "tenantId": "second"}
    for _ in range(3):
        world.task(task, None)
    assert record("second")["usageKeyMode"] == "shared"
    assert keys() == 4
