from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from lambdas.tenants.provisioning import Premises, Provisioning
from lambdas.tenants.usage_keys import UsageKey
from platform_kit.errors import Conflict
from tests.unit.lambdas.tenants.tenants_fakes import FakeOperations, FakeTenants, FixedClock

STEPS = ("reserve", "create_usage_key", "create_keys", "create_defaults", "activate")
DOLLAR = 10**12


@dataclass
class Keys:
    """The tenant's own keys."""

    log: list[tuple[Any, ...]]

    def ensure(self) -> str:
        self.log.append(("own key",))
        return "arn:own"

    def rotate(self, asked_at: str) -> int:
        self.log.append(("next data key", asked_at))
        return 2

    def dismiss(self) -> None:
        self.log.append(("no own key",))


@dataclass
class World:
    """Everything that provisioning touches; `log` is the order in which it was made and removed."""

    tenants: FakeTenants = field(default_factory=FakeTenants)
    operations: FakeOperations = field(default_factory=FakeOperations)
    log: list[tuple[Any, ...]] = field(default_factory=list)

    def ensure(self, tenant_id: str, tier: str) -> UsageKey:
        self.log.append(("key", tier))
        return UsageKey("k1", "value")

    def remove(self, tenant_id: str) -> None:
        self.log.append(("no key",))

    def open(self, limit: int) -> None:
        self.log.append(("budget", limit // DOLLAR))

    def close(self) -> None:
        self.log.append(("no budget",))

    def put(self, key: str, *_: object, **__: object) -> None:
        self.log.append(("mark", key))

    def delete(self, key: str) -> None:
        self.log.append(("no mark", key))

    def step(self, *names: str, error: dict[str, str] | None = None) -> None:
        premises = Premises(cast("Any", self), cast("Any", self), cast("Any", Keys(self.log)))
        ports = cast("Any", self.tenants), cast("Any", self.operations), cast("Any", self)
        for name in names:
            Provisioning(*ports, lambda _tenant: premises, FixedClock()).step(name, "opn_1", "acme", error)

    @property
    def record(self) -> dict[str, Any]:
        return self.tenants.records["acme"]

    @property
    def operation(self) -> dict[str, Any]:
        return self.operations.records["opn_1"]


def creating() -> World:
    world = World()
    world.tenants.put(status="provisioning", operationId="opn_1")
    world.operations.create({"operationId": "opn_1", "kind": "tenant.create", "input": {}})
    return world


def changing(**before: Any) -> World:
    world = World()
    world.tenants.put(status="suspended", tier="premium", operationId="opn_1")
    given = {"before": {"tier": "basic", "monthlyBudgetPico": None, **before}}
    world.operations.create({"operationId": "opn_1", "kind": "tenant.change", "input": given})
    return world


def test_the_steps_make_key_budget_and_mark_and_let_the_tenant_in() -> None:
    world = creating()
    world.step(*STEPS)
    assert world.log == [("key", "basic"), ("own key",), ("budget", 50), ("mark", "tenants/acme/.tenant")]
    assert (world.record["status"], world.record["usageKey"], world.record["usageKeyId"]) == ("active", "value", "k1")
    assert world.record["kmsKeyArn"] == "arn:own"
    assert (world.operation["status"], world.operation["progress"]) == ("succeeded", 100)


def test_progress_only_grows() -> None:
    world, seen = creating(), []
    for step in STEPS:
        world.step(step)
        seen.append(world.operation["progress"])
    assert seen == sorted(set(seen))


def test_undoing_goes_backwards_and_forgets_the_key() -> None:
    world = creating()
    world.step(*STEPS[:4])
    world.log.clear()
    world.step("compensate", error={"Error": "Boom"})
    assert world.log == [("no mark", "tenants/acme/.tenant"), ("no budget",), ("no own key",), ("no key",)]
    assert world.record["status"] == "failed"
    assert not {"usageKey", "kmsKeyArn"} & set(world.record)
    assert "create_defaults failed (Boom)" in world.operation["error"]["message"]


def rotating() -> World:
    world = World()
    world.tenants.put(tier="premium", operationId="opn_1")
    world.operations.create({"operationId": "opn_1", "kind": "tenant.rotate_key", "createdAt": "2026-01-02"})
    return world


def test_a_rotation_takes_the_next_data_key_and_changes_nothing_else() -> None:
    world = rotating()
    world.step(*STEPS)
    assert ("next data key", "2026-01-02") in world.log
    assert (world.record["status"], world.record["tier"], world.record["kmsKeyArn"]) == ("active", "premium", "arn:own")
    assert world.operation["status"] == "succeeded"


def test_of_a_rotation_that_failed_there_is_nothing_to_undo() -> None:
    world = rotating()
    world.step("reserve", "create_usage_key")
    world.log.clear()
    world.step("compensate", error={"Error": "Boom"})
    assert world.log == []
    assert world.record["status"] == "active"
    assert "rotate its key again" in world.operation["error"]["message"]


def test_a_change_of_limits_touches_no_key() -> None:
    world = changing()
    world.step(*STEPS)
    assert not {("own key",), ("no own key",)} & set(world.log)
    assert "kmsKeyArn" not in world.record


def test_undoing_twice_is_undoing_once() -> None:
    world = creating()
    world.step("compensate", "compensate")
    assert world.log.count(("no key",)) == 1


def test_a_suspended_tenant_stays_suspended_through_a_change() -> None:
    world = changing()
    world.step(*STEPS)
    assert world.record["status"] == "suspended"
    assert world.log[:2] == [("key", "premium"), ("budget", 5000)]


@pytest.mark.parametrize(("before", "budget"), [({}, 50), ({"monthlyBudgetPico": 7 * DOLLAR}, 7)])
def test_undoing_a_change_puts_tier_and_budget_back(before: dict[str, int], budget: int) -> None:
    world = changing(**before)
    world.step("compensate")
    assert world.record["tier"] == "basic"
    assert ("monthlyBudgetPico" in world.record) == bool(before)
    assert world.log == [("key", "basic"), ("budget", budget)]


@pytest.mark.parametrize("step", STEPS)
def test_a_tenant_that_another_operation_took_over_is_left_alone(step: str) -> None:
    world = creating()
    world.tenants.put(operationId="opn_2")
    with pytest.raises(Conflict):
        world.step(step)
    world.step("compensate")
    assert world.log == []
    assert world.record["status"] == "active"
    assert "later operation" in world.operation["error"]["message"]


def test_the_key_of_a_tenant_that_is_being_deleted_is_removed_and_forgotten() -> None:
    world = World()
    world.tenants.put(status="deleting", operationId="opn_1", usageKey="value", usageKeyId="k1")
    world.operations.create({"operationId": "opn_1", "kind": "tenant.delete", "input": {}})
    world.step("remove_usage_key", "remove_usage_key")
    assert world.log == [("no key",)] * 2
    assert not {"usageKey", "usageKeyId"} & world.record.keys()


@pytest.mark.parametrize("status", ["active", "suspended", "deleted"])
def test_the_key_of_a_tenant_that_is_not_being_deleted_stays(status: str) -> None:
    world = World()
    world.tenants.put(status=status, operationId="opn_1", usageKeyId="k1")
    world.operations.create({"operationId": "opn_1", "kind": "tenant.delete", "input": {}})
    with pytest.raises(Conflict):
        world.step("remove_usage_key")
    assert world.log == []


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_an_operation_that_has_ended_does_nothing_more(status: str) -> None:
    world = creating()
    world.operation["status"] = status
    world.step(*STEPS, "compensate")
    assert world.log == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"Error": "States.Timeout"}, "(States.Timeout)"),
        ({"Error": "X", "Cause": '{"errorType": "Conflict", "errorMessage": "host 10.0.0.7"}'}, "(Conflict)"),
        ({"Error": "X", "Cause": "not json"}, "(X)"),
        ({"Error": "X", "Cause": "[]"}, "(X)"),
        ({"Error": "<script>"}, "(unknown)"),
        ({}, "(unknown)"),
    ],
)
def test_the_class_of_a_failure_is_told_and_its_text_is_not(error: dict[str, str], told: str) -> None:
    world = creating()
    world.step("compensate", error=error)
    assert told in world.operation["error"]["message"]
    assert "10.0.0.7" not in world.operation["error"]["message"]
