import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.data_keys import DataKeys, KeyRing, Wrapped
from tests.stores import HandClock, Stores

NOW = "2026-03-04T05:06:07.890Z"
FIRST = Wrapped(1, "arn:1", b"one")
SECOND = Wrapped(2, "arn:1", b"two")


@pytest.fixture
def data_keys(stores: Stores, clock: HandClock) -> DataKeys:
    return DataKeys(stores.table(stores.control), clock)


def test_a_tenant_that_never_had_a_key_has_no_ring(data_keys: DataKeys) -> None:
    assert data_keys.ring() is None
    assert data_keys.erase() == 0
    assert data_keys.ring() is None


def test_the_latest_is_in_use_and_the_earlier_are_kept(data_keys: DataKeys, stores: Stores) -> None:
    data_keys.add(FIRST)
    assert data_keys.ring() == KeyRing(1, "arn:1", NOW, erased=False, wrapped={1: FIRST})
    data_keys.add(SECOND)
    assert data_keys.ring() == KeyRing(2, "arn:1", NOW, erased=False, wrapped={1: FIRST, 2: SECOND})
    stored = stores.raw(stores.control, "TENANT#acme#DATAKEY", "NUMBER#0000000002")
    assert stored is not None
    assert (stored["blob"], stored["createdAt"]) == ({"B": b"two"}, {"S": NOW})


@pytest.mark.parametrize("key", [FIRST, Wrapped(3, "arn:1", b"three"), Wrapped(1, "arn:2", b"other")])
def test_only_the_next_number_is_taken(key: Wrapped, data_keys: DataKeys) -> None:
    data_keys.add(FIRST)
    with pytest.raises(ConditionFailed) as caught:
        data_keys.add(key)
    assert caught.value.label == "data_key"
    ring = data_keys.ring()
    assert ring is not None
    assert ring.wrapped == {1: FIRST}


def test_the_first_is_number_one(data_keys: DataKeys) -> None:
    with pytest.raises(ConditionFailed):
        data_keys.add(SECOND)
    assert data_keys.ring() is None


def test_erasing_leaves_no_wrapped_key_and_the_trace_that_there_were_some(data_keys: DataKeys, stores: Stores) -> None:
    data_keys.add(FIRST)
    data_keys.add(SECOND)
    assert data_keys.erase() == 2
    assert data_keys.ring() == KeyRing(2, "arn:1", NOW, erased=True, wrapped={})
    assert stores.raw(stores.control, "TENANT#acme#DATAKEY", "NUMBER#0000000001") is None
    assert data_keys.erase() == 0


def test_a_tenant_made_anew_goes_on_counting_after_an_erasure(data_keys: DataKeys) -> None:
    data_keys.add(FIRST)
    data_keys.erase()
    fresh = Wrapped(2, "arn:2", b"fresh")
    data_keys.add(fresh)
    assert data_keys.ring() == KeyRing(2, "arn:2", NOW, erased=False, wrapped={2: fresh})


def test_what_is_forgotten_was_never_there(data_keys: DataKeys) -> None:
    data_keys.forget()
    data_keys.add(FIRST)
    data_keys.add(SECOND)
    data_keys.forget()
    assert data_keys.ring() is None
    data_keys.add(FIRST)
