from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.constraints import MOST_INTEGER, Constraint, is_number, same

SCALARS = st.sampled_from([0, 1, 5, 10, 2.5, -1, True, False, "", "a", "a/b", "a/../b", "b", None, {}, float("nan")])
VALUES = SCALARS | st.lists(SCALARS, max_size=3)
BOUNDS = st.fixed_dictionaries(
    {},
    optional={
        "min": st.sampled_from([0, 1]),
        "max": st.sampled_from([1, 5]),
        "oneOf": st.lists(st.sampled_from([0, 1, True, "a/b", "b"]), max_size=3),
        "prefix": st.sampled_from(["a", "a/", "b"]),
        "maxLength": st.sampled_from([0, 1, 3]),
    },
).filter(bool)


def constraint(**bounds: Any) -> Constraint:
    return Constraint.model_validate({"argument": "/x", **bounds})


def keeps(value: object, **bounds: Any) -> bool:
    return constraint(**bounds).breach({"x": value}) is None


@pytest.mark.parametrize("value", [0, 10, 2.5, [0, 10]])
def test_a_number_between_the_bounds_is_let_through(value: object) -> None:
    assert keeps(value, min=0, max=10)


@pytest.mark.parametrize(
    "value", [-1, 10.5, float("nan"), float("inf"), "5", True, None, 2**63, [5, 11], [], {"x": 5}, [[5]]]
)
def test_what_is_no_number_between_the_bounds_is_not(value: object) -> None:
    assert not keeps(value, min=0, max=10)


@pytest.mark.parametrize(("value", "let"), [("GET", True), ("get", False), (1, True), (1.0, True), (True, False)])
def test_a_choice_is_compared_exactly_and_by_its_kind(value: object, let: bool) -> None:  # noqa: FBT001
    assert keeps(value, oneOf=["GET", 1]) is let


def test_no_choice_lets_nothing_through() -> None:
    assert not any(keeps(value, oneOf=[]) for value in (None, "", 0, False, []))


@pytest.mark.parametrize("value", ["reports/a", "reports/", ["reports/a", "reports/b"], "reports/a..b"])
def test_a_text_that_begins_right_is_let_through(value: object) -> None:
    assert keeps(value, prefix="reports/")


@pytest.mark.parametrize(
    "value",
    [
        "report",
        "Reports/a",
        "reports/../x",
        "reports/..",
        "reports/a\\..\\x",
        "reports/%2E%2e/x",
        7,
        ["reports/a", "b"],
    ],
)
def test_a_text_that_begins_wrong_or_climbs_out_is_not(value: object) -> None:
    assert not keeps(value, prefix="reports/")


@pytest.mark.parametrize(("value", "let"), [("", True), ("abc", True), ("abcd", False), (5, False), (["ab"], True)])
def test_a_text_may_be_as_long_as_the_bound(value: object, let: bool) -> None:  # noqa: FBT001
    assert keeps(value, maxLength=3) is let


def test_a_bound_of_no_characters_is_a_bound() -> None:
    assert keeps("", maxLength=0)
    assert not keeps("a", maxLength=0)


@pytest.mark.parametrize("arguments", [{}, {"y": 1}, {"x": {}}, {"x": []}, {"x": "text"}, {"x": {"a/b": [1]}}])
def test_an_argument_that_is_not_there_breaks_its_bounds(arguments: dict[str, Any]) -> None:
    found = Constraint.model_validate({"argument": "/x/a~1b/1", "max": 5}).breach(arguments)
    assert found == "/x/a~1b/1 is missing"


def test_a_pointer_leads_through_objects_and_lists() -> None:
    inner = Constraint.model_validate({"argument": "/x/a~1b/1", "max": 5})
    assert inner.breach({"x": {"a/b": [9, 5]}}) is None
    assert inner.breach({"x": {"a/b": [9, 6]}}) == "/x/a~1b/1 is 6, allowed is {'max': 5}"


def test_a_long_value_is_shown_in_part() -> None:
    assert len(constraint(max=1).breach({"x": "y" * 10_000}) or "") < 200


@given(BOUNDS, BOUNDS, VALUES)
def test_what_two_constraints_meet_in_lets_through_what_both_do(
    one: dict[str, Any], two: dict[str, Any], value: object
) -> None:
    both = constraint(**one).both(constraint(**two))
    assert (both.breach({"x": value}) is None) is (keeps(value, **one) and keeps(value, **two))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"min": 2, "max": 1},
        {"min": float("nan")},
        {"max": float("inf")},
        {"max": True},
        {"max": "5"},
        {"max": 2**63},
        {"oneOf": ["x" * 257]},
        {"oneOf": [None]},
        {"oneOf": list(range(65))},
        {"prefix": ""},
        {"maxLength": -1},
        {"maxLength": 1.5},
        {"pattern": ".*"},
        {"argument": "amount", "max": 1},
        {"argument": "/a~2", "max": 1},
        {"argument": "", "max": 1},
    ],
)
def test_a_constraint_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        constraint(**wrong)


def test_numbers_are_finite_and_bounded_and_truth_is_none() -> None:
    assert is_number(MOST_INTEGER)
    assert not any(map(is_number, [MOST_INTEGER + 1, True, "1", None, float("nan"), float("-inf")]))


def test_one_is_one_point_zero_and_not_true() -> None:
    assert same(1, 1.0)
    assert not same(1, True)  # noqa: FBT003  # the value itself
