from collections.abc import Callable

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.operations import Operations
from platform_kit.errors import Conflict, NotFound
from platform_kit.ids import new_id
from tests.stores import HandClock, SeenAudit, Stores

THEN, LATER = "2026-03-04T05:06:07.890Z", "2026-03-04T05:07:07.890Z"


@pytest.fixture
def operations(stores: Stores, clock: HandClock) -> Operations:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    table = AdminTable(stores.client, stores.ops, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]
    return Operations(table, clock)


def test_an_operation_begins_queued_and_is_read_back(operations: Operations) -> None:
    operation_id = new_id("opn")
    created = operations.create({"operationId": operation_id, "kind": "tenant.create", "input": {"a": 1.0}})
    assert created == {
        "operationId": operation_id,
        "kind": "tenant.create",
        "input": {"a": 1.0},
        "status": "queued",
        "progress": 0,
        "createdAt": THEN,
        "updatedAt": THEN,
    }
    assert operations.get(operation_id) == created == operations.find(operation_id)
    with pytest.raises(ConditionFailed):
        operations.create({"operationId": operation_id})


def test_an_operation_advances_and_succeeds(operations: Operations, clock: HandClock) -> None:
    operation_id = new_id("opn")
    operations.create({"operationId": operation_id})
    clock.advance(minutes=1)
    running = operations.advance(operation_id, 40, {"step": "keys"})
    assert (running["status"], running["progress"], running["step"], running["updatedAt"]) == (
        "running",
        40,
        "keys",
        LATER,
    )
    assert operations.advance(operation_id, 50)["progress"] == 50
    done = operations.succeed(operation_id, {"tenantId": "acme", "score": 1.0})
    assert (done["status"], done["progress"], done["result"]) == ("succeeded", 100, {"tenantId": "acme", "score": 1.0})


def test_an_operation_that_has_ended_stays_so(operations: Operations) -> None:
    operation_id = new_id("opn")
    operations.create({"operationId": operation_id})
    failed = operations.fail(operation_id, {"code": "X", "message": "m"})
    assert (failed["status"], failed["error"], failed["progress"]) == ("failed", {"code": "X", "message": "m"}, 0)
    changes: list[Callable[[], object]] = [
        lambda: operations.advance(operation_id, 1),
        lambda: operations.succeed(operation_id, {}),
        lambda: operations.fail(operation_id, {}),
    ]
    for change in changes:
        with pytest.raises(Conflict, match=r"^The operation has ended\.$"):
            change()


def test_an_unknown_operation_is_not_found(operations: Operations) -> None:
    operation_id = new_id("opn")
    assert operations.find(operation_id) is None
    with pytest.raises(NotFound, match=r"^There is no such operation\.$"):
        operations.get(operation_id)
    with pytest.raises(NotFound, match=r"^There is no such operation\.$"):
        operations.advance(operation_id, 1)


def test_operations_are_listed_newest_first(operations: Operations, stores: Stores) -> None:
    ids = [new_id("opn") for _ in range(3)]
    for operation_id in ids:
        operations.create({"operationId": operation_id, "input": {"a": 1.0}})
    first = operations.list(limit=2)
    assert ([item["operationId"] for item in first.items], first.next_id) == ([ids[2], ids[1]], ids[1])
    rest = operations.list(after=ids[1])
    assert (rest.items[0]["input"], rest.next_id) == ({"a": 1.0}, None)
    assert stores.client.calls[-1][1]["Limit"] == 50


def test_its_state_is_read_consistently(operations: Operations, stores: Stores) -> None:
    operations.find(new_id("opn"))
    assert stores.client.calls[0][1]["ConsistentRead"] is True


def test_an_operation_may_begin_with_what_it_is_about(operations: Operations, stores: Stores) -> None:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    table = AdminTable(stores.client, stores.ops, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]
    operation_id, transaction = new_id("opn"), table.transaction()
    created = operations.create_in(transaction, {"operationId": operation_id, "input": {"a": 1.0}})
    assert operations.find(operation_id) is None
    transaction.commit()
    assert operations.get(operation_id) == created
    assert created == {
        "operationId": operation_id,
        "input": {"a": 1.0},
        "status": "queued",
        "progress": 0,
        "createdAt": THEN,
        "updatedAt": THEN,
    }
    again = table.transaction()
    operations.create_in(again, {"operationId": operation_id})
    with pytest.raises(ConditionFailed) as caught:
        again.commit()
    assert caught.value.label == "operation"
