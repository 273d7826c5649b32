from typing import Any

import pytest

from lambdas.tenants.views import monthly_budget, operation_reply, own_tenant_reply, tenant_reply

RECORD: dict[str, Any] = {
    "tenantId": "acme",
    "name": "Acme",
    "status": "suspended",
    "tier": "standard",
    "residency": "us-east-1",
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-02T00:00:00.000Z",
    "usageKey": "the key itself",
    "usageKeyId": "key-id",
    "suspensionReason": "unpaid",
    "operationId": "opn_1",
    "etag": 3,
}


@pytest.mark.parametrize("view", [tenant_reply, own_tenant_reply])
def test_a_usage_key_is_shown_to_nobody(view: Any) -> None:
    shown = view(RECORD).model_dump_json()
    assert "the key itself" not in shown
    assert "key-id" not in shown


def test_why_a_tenant_is_suspended_is_for_operators() -> None:
    assert tenant_reply(RECORD).suspension_reason == "unpaid"
    assert "unpaid" not in own_tenant_reply(RECORD).model_dump_json()


@pytest.mark.parametrize(("own", "expected"), [(None, 500 * 10**12), (0, 0), (7, 7)])
def test_a_tenants_own_budget_goes_before_its_tiers(own: int | None, expected: int) -> None:
    record = RECORD if own is None else {**RECORD, "monthlyBudgetPico": own}
    assert monthly_budget(record) == expected


def test_an_operation_shows_how_it_ended() -> None:
    times = {"createdAt": "a", "updatedAt": "b"}
    record = {"operationId": "opn_1", "kind": "tenant.create", "status": "failed", "progress": 30, **times}
    shown = operation_reply({**record, "error": {"code": "X", "message": "y"}, "requestedBy": "usr:1"})
    assert shown.model_dump(by_alias=True, exclude_none=True) == {
        **record,
        "error": {"code": "X", "message": "y"},
    }
