from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.conditions import Placeholders, attr
from data_access_lib.errors import UnstorableValue
from data_access_lib.queries import SortRange, index_attributes

TEXT = st.text("ab\0\U0010ffff#", max_size=4)
BOUND = st.none() | TEXT.filter(bool)


def holds(sort: SortRange, key: str) -> bool:
    return (sort.low is None or sort.low <= key) and (sort.high is None or key <= sort.high)


@given(prefix=TEXT, after=BOUND, before=BOUND, key=TEXT.filter(bool))
def test_the_range_holds_exactly_what_was_asked_for(
    prefix: str, after: str | None, before: str | None, key: str
) -> None:
    wanted = key.startswith(prefix) and (after is None or key > after) and (before is None or key < before)
    beyond_the_last_code_point = key.startswith(prefix) and key > prefix + "\U0010ffff"
    sort = SortRange.of("sk", prefix, after, before)
    inside = holds(sort, key) and key != sort.excluded
    assert inside == wanted or beyond_the_last_code_point
    assert not (inside and not wanted and not prefix)


@pytest.mark.parametrize(
    ("bounds", "text", "values"),
    [
        (("", None, None), "#n0 = :v0", ["p"]),
        (("E#", None, None), "(#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2)", ["p", "E#", "E#\U0010ffff"]),
        (("E#", "E#5", None), "(#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2)", ["p", "E#5\0", "E#\U0010ffff"]),
        (("E#", None, "E#5"), "(#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2)", ["p", "E#", "E#5"]),
        (("", "5", None), "(#n0 = :v0 AND #n1 >= :v1)", ["p", "5\0"]),
        (("", None, "5"), "(#n0 = :v0 AND #n1 < :v1)", ["p", "5"]),
        (("", "3", "5"), "(#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2)", ["p", "3\0", "5"]),
    ],
)
def test_a_range_is_one_condition_on_the_sort_key(bounds: Any, text: str, values: list[str]) -> None:
    placeholders = Placeholders()
    assert SortRange.of("sk", *bounds).within(attr("pk").eq("p")).render(placeholders) == text
    assert [form["S"] for form in placeholders.values.values()] == values
    assert list(placeholders.names) == ["pk", "sk"][: len(placeholders.names)]


@pytest.mark.parametrize(
    ("bounds", "empty"),
    [
        (("", "5", "5"), True),
        (("", "5", "4"), True),
        (("", "5", "5\0"), False),
        (("E#", "F", None), True),
        (("E#", None, "D"), True),
        (("E#", None, None), False),
        (("", "5", None), False),
        (("", None, "5"), False),
        (("", None, None), False),
    ],
)
def test_an_empty_range_is_known_beforehand(bounds: Any, empty: bool) -> None:  # noqa: FBT001 - a table's column
    assert SortRange.of("sk", *bounds).is_empty == empty


def test_nothing_comes_before_an_empty_key() -> None:
    with pytest.raises(UnstorableValue, match=r"^Nothing comes before an empty key\.$"):
        SortRange.of("sk", "", None, "")


def test_the_table_and_its_index_have_their_own_key_attributes() -> None:
    assert index_attributes(None) == ("pk", "sk")
    assert index_attributes("gsi1") == ("gsi1pk", "gsi1sk")
