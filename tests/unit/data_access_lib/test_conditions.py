from collections.abc import Callable

import pytest

from data_access_lib.conditions import Change, Condition, IfAbsent, Increment, Placeholders, all_equal, attr


def rendered(condition: Condition) -> tuple[str, dict[str, object]]:
    placeholders = Placeholders()
    return condition.render(placeholders), placeholders.request()


A = {"ExpressionAttributeNames": {"#n0": "a"}}
A1 = {**A, "ExpressionAttributeValues": {":v0": {"N": "1"}}}


@pytest.mark.parametrize(
    ("condition", "text", "fields"),
    [
        (attr("a").eq(1), "#n0 = :v0", A1),
        (attr("a").ne(1), "#n0 <> :v0", A1),
        (attr("a").lt(1), "#n0 < :v0", A1),
        (attr("a").le(1), "#n0 <= :v0", A1),
        (attr("a").gt(1), "#n0 > :v0", A1),
        (attr("a").ge(1), "#n0 >= :v0", A1),
        (attr("a").contains(1), "contains(#n0, :v0)", A1),
        (attr("a").exists(), "attribute_exists(#n0)", A),
        (attr("a").absent(), "attribute_not_exists(#n0)", A),
        (
            attr("a").begins_with("x"),
            "begins_with(#n0, :v0)",
            {**A, "ExpressionAttributeValues": {":v0": {"S": "x"}}},
        ),
        (
            attr("a").between(1, 2),
            "#n0 BETWEEN :v0 AND :v1",
            {**A, "ExpressionAttributeValues": {":v0": {"N": "1"}, ":v1": {"N": "2"}}},
        ),
        (
            attr("a").is_in(n for n in (1, 2)),
            "#n0 IN (:v0, :v1)",
            {**A, "ExpressionAttributeValues": {":v0": {"N": "1"}, ":v1": {"N": "2"}}},
        ),
    ],
)
def test_a_comparison_is_rendered_with_placeholders(condition: Condition, text: str, fields: dict[str, object]) -> None:
    assert rendered(condition) == (text, fields)


@pytest.mark.parametrize(
    ("combine", "text"),
    [
        (lambda a, b: a & b, "(attribute_exists(#n0) AND attribute_exists(#n1))"),
        (lambda a, b: a | b, "(attribute_exists(#n0) OR attribute_exists(#n1))"),
        (lambda a, b: ~a | b, "((NOT attribute_exists(#n0)) OR attribute_exists(#n1))"),
    ],
)
def test_conditions_combine(combine: Callable[[Condition, Condition], Condition], text: str) -> None:
    assert rendered(combine(attr("a").exists(), attr("b").exists()))[0] == text


def test_one_attribute_has_one_placeholder_and_can_be_rendered_again() -> None:
    condition = attr("a").ge(1) & attr("a").le(2)
    assert rendered(condition)[0] == "(#n0 >= :v0 AND #n0 <= :v1)"
    assert rendered(condition) == rendered(condition)


def test_a_name_or_value_is_never_read_as_syntax() -> None:
    text, fields = rendered(attr("a = :x OR b").eq(":v0 OR attribute_exists(pk)"))
    assert text == "#n0 = :v0"
    assert fields["ExpressionAttributeNames"] == {"#n0": "a = :x OR b"}


def test_a_change_says_what_to_set_add_and_remove() -> None:
    placeholders = Placeholders()
    change = Change(
        set_={"a": 1, "b": IfAbsent("x"), "c": Increment(-2, start=9), "d": Increment(4)},
        add={"e": 5},
        remove=("f", "g"),
    )
    assert change.render(placeholders) == (
        "SET #n0 = :v0, #n1 = if_not_exists(#n1, :v1), #n2 = if_not_exists(#n2, :v2) + :v3, "
        "#n3 = if_not_exists(#n3, :v4) + :v5 ADD #n4 :v6 REMOVE #n5, #n6"
    )
    assert list(placeholders.names) == list("abcdefg")
    assert [value for form in placeholders.values.values() for value in form.values()] == [
        "1",
        "x",
        "9",
        "-2",
        "0",
        "4",
        "5",
    ]
    assert change.names() == set("abcdefg")


def test_a_change_leaves_out_what_it_does_not_do() -> None:
    assert Change(remove=("f",)).render(Placeholders()) == "REMOVE #n0"
    assert Change().render(Placeholders()) == ""
    assert Placeholders().request() == {}


def test_wanted_values_are_all_demanded_and_none_matters_not() -> None:
    both = all_equal({"a": 1, "b": None, "c": 2, "d": 3})
    assert both is not None
    assert rendered(both)[0] == "((#n0 = :v0 AND #n1 = :v1) AND #n2 = :v2)"
    assert list(rendered(both)[1]["ExpressionAttributeNames"].values()) == ["a", "c", "d"]  # type: ignore[attr-defined]
    assert all_equal({"b": None}) is None
    assert all_equal({}) is None
