from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.members import ANOTHER, MEMBER, Members
from data_access_lib.tenant import TenantId
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

ACME = TenantId("acme")


@pytest.fixture
def members(stores: Stores) -> Members:
    return Members(stores.table(stores.control))


def joined(members: Members, principal: str = "usr:1:bob", *roles: str, **fields: Any) -> dict[str, Any]:
    record = {"userId": new_id("usr"), "principalId": principal, "roles": list(roles), "status": "active", **fields}
    transaction = members._table.transaction()
    members.join(transaction, record)
    transaction.commit()
    return {**record, "etag": 1}


def changed(members: Members, record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    transaction = members._table.transaction()
    after = members.change(transaction, record, fields)
    transaction.commit()
    return after


def test_a_member_is_found_by_id_and_by_principal(members: Members, stores: Stores) -> None:
    record = joined(members, "usr:1:bob", "Tenant.Viewer", email="bob@acme.test")
    assert members.get(record["userId"]) == record == members.find(record["userId"])
    deciding = {"userId": record["userId"], "roles": ["Tenant.Viewer"], "status": "active"}
    assert members.of_principal("usr:1:bob") == deciding
    assert "bob@" not in str(stores.raw(stores.control, *keys.member_key(ACME, "usr:1:bob")))


def test_who_is_not_there_is_not_found(members: Members) -> None:
    assert members.find(new_id("usr")) is None
    assert members.of_principal("usr:1:nobody") is None
    with pytest.raises(NotFound, match=r"^There is no such member\.$"):
        members.get(new_id("usr"))


def test_a_principal_joins_once(members: Members) -> None:
    joined(members)
    with pytest.raises(ConditionFailed) as caught:
        joined(members)
    assert caught.value.label == MEMBER


def test_a_change_is_in_the_record_and_in_what_decides(members: Members) -> None:
    record = joined(members, "usr:1:bob", "Tenant.Viewer")
    after = changed(members, record, roles=["Tenant.Admin"], status="disabled", updatedAt="now")
    assert after == members.get(record["userId"]) == {**record, **after}
    assert (after["etag"], after["updatedAt"]) == (2, "now")
    deciding = {"userId": record["userId"], "roles": ["Tenant.Admin"], "status": "disabled"}
    assert members.of_principal("usr:1:bob") == deciding


def test_a_stale_change_changes_neither(members: Members) -> None:
    record = joined(members, "usr:1:bob", "Tenant.Viewer")
    changed(members, record, roles=["Tenant.Developer"])
    with pytest.raises(ConditionFailed) as caught:
        changed(members, record, roles=["Tenant.Admin"])
    assert caught.value.label == MEMBER
    assert (members.of_principal("usr:1:bob") or {})["roles"] == ["Tenant.Developer"]


def test_another_holder_of_a_role_is_active_and_somebody_else(members: Members) -> None:
    ada = joined(members, "usr:1:ada", "Tenant.Admin")
    joined(members, "usr:1:bob", "Tenant.Viewer")
    joined(members, "usr:1:cat", "Tenant.Admin", status="disabled")
    assert members.another(ada["userId"], "Tenant.Admin") is None
    dan = joined(members, "usr:1:dan", "Tenant.Admin", "Tenant.Viewer")
    assert members.another(ada["userId"], "Tenant.Admin") == dan["userId"]
    assert members.another(dan["userId"], "Tenant.Admin") == ada["userId"]


def test_holding_demands_an_active_member_with_the_role(members: Members) -> None:
    ada = joined(members, "usr:1:ada", "Tenant.Admin")

    def hold() -> None:
        transaction = members._table.transaction()
        members.hold(transaction, ada["userId"], "Tenant.Admin")
        transaction.commit()

    hold()
    ada = changed(members, ada, status="disabled")
    for fields in ({"status": "disabled"}, {"status": "active", "roles": ["Tenant.Viewer"]}):
        ada = changed(members, ada, **fields)
        with pytest.raises(ConditionFailed) as caught:
            hold()
        assert caught.value.label == ANOTHER


def test_members_are_listed_newest_first(members: Members, stores: Stores) -> None:
    ids = [joined(members, f"usr:1:{number}")["userId"] for number in range(5)]
    page = members.list(limit=3)
    rest = members.list(limit=3, after=page.next_id)
    assert [item["userId"] for item in (*page.items, *rest.items)] == ids[::-1]
    assert rest.next_id is None
    assert Members(stores.table(stores.control, "globex")).list().items == []
