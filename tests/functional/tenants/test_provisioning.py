from decimal import Decimal

import boto3
import pytest

from tests.functional.moto_platform import table
from tests.functional.tenants.conftest import GOOD, World, traces

STEPS = ("reserve", "create_usage_key", "create_keys", "create_defaults", "activate")
PICO = 10**12


class Broken(RuntimeError):
    pass


def break_before(step: str):  # type: ignore[no-untyped-def] # noqa: ANN201 - a Fault
    def fault(name: str) -> None:
        if name == step:
            raise Broken

    return fault


def record(tenant_id: str = "initech") -> dict[str, object]:
    found: dict[str, object] = table("control").get_item(Key={"pk": "TENANT#platform#TENANT", "sk": tenant_id})["Item"]
    return found


def test_a_provisioned_tenant_is_active_and_has_all_it_needs(world: World) -> None:
    made = world.create()
    operation = world.operation(made.json["operationId"])
    assert (operation["status"], operation["progress"]) == ("succeeded", 100)
    assert operation["result"] == {"tenantId": "initech"}
    found = world.tenant().json
    assert (found["status"], found["tier"], found["monthlyBudget"]["amount"]) == ("active", "basic", "50.000000")
    left = traces(world)
    assert (left.plans, left.objects) == (["basic"], ["tenants/initech/.tenant"])
    assert sum(item["remaining"] for item in left.budgets) == 50 * PICO


def test_the_record_holds_the_value_that_the_key_really_has(world: World) -> None:
    world.create()
    key = boto3.client("apigateway").get_api_key(apiKey=str(record()["usageKeyId"]), includeValue=True)
    assert key["value"] == record()["usageKey"]
    assert len(key["value"]) >= 32


def test_no_answer_shows_the_usage_key(world: World) -> None:
    made = world.create()
    answers = (made, world.tenant(), world.ask("GET /v1/tenants"))
    assert not any(str(record()["usageKey"]) in str(answer.json) for answer in answers)


@pytest.mark.parametrize("step", STEPS)
def test_when_a_step_fails_nothing_is_left_and_it_is_explained(step: str, world: World) -> None:
    made = world.ask("POST /v1/tenants", body=GOOD)
    world.run_workflows(break_before(step))
    operation = world.operation(made.json["operationId"])
    assert operation["status"] == "failed"
    assert operation["error"]["code"] == "PROVISIONING_FAILED"
    assert "Broken" in operation["error"]["message"]
    assert "internal text" not in operation["error"]["message"]
    assert traces(world).nothing
    assert record()["status"] == "failed"
    assert not {"usageKey", "usageKeyId", "kmsKeyArn"} & set(record())


@pytest.mark.parametrize("step", STEPS)
def test_when_a_step_fails_after_its_work_nothing_is_left(step: str, world: World) -> None:
    made = world.ask("POST /v1/tenants", body=GOOD)
    original = world.task

    def fail_late(sent, context):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - a task
        original(sent, context)
        if sent["step"] == step and step != "activate":
            raise Broken

    world.task = fail_late
    world.run_workflows()
    expected = "succeeded" if step == "activate" else "failed"
    assert world.operation(made.json["operationId"])["status"] == expected
    assert traces(world).nothing == (expected == "failed")


@pytest.mark.parametrize("step", STEPS)
def test_an_id_whose_provisioning_failed_can_be_created_again(step: str, world: World) -> None:
    world.ask("POST /v1/tenants", body=GOOD)
    world.run_workflows(break_before(step))
    world.create(name="Second try")
    assert (world.tenant().json["status"], world.tenant().json["name"]) == ("active", "Second try")
    assert len(traces(world).keys) == 1


@pytest.mark.parametrize("step", [*STEPS, "compensate"])
def test_every_step_may_be_repeated(step: str, world: World) -> None:
    made = world.ask("POST /v1/tenants", body=GOOD)
    original = world.task

    def twice(sent, context):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - a task
        original(sent, context)
        if sent["step"] == step:
            original(sent, context)

    world.task = twice
    world.run_workflows(break_before("activate" if step == "compensate" else ""))
    expected = "failed" if step == "compensate" else "succeeded"
    assert world.operation(made.json["operationId"])["status"] == expected
    assert len(traces(world).keys) == (expected == "succeeded")
    assert len(traces(world).budgets) in {0, 4}


def test_compensating_one_tenant_leaves_the_others_alone(world: World) -> None:
    world.create(id="initech-2")
    world.ask("POST /v1/tenants", body=GOOD)
    world.run_workflows(break_before("activate"))
    assert traces(world).nothing
    assert not traces(world, "initech-2").nothing
    assert world.tenant("initech-2").json["status"] == "active"


def change(world: World, **fields: object) -> str:
    etag = world.tenant().headers["etag"]
    answer = world.ask("PATCH /v1/tenants/{id}", path={"id": "initech"}, body=fields, headers={"If-Match": etag})
    assert answer.status == 200, answer.json
    return str(answer.json["operationId"])


def test_a_new_tier_moves_the_same_key_into_its_plan_and_resizes_the_budget(world: World) -> None:
    world.create()
    before = record()["usageKey"]
    operation_id = change(world, tier="premium")
    world.run_workflows()
    assert world.operation(operation_id)["status"] == "succeeded"
    left = traces(world)
    assert (left.plans, record()["usageKey"], record()["status"]) == (["premium"], before, "active")
    assert sum(item["remaining"] for item in left.budgets) == 5_000 * PICO


def test_a_new_budget_keeps_what_was_spent(world: World) -> None:
    world.create(monthlyBudget="10")
    item = traces(world).budgets[0]
    taken = {"remaining": item["remaining"] - PICO, "spent": Decimal(PICO)}
    table("ops").put_item(Item={**item, **taken})
    change(world, monthlyBudget="20.5")
    world.run_workflows()
    assert world.tenant().json["monthlyBudget"] == {"amount": "20.500000", "currency": "USD"}
    assert sum(item["remaining"] + item["spent"] for item in traces(world).budgets) == Decimal("20.5") * PICO
    assert sum(item["spent"] for item in traces(world).budgets) == PICO


@pytest.mark.parametrize("step", STEPS)
def test_a_change_that_fails_puts_back_what_was(step: str, world: World) -> None:
    world.create()
    operation_id = change(world, tier="standard", monthlyBudget="700")
    world.run_workflows(break_before(step))
    operation = world.operation(operation_id)
    assert operation["status"] == "failed"
    assert "what they were before" in operation["error"]["message"]
    found = world.tenant().json
    assert (found["status"], found["tier"], found["monthlyBudget"]["amount"]) == ("active", "basic", "50.000000")
    left = traces(world)
    assert left.plans == ["basic"]
    assert sum(item["remaining"] for item in left.budgets) == 50 * PICO


def test_of_two_changes_the_later_one_stands(world: World) -> None:
    world.create()
    first, second = change(world, tier="standard"), change(world, tier="premium")
    world.run_workflows()
    assert "later operation" in world.operation(first)["error"]["message"]
    assert world.operation(second)["status"] == "succeeded"
    assert traces(world).plans == ["premium"]
