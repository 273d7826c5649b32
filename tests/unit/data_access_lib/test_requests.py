import pytest

from data_access_lib.boundary import Boundary
from data_access_lib.conditions import Change, IfAbsent, Increment, Placeholders, attr
from data_access_lib.errors import TenantAccessViolation, UnstorableValue
from data_access_lib.requests import check_change, conditional, encoded_key
from data_access_lib.tenant import TenantId
from tests.stores import SeenSignals


def test_a_condition_asks_for_the_item_that_made_it_fail() -> None:
    assert conditional(attr("a").exists()) == {
        "ConditionExpression": "attribute_exists(#n0)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "a"},
    }
    assert conditional(None) == {}


def test_a_condition_shares_the_placeholders_of_its_request() -> None:
    placeholders = Placeholders()
    Change(set_={"a": 1}).render(placeholders)
    assert conditional(attr("a").eq(2), placeholders) == {
        "ConditionExpression": "#n0 = :v1",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "a"},
        "ExpressionAttributeValues": {":v0": {"N": "1"}, ":v1": {"N": "2"}},
    }
    assert conditional(None, placeholders).keys() == {"ExpressionAttributeNames", "ExpressionAttributeValues"}


def test_a_key_is_encoded() -> None:
    assert encoded_key(("p", "s")) == {"pk": {"S": "p"}, "sk": {"S": "s"}}


@pytest.mark.parametrize(
    "change",
    [
        Change(set_={"gsi1pk": "TENANT#globex#RUNS#0"}),
        Change(set_={"gsi1pk": IfAbsent("TENANT#acme-2#RUNS#0")}),
        Change(set_={"gsi1pk": Increment(1)}),
        Change(add={"gsi1pk": 1}),
    ],
)
def test_a_change_cannot_put_an_item_into_anothers_index(change: Change) -> None:
    signals = SeenSignals()
    with pytest.raises(TenantAccessViolation):
        check_change(Boundary(TenantId("acme"), "p", signals), change, "update", "runs")
    assert [(attempt.operation, attempt.resource) for attempt in signals.attempts] == [("update", "runs")]


def test_a_change_inside_passes() -> None:
    boundary = Boundary(TenantId("acme"), "p", SeenSignals())
    inside = "TENANT#acme#RUNS#0"
    check_change(
        boundary, Change(set_={"gsi1pk": inside, "a": IfAbsent(1)}, add={"b": 1}, remove=("c",)), "update", "runs"
    )
    check_change(boundary, Change(set_={"gsi1pk": IfAbsent(inside)}), "update", "runs")


@pytest.mark.parametrize("change", [Change(set_={"pk": "x"}), Change(add={"sk": 1}), Change(remove=("pk",))])
def test_a_change_cannot_touch_the_key(change: Change) -> None:
    with pytest.raises(UnstorableValue):
        check_change(Boundary(TenantId("acme"), "p", SeenSignals()), change, "update", "runs")
