from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.admin import PlatformServiceTable
from data_access_lib.errors import ResidencyViolation
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.residency import by_authoriser, by_record
from data_access_lib.tenant import TenantId
from platform_kit.errors import Forbidden
from tests.stores import Stores

ACME = TenantId("acme")


@pytest.fixture
def tenants(stores: Stores) -> Tenants:
    table: Any = PlatformServiceTable(stores.client, stores.control, "test", frozenset({"TENANT"}), stores.signals)  # type: ignore[arg-type]  # watched
    return Tenants(table)


def test_a_tenant_whose_record_names_this_region_is_kept_here(tenants: Tenants, stores: Stores) -> None:
    tenants.create({"tenantId": ACME, "residency": "eu-west-1"})
    stores.client.calls.clear()
    by_record(tenants, "eu-west-1")(ACME)
    ((operation, request),) = stores.client.calls
    assert (operation, request["ConsistentRead"]) == ("get_item", True)
    assert request["Key"] == {"pk": {"S": "TENANT#platform#TENANT"}, "sk": {"S": "acme"}}


@pytest.mark.parametrize("residency", ["eu-west-2", "", None, "EU-WEST-1", " eu-west-1", ["eu-west-1"], 1])
def test_any_other_record_is_of_a_tenant_that_is_not(tenants: Tenants, residency: object) -> None:
    tenants.create({"tenantId": ACME, "residency": residency})
    with pytest.raises(ResidencyViolation):
        by_record(tenants, "eu-west-1")(ACME)


def test_a_tenant_without_a_residency_or_a_record_is_kept_nowhere(tenants: Tenants) -> None:
    check = by_record(tenants, "eu-west-1")
    with pytest.raises(ResidencyViolation):
        check(ACME)
    tenants.create({"tenantId": ACME})
    with pytest.raises(ResidencyViolation):
        check(ACME)


def test_behind_the_authoriser_nothing_is_asked_again(stores: Stores) -> None:
    by_authoriser(ACME)
    assert stores.client.calls == []


def test_the_refusal_is_a_403_that_names_no_region() -> None:
    refusal = ResidencyViolation()
    assert isinstance(refusal, Forbidden)
    assert (refusal.status, refusal.code) == (403, "RESIDENCY")
    assert "eu-" not in refusal.detail
    assert keys.tenant_key(ACME).sk not in refusal.detail
