from collections.abc import Iterator
from typing import Any, cast

import pytest

from lambdas.lifecycle.models import Told, Turn
from lambdas.lifecycle.service import Lifecycle
from platform_kit.errors import Conflict
from tests.stores import HandClock
from tests.unit.lambdas.tenants.tenants_fakes import FakeOperations


class Counting(Lifecycle):
    """A lifecycle whose work is to count to four."""

    def _turns(self, operation: Any) -> Iterator[Turn]:
        begin = (operation.get("cursor") or {}).get("n", 0)
        for number in range(begin + 1, 5):
            yield Turn({"n": number}, number * 20)
        yield Turn({}, 0, {"counted": "4"})


@pytest.fixture
def operations() -> FakeOperations:
    made = FakeOperations()
    made.create({"operationId": "opn_1", "kind": "tenant.export", "tenantId": "acme"})
    return made


def lifecycle(operations: FakeOperations) -> Lifecycle:
    return Counting(cast("Any", operations), cast("Any", None), cast("Any", None), HandClock(), 1, cast("Any", None))


def test_work_goes_on_while_there_is_time(operations: FakeOperations) -> None:
    assert lifecycle(operations).work("opn_1", "acme", lambda: 300) == Told("done")
    found = operations.records["opn_1"]
    assert (found["status"], found["progress"], found["result"]) == ("succeeded", 100, {"counted": "4"})


def test_without_time_one_turn_is_done_and_saved(operations: FakeOperations) -> None:
    assert lifecycle(operations).work("opn_1", "acme", lambda: 59) == Told("again")
    assert operations.records["opn_1"]["cursor"] == {"n": 1}
    assert lifecycle(operations).work("opn_1", "acme", lambda: 59) == Told("again")
    assert (operations.records["opn_1"]["cursor"], operations.records["opn_1"]["progress"]) == ({"n": 2}, 40)


def test_progress_does_not_go_back(operations: FakeOperations) -> None:
    operations.records["opn_1"]["progress"] = 70
    lifecycle(operations).work("opn_1", "acme", lambda: 0)
    assert operations.records["opn_1"]["progress"] == 70


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_an_operation_that_has_ended_does_nothing_more(status: str, operations: FakeOperations) -> None:
    operations.records["opn_1"]["status"] = status
    assert lifecycle(operations).work("opn_1", "acme", lambda: 300) == Told("done")
    lifecycle(operations).give_up("opn_1", {"Error": "X"})
    assert "cursor" not in operations.records["opn_1"]
    assert "error" not in operations.records["opn_1"]


def test_an_operation_works_on_its_own_tenant_only(operations: FakeOperations) -> None:
    with pytest.raises(Conflict):
        lifecycle(operations).work("opn_1", "globex", lambda: 300)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"Error": "States.Timeout"}, "(States.Timeout)"),
        ({"Error": "X", "Cause": '{"errorType": "Conflict", "errorMessage": "host 10.0.0.7"}'}, "(Conflict)"),
        ({"Error": "X", "Cause": "not json"}, "(X)"),
        ({"Error": "X", "Cause": "[]"}, "(X)"),
        ({"Error": "<script>"}, "(unknown)"),
        ({}, "(unknown)"),
    ],
)
def test_the_class_of_a_failure_is_told_and_its_text_is_not(
    error: dict[str, str], told: str, operations: FakeOperations
) -> None:
    lifecycle(operations).give_up("opn_1", error)
    failed = operations.records["opn_1"]["error"]
    assert told in failed["message"]
    assert "Export again" in failed["message"]
    assert "10.0.0.7" not in failed["message"]
