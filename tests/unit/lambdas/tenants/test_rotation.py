from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.idempotency import Saved
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.tenants.models import OperationReply
from lambdas.tenants.rotation import KeyRotation
from lambdas.tenants.service import Office
from platform_kit.errors import Conflict, DependencyUnavailable, NotFound
from platform_kit.identity import Identity
from tests.unit.lambdas.tenants.tenants_fakes import FakeOperations, FakeTenants, FixedClock

ACME = TenantId("acme")
OPERATOR = Identity.from_context({"principalId": "usr:1:ops", "credential": "jwt", "roles": "Platform.Operator"})


@dataclass
class World:
    """An operator's desk; `log` is what happened in which order."""

    tenants: FakeTenants = field(default_factory=FakeTenants)
    operations: FakeOperations = field(default_factory=FakeOperations)
    saved: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[Any, ...]] = field(default_factory=list)
    unavailable: bool = False

    def trail(self, who: TenantContext) -> Any:
        self.log.append(("trail", who.tenant_id, who.principal_id))
        return self

    def append(self, draft: AuditDraft) -> None:
        self.log.append(("audited", draft.action, draft.target, draft.detail))

    def start(self, operation_id: str, tenant_id: str) -> None:
        self.log.append(("started", operation_id, tenant_id))
        if self.unavailable:
            raise DependencyUnavailable("Not now.")

    def ticket(self, _route: str, key: str, body: bytes) -> str:
        return f"{key}|{body.decode()}"

    def begin(self, ticket: str) -> Saved | None:
        return Saved(self.saved[ticket], None) if ticket in self.saved else None

    def complete(self, ticket: str, response: Mapping[str, Any]) -> None:
        self.saved[ticket] = response

    def fail(self, ticket: str) -> None:
        self.log.append(("key free", ticket))

    def rotate(self, tenant: str = "acme", key: str | None = None) -> tuple[OperationReply, bool]:
        office = Office(*(cast("Any", part) for part in (self.tenants, self.operations, self, None)))
        rotation = KeyRotation(self.trail, cast("Any", self), FixedClock())
        return rotation.begin(office, OPERATOR, TenantId(tenant), key=key, body=b"")


@pytest.mark.parametrize("status", ["active", "suspended"])
def test_a_rotation_is_written_down_handed_the_tenant_and_started(status: str) -> None:
    world = World()
    world.tenants.put(status=status)
    reply, replayed = world.rotate()
    assert (reply.kind, reply.status, replayed) == ("tenant.rotate_key", "queued", False)
    detail = {"operationId": reply.operation_id}
    assert world.log == [
        ("trail", "acme", "usr:1:ops"),
        ("audited", "tenant.key_rotation_requested", "acme", detail),
        ("started", reply.operation_id, "acme"),
    ]
    assert world.tenants.records["acme"]["operationId"] == reply.operation_id
    assert world.operations.records[reply.operation_id]["requestedBy"] == "usr:1:ops"


@pytest.mark.parametrize("status", ["provisioning", "failed", "deleting"])
def test_a_tenant_that_is_not_in_use_keeps_its_key(status: str) -> None:
    world = World()
    world.tenants.put(status=status)
    with pytest.raises(Conflict, match=status):
        world.rotate()
    assert (world.log, world.operations.records) == ([], {})


def test_a_tenant_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        World().rotate()


def test_a_repeated_request_gets_the_same_operation_and_another_tenants_does_not() -> None:
    world = World()
    world.tenants.put("acme")
    world.tenants.put("globex")
    first, _ = world.rotate(key="k")
    again, replayed = world.rotate(key="k")
    assert (again.operation_id, replayed) == (first.operation_id, True)
    assert world.rotate("globex", key="k")[0].operation_id != first.operation_id


def test_a_rotation_that_cannot_be_started_is_a_failed_operation_and_may_be_asked_for_again() -> None:
    world = World(unavailable=True)
    world.tenants.put()
    with pytest.raises(DependencyUnavailable):
        world.rotate(key="k")
    (operation,) = world.operations.records.values()
    assert operation["status"] == "failed"
    assert "Begin it again" in operation["error"]["message"]
    world.unavailable = False
    assert world.rotate(key="k")[0].status == "queued"
