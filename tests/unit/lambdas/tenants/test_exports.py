from typing import Any, cast

import pytest

from data_access_lib.tenant import TenantId
from lambdas.tenants.exports import Counter, Exports
from platform_kit.errors import NotFound
from platform_kit.identity import Identity
from tests.unit.lambdas.tenants.tenants_fakes import FakeOperations, FixedClock

OPERATOR = Identity("usr:1:ops", None, frozenset({"Platform.Operator"}), "", "jwt")


def exports() -> Exports:
    """Whatever opens the tenant fails: these operations must not."""
    nobody = cast("Any", None)
    return Exports(nobody, nobody, FixedClock())


def counter(**operation: Any) -> Counter:
    operations = FakeOperations()
    operations.create({"operationId": "opn_1", "kind": "tenant.export", "tenantId": "acme", **operation})
    return Counter(cast("Any", None), cast("Any", operations), cast("Any", None))


@pytest.mark.parametrize("other", [{"tenantId": "globex"}, {"kind": "tenant.delete"}])
def test_a_tenant_sees_its_own_exports_and_nothing_else(other: dict[str, str]) -> None:
    assert exports().own(counter(), TenantId("acme"), "opn_1")["operationId"] == "opn_1"
    with pytest.raises(NotFound):
        exports().own(counter(**other), TenantId("acme"), "opn_1")


@pytest.mark.parametrize("operation", [{"status": "running"}, {"kind": "tenant.create", "status": "succeeded"}])
def test_what_has_no_downloads_is_shown_without_opening_the_tenant(operation: dict[str, str]) -> None:
    found = counter(**operation).operations.get("opn_1")
    assert exports().shown(OPERATOR, found).downloads is None
