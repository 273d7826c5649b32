from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.promotion_overrides import LABEL, PromotionOverrides
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import SeenAudit, Stores

VERSION, OTHER = "ver_" + "1" * 32, "ver_" + "2" * 32


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)


def add(table: AdminTable, version_id: str = VERSION, **more: Any) -> dict[str, Any]:
    record = {"requestId": new_id("bgp"), "versionId": version_id, **more}
    transaction = table.transaction()
    PromotionOverrides(table).add_in(transaction, record)
    transaction.commit()
    return record


def test_a_version_has_its_own_newest_first(table: AdminTable) -> None:
    first, second = add(table), add(table)
    add(table, OTHER)
    found = [one["requestId"] for one in PromotionOverrides(table).of(VERSION)]
    assert found == [second["requestId"], first["requestId"]]
    assert PromotionOverrides(table).get(VERSION, first["requestId"])["versionId"] == VERSION


def test_it_is_found_under_its_version_alone_and_written_once(table: AdminTable) -> None:
    record = add(table)
    with pytest.raises(NotFound):
        PromotionOverrides(table).get(OTHER, record["requestId"])
    transaction = table.transaction()
    PromotionOverrides(table).add_in(transaction, record)
    with pytest.raises(ConditionFailed) as failed:
        transaction.commit()
    assert failed.value.label == LABEL


def test_it_is_confirmed_once(table: AdminTable) -> None:
    record = add(table, status="open", closed=[{"gate": "evaluation", "why": "x"}])

    def confirm() -> None:
        transaction = table.transaction()
        PromotionOverrides(table).confirm_in(transaction, record, {"status": "confirmed"})
        transaction.commit()

    confirm()
    assert PromotionOverrides(table).get(VERSION, record["requestId"])["status"] == "confirmed"
    with pytest.raises(ConditionFailed):
        confirm()
