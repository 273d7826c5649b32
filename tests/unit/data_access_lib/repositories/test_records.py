import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.errors import UnstorableValue
from data_access_lib.repositories.records import pack, required, to_json, unpack
from platform_kit.errors import NotFound

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)


@given(JSON)
def test_a_document_comes_back_to_the_letter(document: Any) -> None:
    back = unpack(pack({"output": document}, ("output",)), ("output",))
    assert back == ({} if document is None else {"output": document})


def test_a_document_is_short_text() -> None:
    assert to_json({"a": [1, 1.0, "é"]}) == '{"a":[1,1.0,"é"]}'
    assert to_json("\ud800") == '"\\ud800"'


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}, b"x", {"a": object()}, [math.nan, "\ud800"]])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(UnstorableValue, match=r"^A document is not JSON\.$"):
        to_json(value)


def test_a_document_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(UnstorableValue):
        to_json(loop)


def test_only_documents_become_text_and_none_is_left_out() -> None:
    assert pack({"a": {"x": 1}, "b": {"y": 2}, "c": None}, ("b", "c", "d")) == {"a": {"x": 1}, "b": '{"y":2}'}


def test_a_record_shows_no_keys() -> None:
    stored = {"pk": "p", "sk": "s", "gsi1pk": "g", "gsi1sk": "h", "ttl": 1, "name": "n", "doc": "[1]"}
    assert unpack(stored, ("doc", "other")) == {"name": "n", "doc": [1]}


def test_a_missing_record_is_not_found() -> None:
    assert required({"a": 1}, "run") == {"a": 1}
    with pytest.raises(NotFound, match=r"^There is no such run\.$"):
        required(None, "run")
