from dataclasses import dataclass, field
from typing import Any

import pytest

from data_access_lib.canary_work import CanaryBench
from data_access_lib.instance_work import HoldBench
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.canaries import Canaries
from data_access_lib.repositories.holds import Holds
from data_access_lib.repositories.instances import Instances
from data_access_lib.tenant import TenantContext, TenantId
from governance.instance_models import BulkInstances, Quarantined
from lambdas.tenant_instances.service import Desk, TenantInstances
from platform_kit.clock import SystemClock
from platform_kit.errors import NotFound
from platform_kit.identity import Identity
from tests.stores import Stores

WHO = Identity("usr:ops", None, frozenset({"Platform.Operator"}), "platform", "person")


@dataclass
class Tenants:
    known: frozenset[str] = frozenset({"acme"})

    def get(self, tenant_id: TenantId) -> dict[str, Any]:
        if tenant_id not in self.known:
            raise NotFound("There is no such tenant.")
        return {"tenantId": tenant_id}


@dataclass
class Told:
    """What the service did, in order."""

    steps: list[tuple[str, ...]] = field(default_factory=list)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def service(stores: Stores, told: Told) -> TenantInstances:
    ops = stores.table(stores.ops)
    instances = Instances(stores.table(stores.control))
    instances.create_if_absent({"agent": "a", "instanceId": "ins_1"})
    audit, clock = AuditLog(stores.table(stores.ledger), ops), SystemClock()
    bench = HoldBench(Holds(ops), audit, clock)
    nothing: Any = None  # no version is looked at
    canaries = CanaryBench(instances, Canaries(ops), audit, nothing, nothing, clock)

    def desk(context: TenantContext) -> Desk:
        told.steps.append(("open", str(context.tenant_id), context.principal_id))
        return Desk(instances, bench, canaries)

    def tell(what: Quarantined) -> None:
        told.steps.append(("tell", what.agent, bench.holds.get(what.agent).state))

    def note(who: Identity, tenant_id: TenantId, operation: str) -> None:
        told.steps.append(("note", str(tenant_id), operation))

    return TenantInstances(Tenants(), desk, note, tell, None)  # type: ignore[arg-type]  # no cursor is used


def quarantine(*agents: str) -> BulkInstances:
    return BulkInstances(agents=list(agents), status="quarantined", reason="r")


def test_access_is_noted_before_the_tenant_is_opened_and_the_hold_written_before_it_is_told_of(
    service: TenantInstances, told: Told
) -> None:
    service.bulk(WHO, "acme", quarantine("a"))
    assert told.steps == [
        ("note", "acme", "quarantined"),
        ("open", "acme", WHO.principal_id),
        ("tell", "a", "quarantined"),
    ]


def test_nothing_is_told_of_an_agent_that_the_tenant_does_not_use(service: TenantInstances, told: Told) -> None:
    assert service.bulk(WHO, "acme", quarantine("b")).failed == 1
    assert [step for step in told.steps if step[0] == "tell"] == []


def test_a_tenant_that_is_not_there_is_neither_noted_nor_opened(service: TenantInstances, told: Told) -> None:
    with pytest.raises(NotFound):
        service.list(WHO, "globex", limit=10, cursor=None)
    assert told.steps == []
