from typing import Any

import jsonschema_rs
import pytest

from governance.events import fields as f


@pytest.mark.parametrize(
    "field",
    [
        f.identifier("run", "a run"),
        f.time("when"),
        f.money("how much"),
        f.number("how many", 3),
        f.text("a word", "x"),
        f.one_of("a choice", "a", "b"),
        f.texts("words", "a"),
        f.counts("counts", "calls"),
    ],
)
def test_an_example_is_what_its_field_says(field: f.Field) -> None:
    assert jsonschema_rs.is_valid(field.as_schema(), field.example)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        (f.identifier("run", "a run"), "ses_" + "0" * 32),
        (f.time("when"), "yesterday"),
        (f.money("how much"), {"amount": 0.1, "currency": "USD"}),
        (f.number("how many", 3), -1),
        (f.text("a word", "x"), ""),
        (f.one_of("a choice", "a", "b"), "c"),
        (f.counts("counts", "calls"), {}),
    ],
)
def test_anything_else_is_not(field: f.Field, other: Any) -> None:
    assert not jsonschema_rs.is_valid(field.as_schema(), other)
