from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.kill_switches import LABEL, KillSwitches
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import SeenAudit, Stores


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)


def add(table: AdminTable, target: str = "acme") -> str:
    switch_id = new_id("ksw")
    transaction = table.transaction()
    KillSwitches(table).add_in(transaction, {"switchId": switch_id, "scope": "tenant", "target": target})
    transaction.commit()
    return switch_id


def remove(table: AdminTable, switch_id: str) -> None:
    transaction = table.transaction()
    KillSwitches(table).remove_in(transaction, switch_id)
    transaction.commit()


def test_a_switch_is_there_until_it_is_removed(table: AdminTable) -> None:
    switch_id = add(table)
    assert KillSwitches(table).get(switch_id) == {"switchId": switch_id, "scope": "tenant", "target": "acme"}
    remove(table, switch_id)
    with pytest.raises(NotFound):
        KillSwitches(table).get(switch_id)


def test_a_switch_is_removed_once(table: AdminTable) -> None:
    switch_id = add(table)
    remove(table, switch_id)
    with pytest.raises(ConditionFailed) as failed:
        remove(table, switch_id)
    assert failed.value.label == LABEL


def test_switches_are_listed_newest_first_in_pages(table: AdminTable) -> None:
    made = [add(table, f"tenant-{n}") for n in range(5)]
    first = KillSwitches(table).list(limit=3)
    rest = KillSwitches(table).list(limit=3, after=first.next_id)
    assert [item["switchId"] for item in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_id is None


@pytest.mark.parametrize("switch_id", ["", "ksw_1", "run_" + "0" * 32, "ksw_" + "0" * 31 + "#"])
def test_an_id_that_no_switch_can_have_is_not_found(switch_id: str, table: AdminTable) -> None:
    with pytest.raises(NotFound):
        KillSwitches(table).get(switch_id)
