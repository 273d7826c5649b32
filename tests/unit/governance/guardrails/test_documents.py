from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.guardrails import Action, DataClass, Fault, GuardrailPolicy, documents, scan_json
from governance.guardrails.documents import MAX_DEPTH, MAX_VALUES
from governance.guardrails.scanning import MAX_TEXT

MASK = GuardrailPolicy()
# Without what opens a marker of a role (<system>, [INST], system:), which is a finding by itself however short.
TEXT = st.text(st.characters(exclude_characters="<[:"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_texts_keys_and_numbers_are_cleaned_where_they_stand() -> None:
    value = {"a/b": ["x a@example.com", 4111111111111111, 7], "c@example.com": {"ok": True}}
    found = scan_json(value, MASK)
    assert found.value == {"a/b": ["x [EMAIL]", "[CARD]", 7], "[EMAIL]": {"ok": True}}
    assert [(one.kind, one.path, one.start, one.at) for one in found.findings] == [
        (DataClass.EMAIL, "/a~1b/0", 2, 2),
        (DataClass.CARD, "/a~1b/1", 0, 0),
        (DataClass.EMAIL, "/c@example.com", 0, 0),
    ]


def test_a_key_says_what_its_value_is() -> None:
    found = scan_json({"phone": "4155552671", "password": "x9Kd72jQpL0", "order": "4155552671"}, MASK)
    assert found.value == {"phone": "[PHONE]", "password": "[ASSIGNED_SECRET]", "order": "4155552671"}


@given(JSON)
def test_what_has_nothing_in_it_is_given_back_as_it_is(value: Any) -> None:
    found = scan_json(value, MASK)
    assert found.value is value
    assert (found.findings, found.blocked) == ((), False)


@given(JSON, st.sampled_from(["a@example.com", "AKIAIOSFODNN7EXAMPLE"]))
def test_what_is_hidden_in_a_document_is_found_and_the_rest_stays(value: Any, secret: str) -> None:
    found = scan_json([value, {"deep": [secret]}, value], MASK)
    [kind] = {one.kind for one in found.findings}
    assert found.value == [value, {"deep": [f"[{kind.upper()}]"]}, value]


def test_two_values_side_by_side_are_not_one_finding() -> None:
    assert scan_json(["4111 1111", "1111 1111"], MASK).findings == ()
    assert scan_json(["a\x1e\x1fb", "c"], MASK).value == ["a\x1e\x1fb", "c"]


def test_a_block_blocks_the_whole_document() -> None:
    found = scan_json({"a": ["fine", "a@example.com"]}, GuardrailPolicy({DataClass.EMAIL: Action.BLOCK}))
    assert (found.value, found.blocked, found.findings[0].path) == (None, True, "/a/1")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (nested(MAX_DEPTH + 1), Fault.TOO_DEEP),
        ([1] * (2 * MAX_VALUES + 1), Fault.TOO_MANY),
        (["x" * (MAX_TEXT + 1)], Fault.TOO_LARGE),
        ({"a": {1, 2}}, Fault.NOT_JSON),
        ({1: "a"}, Fault.NOT_JSON),
        (b"bytes", Fault.NOT_JSON),
        ({"a@example.com": 1, "b@example.com": 2}, Fault.TOO_MANY),
    ],
    ids=["deep", "many", "large", "set", "key", "bytes", "keys masked alike"],
)
def test_what_is_out_of_bounds_blocks(value: Any, fault: Fault) -> None:
    found = scan_json(value, MASK)
    assert (found.value, found.blocked, found.fault) == (None, True, fault)


def test_what_is_within_bounds_passes() -> None:
    assert not scan_json(nested(MAX_DEPTH), MASK).blocked
    assert not scan_json([1] * MAX_VALUES, MASK).blocked


def test_a_detector_that_fails_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "find", lambda *_: 1 / 0)
    assert scan_json({"a": 1}, MASK).fault is Fault.DETECTOR
