from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import StaleVersion, StoreUnavailable
from lambdas.tenants.models import CreateTenant, SuspendTenant, UpdateTenant
from lambdas.tenants.service import Office, TenantService
from platform_kit.errors import Conflict, DependencyUnavailable, InvalidCursor, NotFound, Unprocessable
from platform_kit.identity import Identity
from tests.unit.lambdas.tenants.tenants_fakes import FakeLog, FakeOperations, FakeTenants, FixedClock

OPS = Identity("usr:a:ops", None, frozenset({"Platform.Operator"}), "", "jwt")
WHY = SuspendTenant(reason="unpaid")


@dataclass
class World:
    tenants: FakeTenants = field(default_factory=FakeTenants)
    operations: FakeOperations = field(default_factory=FakeOperations)
    started: list[tuple[str, str]] = field(default_factory=list)
    no_workflow: bool = False
    log: FakeLog = field(default_factory=FakeLog)

    def start(self, operation_id: str, tenant_id: str) -> None:
        if self.no_workflow:
            raise DependencyUnavailable("Step Functions is down.")
        self.started.append((operation_id, tenant_id))

    @property
    def service(self) -> TenantService:
        none: Any = None
        office = Office(cast("Any", self.tenants), cast("Any", self.operations), none, none)
        cursors = CursorCodec(lambda: [b"s" * 32], clock=FixedClock())
        log = cast("Any", self.log)
        return TenantService(
            lambda _who: office, cast("Any", self), cursors, FixedClock(), "eu-central-1", lambda *_: log
        )


@pytest.fixture
def world() -> World:
    made = World()
    made.tenants.put()
    return made


def update(world: World, etag: int = 1, **fields: Any) -> Any:
    return world.service.update(OPS, "acme", etag, UpdateTenant.model_validate(fields))


def test_data_stays_where_this_deployment_is(world: World) -> None:
    wanted = CreateTenant.model_validate({"id": "abc", "name": "A", "tier": "basic", "residency": "us-east-1"})
    with pytest.raises(Unprocessable, match="eu-central-1"):
        world.service.create(OPS, wanted, key=None, body=b"")


def test_a_suspension_that_loses_a_race_tries_again(world: World) -> None:
    world.tenants.stale = 2
    reply, etag = world.service.suspend(OPS, "acme", WHY)
    assert (reply.status, reply.suspended_at, etag) == ("suspended", "2026-01-02T03:04:05.000Z", 4)


def test_a_suspension_that_always_loses_says_so(world: World) -> None:
    world.tenants.stale = 99
    with pytest.raises(Conflict, match="Try again"):
        world.service.suspend(OPS, "acme", WHY)


def test_suspending_again_keeps_the_first_reason(world: World) -> None:
    world.service.suspend(OPS, "acme", WHY)
    reply, etag = world.service.suspend(OPS, "acme", SuspendTenant(reason="other"))
    assert (reply.suspension_reason, etag) == ("unpaid", 2)


@pytest.mark.parametrize("status", ["provisioning", "failed"])
def test_only_what_was_active_can_be_suspended_or_reinstated(status: str, world: World) -> None:
    world.tenants.put(status=status)
    with pytest.raises(Conflict, match=status):
        world.service.suspend(OPS, "acme", WHY)
    with pytest.raises(Conflict, match=status):
        world.service.reinstate(OPS, "acme")


@pytest.mark.parametrize("fields", [{"name": "B"}, {"tier": "basic"}, {"name": "B", "tier": "basic"}])
def test_a_change_that_touches_no_limit_starts_nothing(fields: dict[str, Any], world: World) -> None:
    update(world, **fields)
    assert world.started == []


@pytest.mark.parametrize("fields", [{"tier": "premium"}, {"monthlyBudget": "50"}])
def test_a_new_limit_is_carried_out_by_an_operation_that_remembers_the_old(
    fields: dict[str, Any], world: World
) -> None:
    reply, etag = update(world, **fields)
    ((operation_id, tenant_id),) = world.started
    assert (reply.operation_id, tenant_id, etag) == (operation_id, "acme", 2)
    operation = world.operations.records[operation_id]
    assert operation["input"] == {"before": {"tier": "basic", "monthlyBudgetPico": None}}
    assert (operation["kind"], operation["requestedBy"]) == ("tenant.change", "usr:a:ops")


def test_a_stale_change_starts_nothing(world: World) -> None:
    with pytest.raises(StaleVersion):
        update(world, etag=7, tier="premium")
    assert world.started == []
    assert world.tenants.records["acme"]["tier"] == "basic"
    assert world.operations.records == {}


def test_a_change_that_cannot_be_started_is_taken_back_whole(world: World) -> None:
    world.no_workflow = True
    with pytest.raises(DependencyUnavailable):
        update(world, name="B", tier="premium", monthlyBudget="50")
    record = world.tenants.records["acme"]
    assert (record["name"], record["tier"], record["etag"]) == ("Acme", "basic", 3)
    assert "monthlyBudgetPico" not in record
    assert "operationId" not in record
    (operation,) = world.operations.records.values()
    assert operation["status"] == "failed"
    assert "as it was" in operation["error"]["message"]


def test_a_cursor_belongs_to_its_filters(world: World) -> None:
    page = world.service.list(OPS, limit=1, cursor=None, status="active", tier=None)
    again = world.service.list(OPS, limit=1, cursor=page.next_cursor, status="active", tier=None)
    assert again.next_cursor is None
    assert world.tenants.asked[-1] == {"limit": 1, "after": "more", "status": "active", "tier": None}
    with pytest.raises(InvalidCursor):
        world.service.list(OPS, limit=1, cursor=page.next_cursor, status="suspended", tier=None)


@pytest.mark.parametrize("tenant_id", ["nobody", "platform", "A#B"])
def test_who_is_not_there_is_not_found(tenant_id: str, world: World) -> None:
    with pytest.raises(NotFound):
        world.service.get(OPS, tenant_id)


# What the tenant can read of it


def test_what_operators_do_to_a_tenant_is_entered_in_its_log(world: World) -> None:
    update(world, name="B", adminEmail="it@acme.test")
    world.service.suspend(OPS, "acme", WHY)
    world.service.reinstate(OPS, "acme")
    assert world.log.told == [
        ("tenant.updated", "acme", "allowed"),
        ("tenant.suspended", "acme", "allowed"),
        ("tenant.reinstated", "acme", "allowed"),
    ]
    assert world.log.drafts[0].detail == {"name": {"from": "Acme", "to": "B"}, "adminEmail": "changed"}
    assert "unpaid" not in str(world.log.drafts)


def test_what_changes_nothing_is_not_entered(world: World) -> None:
    world.service.suspend(OPS, "acme", WHY)
    before = len(world.log.drafts)
    world.service.suspend(OPS, "acme", WHY)
    with pytest.raises(StaleVersion):
        update(world, etag=9, name="B")
    world.tenants.put("acme", status="failed")
    for refused in (lambda: world.service.suspend(OPS, "acme", WHY), lambda: update(world, name="B")):
        with pytest.raises(Conflict):
            refused()
    assert len(world.log.drafts) == before


def test_a_change_that_fails_is_entered_as_failed(world: World) -> None:
    world.no_workflow = True
    with pytest.raises(DependencyUnavailable):
        update(world, tier="premium")
    world.tenants.stale = 99
    with pytest.raises(Conflict):
        world.service.suspend(OPS, "acme", WHY)
    assert [decision for _, _, decision in world.log.told] == ["allowed", "failed"] * 2


def test_without_the_audit_log_nothing_is_changed(world: World) -> None:
    world.log.down = True
    before = dict(world.tenants.records["acme"])
    for change in (lambda: world.service.suspend(OPS, "acme", WHY), lambda: update(world, name="B")):
        with pytest.raises(StoreUnavailable):
            change()
    assert world.tenants.records["acme"] == before
