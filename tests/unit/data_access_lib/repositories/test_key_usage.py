from data_access_lib.repositories.key_usage import KeyUsage
from platform_kit.ids import new_id
from tests.stores import Stores


def test_calls_add_up_and_the_last_time_stays(stores: Stores) -> None:
    usage, key_id = KeyUsage(stores.table(stores.ops)), new_id("key")
    usage.add(key_id, 1, "2026-01-01T00:00:00.000Z")
    usage.add(key_id, 41, "2026-01-02T00:00:00.000Z")
    assert usage.find_many([key_id, new_id("key")]) == {
        key_id: {"useCount": 42, "lastUsedAt": "2026-01-02T00:00:00.000Z"}
    }
    assert stores.client.operations == ["update_item", "update_item", "batch_get_item"]


def test_nothing_asked_is_nothing_read(stores: Stores) -> None:
    assert KeyUsage(stores.table(stores.ops)).find_many([]) == {}
    assert stores.client.calls == []


def test_use_is_counted_in_its_own_tenant(stores: Stores) -> None:
    key_id = new_id("key")
    KeyUsage(stores.table(stores.ops)).add(key_id, 1, "t")
    assert KeyUsage(stores.table(stores.ops, "globex")).find_many([key_id]) == {}
