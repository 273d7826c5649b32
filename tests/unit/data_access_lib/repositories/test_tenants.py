import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidTenantId, StaleVersion
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.tenant import PLATFORM, TenantId
from platform_kit.errors import NotFound
from tests.stores import SeenAudit, Stores

ACME = TenantId("acme")


@pytest.fixture
def tenants(stores: Stores) -> Tenants:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    return Tenants(AdminTable(stores.client, stores.control, admin, SeenAudit(), stores.signals))  # type: ignore[arg-type]


def test_a_tenant_is_created_once_and_read_back(tenants: Tenants, stores: Stores) -> None:
    created = tenants.create({"tenantId": ACME, "tier": "basic"})
    assert created == {"tenantId": "acme", "tier": "basic", "etag": 1} == tenants.get(ACME) == tenants.find(ACME)
    assert stores.raw(stores.control, "TENANT#platform#TENANT", "acme") is not None
    with pytest.raises(ConditionFailed):
        tenants.create({"tenantId": ACME, "tier": "premium"})


def test_a_change_needs_the_present_version(tenants: Tenants) -> None:
    tenants.create({"tenantId": ACME, "tier": "basic"})
    assert tenants.update(ACME, 1, {"tier": "premium"}) == {"tenantId": "acme", "tier": "premium", "etag": 2}
    with pytest.raises(StaleVersion):
        tenants.update(ACME, 1, {"tier": "basic"})
    with pytest.raises(NotFound):
        tenants.update(TenantId("globex"), 1, {"tier": "basic"})


def test_the_platform_has_a_record_that_no_list_shows(tenants: Tenants) -> None:
    for name in (PLATFORM, ACME, TenantId("globex"), TenantId("zebra")):
        tenants.create({"tenantId": name})
    assert tenants.get(PLATFORM)["tenantId"] == "platform"
    first = tenants.list(limit=2)
    assert ([item["tenantId"] for item in first.items], first.next_id) == (["acme", "globex"], "globex")
    rest = tenants.list(after=first.next_id)
    assert ([item["tenantId"] for item in rest.items], rest.next_id) == (["zebra"], None)


def test_what_is_not_there_is_not_found(tenants: Tenants) -> None:
    assert tenants.find(ACME) is None
    with pytest.raises(NotFound, match=r"^There is no such tenant\.$"):
        tenants.get(ACME)
    with pytest.raises(InvalidTenantId):
        tenants.create({"tenantId": "platform"})


def test_a_read_may_be_consistent(tenants: Tenants, stores: Stores) -> None:
    tenants.find(ACME)
    tenants.find(ACME, consistent=True)
    with pytest.raises(NotFound):
        tenants.get(ACME)
    with pytest.raises(NotFound):
        tenants.get(ACME, consistent=True)
    assert [request["ConsistentRead"] for _, request in stores.client.calls] == [False, True, False, True]


def test_a_failed_provisioning_removes_its_record(tenants: Tenants) -> None:
    tenants.create({"tenantId": ACME})
    tenants.delete(ACME)
    tenants.delete(ACME)
    assert tenants.find(ACME) is None


def test_a_list_shows_fifty_unless_told(tenants: Tenants, stores: Stores) -> None:
    tenants.list()
    assert stores.client.calls[0][1]["Limit"] == 50


def test_tenants_can_be_listed_by_state_and_tier(tenants: Tenants) -> None:
    for name, status, tier in (("aaa", "active", "basic"), ("bbb", "active", "premium"), ("ccc", "failed", "basic")):
        tenants.create({"tenantId": TenantId(name), "status": status, "tier": tier})

    def listed(status: str | None = None, tier: str | None = None) -> list[str]:
        return [item["tenantId"] for item in tenants.list(status=status, tier=tier).items]

    assert listed(status="active") == ["aaa", "bbb"]
    assert listed(tier="basic") == ["aaa", "ccc"]
    assert listed("active", "basic") == ["aaa"]


def test_a_change_may_take_a_field_away(tenants: Tenants) -> None:
    tenants.create({"tenantId": ACME, "tier": "basic", "failure": "x"})
    assert tenants.update(ACME, 1, {"tier": "premium"}, remove=("failure",)) == {
        "tenantId": "acme",
        "tier": "premium",
        "etag": 2,
    }


@pytest.mark.parametrize(
    ("there", "free"),
    [
        (None, True),
        ({"status": "failed", "updatedAt": "2026-03-04"}, True),
        ({"status": "provisioning", "updatedAt": "2026-03-01"}, True),
        ({"status": "provisioning", "updatedAt": "2026-03-03"}, False),
        ({"status": "active", "updatedAt": "2026-03-01"}, False),
        ({"status": "suspended", "updatedAt": "2026-03-01"}, False),
    ],
)
def test_an_id_is_free_when_its_provisioning_failed_or_stood_still(
    tenants: Tenants,
    stores: Stores,
    there: dict[str, str] | None,
    free: bool,  # noqa: FBT001 - a table's column
) -> None:
    if there:
        tenants.create({"tenantId": ACME, "tier": "basic", **there})
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    table = AdminTable(stores.client, stores.control, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]
    transaction = table.transaction()
    tenants.reserve(transaction, {"tenantId": ACME, "status": "provisioning"}, "2026-03-03")
    if free:
        transaction.commit()
        assert tenants.get(ACME) == {"tenantId": "acme", "status": "provisioning", "etag": 1}
        return
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert caught.value.label == "tenant"
