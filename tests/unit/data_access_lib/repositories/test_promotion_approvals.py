from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.promotion_approvals import LABEL, PromotionApprovals
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
    record = {"approvalId": new_id("pra"), "versionId": version_id, **more}
    transaction = table.transaction()
    PromotionApprovals(table).add_in(transaction, record)
    transaction.commit()
    return record


def test_a_version_has_its_own_newest_first(table: AdminTable) -> None:
    first, second = add(table), add(table)
    add(table, OTHER)
    found = [one["approvalId"] for one in PromotionApprovals(table).of(VERSION)]
    assert found == [second["approvalId"], first["approvalId"]]
    assert PromotionApprovals(table).get(VERSION, first["approvalId"])["versionId"] == VERSION


def test_it_is_found_under_its_version_alone_and_written_once(table: AdminTable) -> None:
    record = add(table)
    with pytest.raises(NotFound):
        PromotionApprovals(table).get(OTHER, record["approvalId"])
    transaction = table.transaction()
    PromotionApprovals(table).add_in(transaction, record)
    with pytest.raises(ConditionFailed) as failed:
        transaction.commit()
    assert failed.value.label == LABEL


def test_it_changes_from_what_was_read_and_is_used_once(table: AdminTable) -> None:
    approvals, record = PromotionApprovals(table), add(table, status="pending", votes=[])
    read = approvals.get(VERSION, record["approvalId"])

    def change(status: str) -> None:
        transaction = table.transaction()
        approvals.change_in(transaction, read, {"status": status, "votes": [{"choice": "approve"}]})
        transaction.commit()

    def use() -> None:
        transaction = table.transaction()
        approvals.use_in(transaction, VERSION, record["approvalId"], {"usedBy": "usr:1:ops"})
        transaction.commit()

    with pytest.raises(ConditionFailed):
        use()
    change("approved")
    with pytest.raises(ConditionFailed):
        change("denied")
    use()
    found = approvals.get(VERSION, record["approvalId"])
    assert (found["status"], found["votes"]) == ("consumed", [{"choice": "approve"}])
    with pytest.raises(ConditionFailed):
        use()
