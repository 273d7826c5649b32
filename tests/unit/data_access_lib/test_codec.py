import math
from collections import OrderedDict
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any, cast

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.codec import decode, decode_item, encode, encode_item
from data_access_lib.errors import UnstorableValue
from data_access_lib.tenant import TenantId

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers(-(10**38) + 1, 10**38 - 1) | TEXT | st.binary()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@pytest.mark.proof
@given(st.dictionaries(TEXT, VALUES))
def test_what_is_stored_comes_back(item: dict[str, Any]) -> None:
    assert decode_item(encode_item(item)) == item


@pytest.mark.proof
@given(VALUES)
def test_boto3_reads_the_same_from_it(value: Any) -> None:
    assert TypeDeserializer().deserialize(cast("Any", encode(value))) == value


@pytest.mark.proof
@given(st.floats(1e-130, 9.9e125) | st.floats(-9.9e125, -1e-130) | st.just(0.0))
def test_a_float_comes_back_equal_or_as_the_integer_it_writes(value: float) -> None:
    back = decode(encode(value))
    assert float(back) == value
    assert isinstance(back, float) or Decimal(repr(value)) == back


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, {"NULL": True}),
        (True, {"BOOL": True}),
        (False, {"BOOL": False}),
        (0, {"N": "0"}),
        (-7, {"N": "-7"}),
        (2**53 + 1, {"N": "9007199254740993"}),
        (10**38 - 1, {"N": "9" * 38}),
        (1.5, {"N": "1.5"}),
        ("", {"S": ""}),
        ("é", {"S": "é"}),
        (b"\0", {"B": b"\0"}),
        ([1, ["a"]], {"L": [{"N": "1"}, {"L": [{"S": "a"}]}]}),
        ((1,), {"L": [{"N": "1"}]}),
        ({"a": {"b": None}}, {"M": {"a": {"M": {"b": {"NULL": True}}}}}),
        ({"a"}, {"SS": ["a"]}),
        (frozenset({5}), {"NS": ["5"]}),
        ({b"x"}, {"BS": [b"x"]}),
        (TenantId("acme"), {"S": "acme"}),
        (Colour.RED, {"S": "red"}),
        (Level.HIGH, {"N": "3"}),
        (OrderedDict(a=1), {"M": {"a": {"N": "1"}}}),
    ],
)
def test_each_type_has_its_form(value: object, stored: dict[str, Any]) -> None:
    assert encode(value) == stored


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ({"N": "1E+2"}, 100),
        ({"N": "100.0"}, 100),
        ({"N": "0.1"}, 0.1),
        ({"N": "-2.5"}, -2.5),
        ({"NS": ["1", "2.5"]}, {1, 2.5}),
        ({"SS": ["a", "b"]}, {"a", "b"}),
        ({"BS": [b"a"]}, {b"a"}),
        ({"BOOL": False}, False),
        ({"NULL": True}, None),
        ({"B": bytearray(b"x")}, b"x"),
    ],
)
def test_each_form_has_its_value(stored: dict[str, Any], value: object) -> None:
    assert decode(stored) == value
    assert type(decode(stored)) is type(value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (10**38, "A number has more than 38 digits."),
        (-(10**38), "A number has more than 38 digits."),
        (math.nan, "A number is outside the range that can be stored."),
        (math.inf, "A number is outside the range that can be stored."),
        (1e126, "A number is outside the range that can be stored."),
        (-1e126, "A number is outside the range that can be stored."),
        (1e-131, "A number is outside the range that can be stored."),
        (set(), "A set must hold texts, numbers or bytes, of one kind, at least one."),
        ({1, "a"}, "A set must hold texts, numbers or bytes, of one kind, at least one."),
        ({None}, "A set must hold texts, numbers or bytes, of one kind, at least one."),
        ({True}, "A set must hold texts, numbers or bytes, of one kind, at least one."),
        ("\ud800", "A text holds half of a surrogate pair."),
        ({"\ud800": 1}, "A text holds half of a surrogate pair."),
        ({1: "a"}, "A field's name is not a text."),
        (object(), "A value of type object cannot be stored."),
        (Decimal(1), "A value of type Decimal cannot be stored."),
    ],
)
def test_what_cannot_be_kept_is_refused(value: object, says: str) -> None:
    with pytest.raises(UnstorableValue) as caught:
        encode(value)
    assert caught.value.detail == says
    assert caught.value.status == 422


@pytest.mark.parametrize("value", [1e-130, -1e-130, 9.9e125, -9.9e125])
def test_the_ends_of_the_range_can_be_kept(value: float) -> None:
    assert float(decode(encode(value))) == value


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def test_nesting_is_bounded() -> None:
    assert decode(encode(nested(30))) == nested(30)
    with pytest.raises(UnstorableValue, match=r"^The value is nested too deeply\.$"):
        encode(nested(31))


def test_an_items_names_are_checked_too() -> None:
    with pytest.raises(UnstorableValue):
        encode_item({"\udfff": 1})
