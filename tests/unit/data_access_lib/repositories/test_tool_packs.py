from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.repositories.tool_packs import KEY_LABEL, LABEL, NAME_LABEL, PackPublishers, ToolPacks
from platform_kit.errors import NotFound
from tests.stores import SeenAudit, Stores

KEY_ID = "a" * 64
KEY = {"keyId": KEY_ID, "publisher": "acme-tools", "publicKey": "PEM", "status": "active"}
HEAD = {"name": "crm", "publisher": "acme-tools", "newest": "1.2.0", "versions": {"1.2.0": {"digest": "d"}}}
VERSION = {"name": "crm", "version": "1.2.0", "envelope": {"payload": "e30="}, "digest": "d"}


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)


def publish(table: AdminTable, etag: int | None = None, version: str = "1.2.0") -> dict[str, Any]:
    transaction = table.transaction()
    made = ToolPacks(table).publish_in(transaction, HEAD, {**VERSION, "version": version}, etag=etag)
    transaction.commit()
    return made


def take(table: AdminTable, alike: str) -> None:
    transaction = table.transaction()
    ToolPacks(table).take_name_in(transaction, "crm", alike)
    transaction.commit()


def test_a_pack_and_its_version_come_back_as_they_were_put(table: AdminTable) -> None:
    made = publish(table)
    assert ToolPacks(table).get("crm") == made == {**HEAD, "etag": 1}
    assert ToolPacks(table).version("crm", "1.2.0") == VERSION
    assert ToolPacks(table).list().items == [made]


def test_a_version_is_written_once_and_a_pack_by_its_etag(table: AdminTable) -> None:
    publish(table)
    for etag, version in ((None, "1.3.0"), (7, "1.3.0"), (1, "1.2.0")):
        with pytest.raises(ConditionFailed) as failed:
            publish(table, etag, version)
        assert failed.value.label == LABEL
    assert publish(table, 1, "1.3.0")["etag"] == 2


def test_a_name_is_taken_once(table: AdminTable) -> None:
    take(table, "crm")
    with pytest.raises(ConditionFailed) as failed:
        take(table, "crm")
    assert failed.value.label == NAME_LABEL


def test_a_key_is_registered_once_and_revoked_once(table: AdminTable) -> None:
    keys = PackPublishers(table)
    for expected in (None, ConditionFailed):
        transaction = table.transaction()
        keys.add_in(transaction, KEY)
        if expected is None:
            transaction.commit()
        else:
            with pytest.raises(expected):
                transaction.commit()
    assert keys.find(KEY_ID) == KEY
    for status in ("active", "revoked"):
        assert keys.list().items[0]["status"] == status
        transaction = table.transaction()
        keys.revoke_in(transaction, KEY_ID, {"reason": "stolen"})
        if status == "active":
            transaction.commit()
    with pytest.raises(ConditionFailed) as failed:
        transaction.commit()
    assert failed.value.label == KEY_LABEL
    assert keys.find(KEY_ID) == {**KEY, "status": "revoked", "reason": "stolen"}


def test_what_is_not_there_is_not_found(table: AdminTable) -> None:
    assert (PackPublishers(table).find(KEY_ID), ToolPacks(table).find("crm")) == (None, None)
    with pytest.raises(NotFound):
        ToolPacks(table).version("crm", "1.2.0")


@pytest.mark.parametrize("name", ["", "CRM", "a#b", "\u0441rm", "x" * 33, "crm\n", None])
def test_what_is_no_name_reaches_no_key(table: AdminTable, name: Any) -> None:
    with pytest.raises(InvalidIdentifier):
        ToolPacks(table).find(name)
    with pytest.raises(InvalidIdentifier):
        ToolPacks(table).version("crm", f"{name}#")
    with pytest.raises(InvalidIdentifier):
        PackPublishers(table).find(name)
