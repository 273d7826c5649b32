from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.repositories.tools import LABEL, Tools
from platform_kit.errors import NotFound
from tests.stores import SeenAudit, Stores
from tests.unit.governance.toolbox.test_custom import TOOL

MADE = "2026-03-04T05:06:07.890Z"


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)


def put(table: AdminTable, etag: int | None = None, **fields: Any) -> dict[str, Any]:
    transaction = table.transaction()
    made = Tools(table).put_in(transaction, {**TOOL, **fields}, etag=etag)
    transaction.commit()
    return made


def remove(table: AdminTable, record: dict[str, Any]) -> None:
    transaction = table.transaction()
    Tools(table).remove_in(transaction, record)
    transaction.commit()


def test_a_tool_comes_back_as_it_was_put_its_schemas_to_the_letter(table: AdminTable) -> None:
    schema = {"type": "object", "properties": {"n": {"maximum": 1e300, "multipleOf": 0.1}}}
    made = put(table, inputSchema=schema)
    assert Tools(table).get("crm.lookup") == made == {**TOOL, "inputSchema": schema, "etag": 1}


def test_a_tool_is_replaced_when_its_version_is_known_and_not_otherwise(table: AdminTable) -> None:
    put(table)
    for etag in (None, 7):
        with pytest.raises(ConditionFailed) as failed:
            put(table, etag=etag, risk="low")
        assert failed.value.label == LABEL
    assert put(table, etag=1, risk="low")["etag"] == 2


def test_tools_are_listed_by_name(table: AdminTable) -> None:
    for name in ("b.two", "a.one", "c"):
        put(table, name=name)
    first = Tools(table).list(limit=2)
    assert [item["name"] for item in first.items] == ["a.one", "b.two"]
    assert [item["name"] for item in Tools(table).list(after=first.next_id).items] == ["c"]


def test_a_tool_that_is_removed_is_gone_once(table: AdminTable) -> None:
    made = put(table, updatedAt=MADE)
    remove(table, made)
    with pytest.raises(NotFound):
        Tools(table).get("crm.lookup")
    with pytest.raises(ConditionFailed):
        remove(table, made)


def test_what_took_a_removed_tools_name_is_not_removed_for_it(table: AdminTable) -> None:
    """Whoever looked at the one must not take the other away, though both are of version 1."""
    pack = put(table, pack={"name": "crm"}, updatedAt=MADE)
    remove(table, pack)
    own = put(table, updatedAt="2026-03-04T05:06:07.891Z")
    with pytest.raises(ConditionFailed) as failed:
        remove(table, pack)
    assert failed.value.label == LABEL
    remove(table, own)


@pytest.mark.parametrize("name", ["", "X", "a#b", "a..b", "a.", "x" * 65, "a\n", None])
def test_what_is_no_name_reaches_no_key(table: AdminTable, name: Any) -> None:
    with pytest.raises(InvalidIdentifier):
        Tools(table).find(name)
