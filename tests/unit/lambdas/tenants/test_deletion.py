from typing import Any, cast

import pytest

from data_access_lib.errors import StaleVersion
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.tenant import TenantId
from lambdas.tenants.deletion import Deletions
from lambdas.tenants.exports import Counter
from lambdas.tenants.models import DeleteTenant
from platform_kit.errors import Conflict, DependencyUnavailable, Forbidden, InvalidBody
from platform_kit.identity import Identity
from tests.unit.lambdas.tenants.tenants_fakes import FakeOperations, FakeTenants, FixedClock

ACME = TenantId("acme")
OPERATOR = Identity("usr:1:ops", None, frozenset({"Platform.Operator"}), "", "jwt")


class Records(FakeTenants, Tenants):  # type: ignore[misc]  # a double that passes for what an operator may change
    """Records in memory."""


class Operations(FakeOperations):
    def find(self, operation_id: str) -> dict[str, Any] | None:
        return self.records.get(operation_id)


class World:
    def __init__(self, **record: Any) -> None:
        self.tenants = Records()
        self.tenants.put(**record)
        self.operations = Operations()
        self.log: list[str] = []
        self.broken = False

    @property
    def audit(self) -> "World":
        return self

    def append(self, draft: Any) -> None:
        self.log.append(draft.action)

    def start(self, *_: str) -> None:
        self.log.append("started")
        if self.broken:
            raise DependencyUnavailable("no")

    def delete(self, etag: int = 1, confirm: str = "acme") -> Any:
        deletions = Deletions(lambda _: cast("Any", self), cast("Any", self), FixedClock())
        counter = Counter(self.tenants, cast("Any", self.operations), cast("Any", None))
        return deletions.begin(counter, OPERATOR, ACME, etag, DeleteTenant(confirm=confirm))


def test_it_is_written_down_before_anything_is_done() -> None:
    world = World()
    begun = world.delete()
    assert world.log == ["tenant.deletion_requested", "started"]
    record = world.tenants.records["acme"]
    assert (record["status"], record["operationId"]) == ("deleting", begun.operation_id)
    assert world.operations.records[begun.operation_id]["kind"] == "tenant.delete"


@pytest.mark.parametrize("confirm", ["", "acme ", "Acme", "acme-2"])
def test_without_its_id_nothing_is_deleted(confirm: str) -> None:
    world = World()
    with pytest.raises(InvalidBody):
        world.delete(confirm=confirm)
    assert (world.log, world.operations.records) == ([], {})


def test_another_version_than_the_one_seen_is_not_deleted() -> None:
    world = World()
    with pytest.raises(StaleVersion):
        world.delete(etag=2)
    assert world.log == []


def test_a_tenant_that_changed_in_this_moment_stays() -> None:
    world = World()
    world.tenants.stale = 1
    with pytest.raises(StaleVersion):
        world.delete()
    (operation,) = world.operations.records.values()
    assert (operation["status"], world.tenants.records["acme"]["status"]) == ("failed", "active")
    assert "started" not in world.log


def test_a_deletion_that_cannot_be_started_leaves_the_tenant_closed_and_can_be_asked_for_again() -> None:
    world = World()
    world.broken = True
    with pytest.raises(DependencyUnavailable):
        world.delete()
    (operation,) = world.operations.records.values()
    assert (operation["status"], world.tenants.records["acme"]["status"]) == ("failed", "deleting")
    world.broken = False
    assert world.delete(etag=2).status == "queued"


@pytest.mark.parametrize("status", ["queued", "running"])
def test_one_deletion_at_a_time(status: str) -> None:
    world = World(status="deleting", operationId="opn_1")
    world.operations.create({"operationId": "opn_1", "status": status})
    with pytest.raises(Conflict, match="opn_1"):
        world.delete()


def test_what_is_deleted_is_deleted_again_by_an_operation_of_its_own() -> None:
    world = World(status="deleted", operationId="opn_1", deletedAt="2026-01-01T00:00:00.000Z")
    world.operations.create({"operationId": "opn_1", "status": "succeeded"})
    begun = world.delete()
    record = world.tenants.records["acme"]
    assert begun.operation_id != "opn_1"
    assert (record["status"], record["operationId"]) == ("deleting", begun.operation_id)
    assert world.log == ["tenant.deletion_requested", "started"]


@pytest.mark.parametrize(("given", "error"), [({"etag": 2}, StaleVersion), ({"confirm": "acme-2"}, InvalidBody)])
def test_the_same_is_asked_of_who_deletes_again(given: dict[str, Any], error: type[Exception]) -> None:
    world = World(status="deleted", operationId="opn_1")
    with pytest.raises(error):
        world.delete(**given)
    assert (world.log, world.tenants.records["acme"]["status"]) == ([], "deleted")


@pytest.mark.parametrize("status", ["provisioning", "failed"])
def test_only_what_lived_can_be_deleted(status: str) -> None:
    with pytest.raises(Conflict):
        World(status=status).delete()


def test_who_may_only_read_tenants_deletes_none() -> None:
    counter = Counter(cast("Any", object()), cast("Any", None), cast("Any", None))
    with pytest.raises(Forbidden):
        _ = counter.records
