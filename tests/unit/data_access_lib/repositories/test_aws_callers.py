import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.aws_callers import AwsCallers
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores


@pytest.fixture
def callers(stores: Stores) -> AwsCallers:
    return AwsCallers(stores.table(stores.control))


def created(stores: Stores, tenant: str = "acme", caller_id: str | None = None) -> str:
    table = stores.table(stores.control, tenant)
    record = {"callerId": caller_id or new_id("awc"), "name": "ci", "scopes": ["runs:read"], "agents": None}
    transaction = table.transaction()
    AwsCallers(table).create_in(transaction, record)
    transaction.commit()
    return str(record["callerId"])


def delete(stores: Stores, caller_id: str) -> None:
    table = stores.table(stores.control)
    transaction = table.transaction()
    AwsCallers(table).delete_in(transaction, caller_id)
    transaction.commit()


def test_a_caller_is_made_once_and_read_back(callers: AwsCallers, stores: Stores) -> None:
    caller_id = created(stores)
    assert callers.get(caller_id) == {"callerId": caller_id, "name": "ci", "scopes": ["runs:read"]}
    with pytest.raises(ConditionFailed):
        created(stores, caller_id=caller_id)


def test_a_removed_caller_is_gone_and_removed_once(callers: AwsCallers, stores: Stores) -> None:
    caller_id = created(stores)
    delete(stores, caller_id)
    with pytest.raises(NotFound, match=r"^There is no such AWS caller\.$"):
        callers.get(caller_id)
    with pytest.raises(ConditionFailed) as caught:
        delete(stores, caller_id)
    assert caught.value.label == "aws_caller"


def test_callers_are_listed_newest_first_and_counted_for_one_tenant(callers: AwsCallers, stores: Stores) -> None:
    made = [created(stores) for _ in range(4)]
    created(stores, "acme-2")
    first = callers.list(limit=3)
    rest = callers.list(limit=3, after=first.next_id)
    assert [one["callerId"] for one in (*first.items, *rest.items)] == made[::-1]
    assert (callers.count(), rest.next_id) == (4, None)
