from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from data_access_lib.errors import StaleVersion
from lambdas.tenants.models import UpdateOwnTenant
from lambdas.tenants.own import OwnTenant
from platform_kit.errors import Forbidden
from platform_kit.identity import Identity
from tests.unit.lambdas.tenants.tenants_fakes import FakeLog

RECORD = {"name": "Acme", "status": "active", "tier": "basic", "residency": "r", "createdAt": "a", "updatedAt": "b"}


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeTenants:
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def get(self, tenant_id: str, *, consistent: bool = False) -> dict[str, Any]:
        self.asked.append(("get", tenant_id))
        return {**RECORD, "tenantId": tenant_id, "etag": 4}

    def update(self, tenant_id: str, etag: int, fields: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(("update", tenant_id, etag, dict(fields)))
        return {**RECORD, **fields, "tenantId": tenant_id, "etag": etag + 1}


def no_log(*_: object) -> Any:
    raise AssertionError("reading is not entered")


def somebody(tenant_id: str | None) -> Identity:
    return Identity("usr:a:b", tenant_id, frozenset({"Tenant.Admin"}), "basic", "jwt")


def test_the_tenant_is_the_callers() -> None:
    tenants = FakeTenants()
    shown, etag = OwnTenant(cast("Any", tenants), FixedClock(), no_log).get(somebody("acme"))
    assert (shown.id, etag, tenants.asked) == ("acme", 4, [("get", "acme")])


def test_only_what_was_given_is_changed() -> None:
    tenants = FakeTenants()
    wanted = UpdateOwnTenant.model_validate({"name": "B"})
    log = FakeLog()
    own = OwnTenant(cast("Any", tenants), FixedClock(), lambda *_: cast("Any", log))
    shown, etag = own.update(somebody("acme"), 4, wanted)
    assert (shown.name, etag) == ("B", 5)
    assert tenants.asked[1:] == [("update", "acme", 4, {"name": "B", "updatedAt": "2026-01-01T00:00:00.000Z"})]
    assert log.told == [("tenant.settings_changed", "acme", "allowed")]
    assert log.drafts[0].detail == {"name": {"from": "Acme", "to": "B"}}


def test_a_stale_change_is_neither_made_nor_entered() -> None:
    tenants, log = FakeTenants(), FakeLog()
    own = OwnTenant(cast("Any", tenants), FixedClock(), lambda *_: cast("Any", log))
    with pytest.raises(StaleVersion):
        own.update(somebody("acme"), 3, UpdateOwnTenant.model_validate({"name": "B"}))
    assert (tenants.asked, log.drafts) == ([("get", "acme")], [])


def test_who_has_no_tenant_has_no_settings() -> None:
    with pytest.raises(Forbidden):
        OwnTenant(cast("Any", FakeTenants()), FixedClock(), no_log).get(somebody(None))
