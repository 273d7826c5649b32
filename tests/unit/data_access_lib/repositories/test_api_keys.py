from typing import Any

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.api_keys import ApiKeys
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

SECRET = {"digest": "a" * 64, "prefix": "amb_abcd", "createdAt": 1, "expiresAt": 2_000}


@pytest.fixture
def keys(stores: Stores) -> ApiKeys:
    return ApiKeys(stores.table(stores.control))


def created(stores: Stores, tenant: str = "acme", **fields: Any) -> str:
    table = stores.table(stores.control, tenant)
    record = {"keyId": new_id("key"), "status": "active", "expiresAt": 2_000, "secrets": [SECRET], **fields}
    transaction = table.transaction()
    made = ApiKeys(table).create_in(transaction, record)
    transaction.commit()
    assert made == {**record, "etag": 1}
    return str(record["keyId"])


def change(stores: Stores, key_id: str, etag: int, **fields: object) -> None:
    table = stores.table(stores.control)
    transaction = table.transaction()
    ApiKeys(table).change_in(transaction, key_id, etag, fields)
    transaction.commit()


def test_a_key_is_read_back_as_it_was_made(keys: ApiKeys, stores: Stores) -> None:
    key_id = created(stores, name="ci")
    assert keys.get(key_id) == {
        "keyId": key_id,
        "status": "active",
        "expiresAt": 2_000,
        "name": "ci",
        "etag": 1,
        "secrets": [SECRET],
    }
    with pytest.raises(NotFound, match=r"^There is no such API key\.$"):
        keys.get(new_id("key"))


def test_a_key_is_made_once(stores: Stores) -> None:
    key_id = created(stores)
    with pytest.raises(ConditionFailed) as caught:
        created(stores, keyId=key_id)
    assert caught.value.label == "api_key"


def test_a_change_needs_the_present_version(keys: ApiKeys, stores: Stores) -> None:
    key_id = created(stores)
    change(stores, key_id, 1, status="revoked", secrets=[])
    with pytest.raises(ConditionFailed):
        change(stores, key_id, 1, status="active")
    found = keys.get(key_id)
    assert (found["status"], found["etag"], found["secrets"]) == ("revoked", 2, [])


def test_a_record_is_forgotten_ninety_days_after_its_end(stores: Stores) -> None:
    key_id = created(stores)
    change(stores, key_id, 1, expiresAt=5_000)
    change(stores, key_id, 2, status="revoked")
    items: Any = stores.client.scan(TableName=stores.control)["Items"]
    assert [item["ttl"]["N"] for item in items if item["sk"]["S"] == key_id] == [str(5_000 + 90 * 86_400)]


def test_keys_are_listed_newest_first_for_one_tenant(keys: ApiKeys, stores: Stores) -> None:
    made = [created(stores) for _ in range(5)]
    created(stores, "acme-2")
    first = keys.list(limit=3)
    rest = keys.list(limit=3, after=first.next_id)
    assert [one["keyId"] for one in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_id is None


def test_only_active_keys_before_their_end_are_live(keys: ApiKeys, stores: Stores) -> None:
    created(stores)
    created(stores, status="revoked")
    created(stores, expiresAt=1_000)
    created(stores, "globex")
    assert (keys.count_live(999), keys.count_live(1_000), keys.count_live(2_000)) == (2, 1, 0)
