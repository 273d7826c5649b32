from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.bridge.models import InvokeRequest


@pytest.mark.parametrize(
    "body",
    [
        {"input": "x"},
        {"input": "é" * 50_000},
        {"input": "x", "context": {"deep": [1, {"a": None}]}, "metadata": {}, "files": [], "sessionId": "ses_1"},
        {"input": "x", "context": None},
    ],
)
def test_what_the_contract_allows_is_accepted(body: dict[str, Any]) -> None:
    InvokeRequest.model_validate(body)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "input"),
        ({"input": ""}, "input"),
        ({"input": "x" * 50_001}, "input"),
        ({"input": 1}, "input"),
        ({"input": "\ud800"}, "input"),
        ({"input": "x", "context": []}, "context"),
        ({"input": "x", "context": {"k": "é" * 16_001}}, "context"),
        ({"input": "x", "context": {"\ud800": 1}}, "context"),
        ({"input": "x", "metadata": {"k": "y" * 16_001}}, "metadata"),
        ({"input": "x", "files": ["f"] * 21}, "files"),
        ({"input": "x", "sessionId": "s" * 65}, "sessionId"),
        ({"input": "x", "unknown": 1}, "unknown"),
    ],
)
def test_anything_else_is_refused_where_it_is_wrong(body: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as raised:
        InvokeRequest.model_validate(body)
    assert [error["loc"][0] for error in raised.value.errors()] == [place]
