"""Schemas that operators write, attacks first: what leads elsewhere, what is too much, what stalls."""

from typing import Any

import pytest

from governance.toolbox.schemas import DEEPEST, DIALECT, MOST_BYTES, MOST_TOLD, BadSchema, check_schema, faults


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def doubling() -> dict[str, Any]:
    """Small to write, and two to the power of thirty to check."""
    steps = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 2} for n in range(30)}
    return {"type": "object", "$defs": {**steps, "s30": {"type": "object"}}, "$ref": "#/$defs/s0"}


BAD: dict[str, object] = {
    "a list": [],
    "text": "{}",
    "true": True,
    "nothing said": {},
    "an array": {"type": "array"},
    "several types": {"type": ["object", "null"]},
    "another draft": {"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"},
    "a file": {"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}},
    "another host": {"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/schema"}}},
    "itself": {"type": "object", "$ref": "#"},
    "dynamically": {"type": "object", "$dynamicRef": "#x"},
    "an id": {"type": "object", "$id": "https://evil.test/schema"},
    "doubling": doubling(),
    "depth": nested(DEEPEST),
    "length": {"type": "object", "description": "x" * MOST_BYTES},
    "no type": {"type": "object", "properties": {"a": {"type": "objekt"}}},
    "no pattern": {"type": "object", "properties": {"a": {"pattern": "("}}},
    "a pattern that looks back": {"type": "object", "properties": {"a": {"pattern": r"(a)\1"}}},
    "a pattern that explodes": {"type": "object", "properties": {"a": {"pattern": "((((a{99}){99}){99}){99}){99}"}}},
    "a negative length": {"type": "object", "properties": {"a": {"maxLength": -1}}},
}


@pytest.mark.parametrize("schema", BAD.values(), ids=list(BAD))
def test_what_is_no_schema_that_is_taken_says_why(schema: object) -> None:
    with pytest.raises(BadSchema):
        check_schema(schema)


def test_a_schema_of_an_object_is_taken_as_it_is() -> None:
    schema = {"$schema": DIALECT, "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert check_schema(schema) is schema


def test_faults_are_named_by_place_and_do_not_repeat_the_value() -> None:
    properties: dict[str, Any] = {"a": {"type": "integer"}, "b/c": {"maxLength": 3}}
    schema = {"type": "object", "properties": properties, "required": ["d"], "additionalProperties": False}
    found = sorted(faults(schema, {"a": "my secret", "b/c": "another secret", "e": 1}))
    assert [fault.partition(":")[0] for fault in found] == ["/", "/", "/a", "/b~1c"]
    assert "secret" not in str(found)
    properties["d"] = {"type": "integer"}
    assert faults(schema, {"d": 1, "a": 2}) == []


def test_faults_are_bounded() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert len(faults(schema, {f"k{n}": "x" for n in range(99)})) == MOST_TOLD


def test_a_pattern_takes_linear_time_on_a_text_made_to_stall_it() -> None:
    schema = {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}
    assert len(faults(schema, {"a": "a" * 50_000 + "!"})) == 1
