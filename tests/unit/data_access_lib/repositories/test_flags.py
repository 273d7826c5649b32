from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.repositories.flags import LABEL, Flags
from platform_kit.errors import NotFound
from tests.stores import SeenAudit, Stores

RULES = [{"tenants": ["acme"], "percent": 30}, {}]
RECORD = {"name": "agents.invoke", "enabled": True, "rules": RULES, "description": "d"}


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)


def put(table: AdminTable, etag: int | None = None, **fields: Any) -> dict[str, Any]:
    transaction = table.transaction()
    made = Flags(table).put_in(transaction, {**RECORD, **fields}, etag=etag)
    transaction.commit()
    return made


def test_a_flag_comes_back_as_it_was_put(table: AdminTable) -> None:
    made = put(table)
    assert Flags(table).get("agents.invoke") == made == {**RECORD, "etag": 1}


def test_a_new_flag_does_not_replace_one_that_is_there(table: AdminTable) -> None:
    put(table)
    with pytest.raises(ConditionFailed) as failed:
        put(table, enabled=False)
    assert failed.value.label == LABEL
    assert Flags(table).get("agents.invoke")["enabled"] is True


def test_a_flag_is_replaced_whole_when_its_version_is_known(table: AdminTable) -> None:
    put(table)
    assert put(table, etag=1, enabled=False, rules=[{}])["etag"] == 2
    found = Flags(table).get("agents.invoke")
    assert (found["enabled"], found["rules"]) == (False, [{}])
    with pytest.raises(ConditionFailed):
        put(table, etag=1)


def test_flags_are_listed_by_name_in_pages(table: AdminTable) -> None:
    for name in ("files.upload", "agents.stream", "agents.invoke"):
        put(table, name=name)
    first = Flags(table).list(limit=2)
    rest = Flags(table).list(limit=2, after=first.next_id)
    assert [item["name"] for item in (*first.items, *rest.items)] == ["agents.invoke", "agents.stream", "files.upload"]
    assert rest.next_id is None


def test_a_flag_that_is_not_there_is_not_found(table: AdminTable) -> None:
    assert Flags(table).find("agents.invoke") is None
    with pytest.raises(NotFound):
        Flags(table).get("agents.invoke")


@pytest.mark.parametrize("name", ["", "A", "a#b", "a\0", "x" * 64, "a/b", "TENANT#acme"])
def test_a_name_that_no_flag_can_have_reaches_no_key(name: str, table: AdminTable, stores: Stores) -> None:
    stores.client.calls.clear()
    with pytest.raises(InvalidIdentifier):
        Flags(table).find(name)
    assert stores.client.operations == []
