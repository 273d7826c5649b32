from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from evaluation.scorers import Scorer
from evaluation.suites import Case

READ: TypeAdapter[Scorer] = TypeAdapter(Scorer)


def test_the_type_is_required_and_tells_the_schema_which() -> None:
    schema = TypeAdapter(Case).json_schema()
    found = schema["properties"]["scorers"]["items"]
    assert found["discriminator"]["propertyName"] == "type"
    assert len(found["oneOf"]) == 13
    assert all("type" in one["required"] for name, one in schema["$defs"].items() if "type" in one["properties"])


@pytest.mark.parametrize(
    "given",
    [
        {"type": "safety"},
        {"type": "exact"},
        {"type": "exact", "expected": "x", "more": 1},
        {"type": "numeric", "expected": float("nan")},
        {"type": "cost", "mostUsd": "1e9"},
        {"type": "autoevals", "scorer": "Factuality"},
        {"type": "plugin", "name": "../x"},
    ],
)
def test_what_is_no_scorer(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(given)
