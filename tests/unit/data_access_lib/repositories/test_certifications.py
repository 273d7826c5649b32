from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.certifications import LABEL, Certifications
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
    record = {"certificationId": new_id("crt"), "versionId": version_id, **more}
    transaction = table.transaction()
    Certifications(table).add_in(transaction, record)
    transaction.commit()
    return record


def test_a_version_has_its_own_newest_first(table: AdminTable) -> None:
    first, second = add(table), add(table)
    add(table, OTHER)
    found = [one["certificationId"] for one in Certifications(table).of(VERSION)]
    assert found == [second["certificationId"], first["certificationId"]]
    assert Certifications(table).get(VERSION, first["certificationId"])["versionId"] == VERSION


def test_it_is_found_under_its_version_alone_and_written_once(table: AdminTable) -> None:
    record = add(table)
    with pytest.raises(NotFound):
        Certifications(table).get(OTHER, record["certificationId"])
    transaction = table.transaction()
    Certifications(table).add_in(transaction, record)
    with pytest.raises(ConditionFailed) as failed:
        transaction.commit()
    assert failed.value.label == LABEL


def test_it_is_revoked_once(table: AdminTable) -> None:
    record = add(table)

    def revoke() -> None:
        transaction = table.transaction()
        Certifications(table).revoke_in(transaction, record, {"revokedAt": "2026-03-04T05:06:07.890Z"})
        transaction.commit()

    revoke()
    with pytest.raises(ConditionFailed):
        revoke()
