from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidTenantId, StoreUnavailable
from data_access_lib.repositories.break_glass import LABEL, RETENTION, BreakGlassGrants
from data_access_lib.tenant import TenantId
from platform_kit.clock import rfc3339
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import SeenAudit, Stores, failure, raising

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
ADA, BOB = "usr:1:ada", "usr:1:bob"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext(ADA, ("Platform.Admin",), "test")
    return AdminTable(client, stores.ops, admin, SeenAudit(), stores.signals)


def at(minutes: float) -> str:
    return rfc3339(NOON + timedelta(minutes=minutes))


def add(table: AdminTable, tenant: TenantId = ACME, who: str = ADA, minutes: int = 30) -> str:
    """A grant from noon on."""
    grant_id = new_id("brk")
    ends = NOON + timedelta(minutes=minutes)
    record = {"grantId": grant_id, "tenantId": str(tenant), "principalId": who, "reason": "r", "openedAt": at(0)}
    transaction = table.transaction()
    BreakGlassGrants(table).add_in(transaction, {**record, "expiresAt": rfc3339(ends)}, int(ends.timestamp()))
    transaction.commit()
    return grant_id


def end(table: AdminTable, grant_id: str, tenant: TenantId = ACME) -> None:
    transaction = table.transaction()
    BreakGlassGrants(table).end_in(transaction, tenant, grant_id, BOB, at(5))
    transaction.commit()


def open_to(table: AdminTable, minutes: float, tenant: TenantId = ACME, who: str = ADA) -> str | None:
    found = BreakGlassGrants(table).open_to(tenant, who, at(minutes))
    return None if found is None else str(found["grantId"])


def test_a_grant_is_as_it_was_made_and_kept_for_400_days_beyond_its_end(table: AdminTable, stores: Stores) -> None:
    grant_id = add(table)
    assert BreakGlassGrants(table).get(ACME, grant_id) == {
        "grantId": grant_id,
        "tenantId": "acme",
        "principalId": ADA,
        "reason": "r",
        "openedAt": at(0),
        "expiresAt": at(30),
    }
    raw = stores.raw(stores.ops, "TENANT#platform#BREAKGLASS#acme", grant_id)
    assert raw is not None
    assert int(raw["ttl"]["N"]) == int((NOON + timedelta(minutes=30) + RETENTION).timestamp())


def test_a_grant_is_made_once(table: AdminTable) -> None:
    record = {"grantId": new_id("brk"), "tenantId": "acme", "expiresAt": at(30)}
    for refused in (False, True):
        transaction = table.transaction()
        BreakGlassGrants(table).add_in(transaction, record, 0)
        if refused:
            with pytest.raises(ConditionFailed):
                transaction.commit()
        else:
            transaction.commit()


@pytest.mark.parametrize("minutes", [0, 15, 29.999])
def test_a_grant_is_open_from_its_opening_until_just_before_its_end(minutes: float, table: AdminTable) -> None:
    grant_id = add(table)
    assert open_to(table, minutes) == grant_id


@pytest.mark.parametrize("minutes", [-0.001, 30, 31])
def test_a_grant_is_not_open_before_its_opening_or_from_its_end_on(minutes: float, table: AdminTable) -> None:
    add(table)
    assert open_to(table, minutes) is None


def test_a_grant_is_open_to_its_principal_and_for_its_tenant_only(table: AdminTable) -> None:
    add(table)
    assert open_to(table, 1, who=BOB) is None
    assert open_to(table, 1, tenant=GLOBEX) is None


def test_a_grant_that_was_ended_is_not_open_and_says_who_ended_it(table: AdminTable) -> None:
    grant_id = add(table)
    end(table, grant_id)
    assert open_to(table, 1) is None
    ended = BreakGlassGrants(table).get(ACME, grant_id)
    assert (ended["endedAt"], ended["endedBy"]) == (at(5), BOB)


def test_a_grant_is_ended_once_and_under_its_tenant(table: AdminTable) -> None:
    grant_id = add(table)
    end(table, grant_id)
    for tenant in (ACME, GLOBEX):
        with pytest.raises(ConditionFailed) as failed:
            end(table, grant_id, tenant)
        assert failed.value.label == LABEL


def test_an_open_grant_is_found_among_many_that_are_not(table: AdminTable) -> None:
    grant_id = add(table, minutes=60)
    for _ in range(130):
        add(table, who=BOB, minutes=5)
    assert open_to(table, 30) == grant_id


def test_the_look_up_sees_what_was_just_written(table: AdminTable, stores: Stores) -> None:
    open_to(table, 1)
    assert stores.client.calls[-1][1]["ConsistentRead"] is True


def test_grants_that_cannot_be_read_open_nothing(table: AdminTable, stores: Stores) -> None:
    add(table)
    stores.client.answers["query"] = raising(failure("InternalServerError", "Query"))
    with pytest.raises(StoreUnavailable):
        open_to(table, 1)


def test_grants_are_listed_newest_first_in_pages_for_one_tenant(table: AdminTable) -> None:
    made = [add(table) for _ in range(5)]
    add(table, GLOBEX)
    first = BreakGlassGrants(table).list(ACME, limit=3)
    rest = BreakGlassGrants(table).list(ACME, limit=3, after=first.next_id)
    assert [item["grantId"] for item in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_id is None


@pytest.mark.parametrize("grant_id", ["", "brk_1", "run_" + "0" * 32, "brk_" + "0" * 31 + "#", "brk_" + "0" * 32])
def test_an_id_that_no_grant_has_is_not_found(grant_id: str, table: AdminTable) -> None:
    with pytest.raises(NotFound):
        BreakGlassGrants(table).get(ACME, grant_id)


def test_no_grant_is_kept_for_what_is_no_tenant(table: AdminTable) -> None:
    tenant: Any = "acme#x"
    with pytest.raises(InvalidTenantId):
        BreakGlassGrants(table).list(tenant)
