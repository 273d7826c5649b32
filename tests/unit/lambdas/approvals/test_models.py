import pytest
from pydantic import ValidationError

from lambdas.approvals.models import Decide


def test_a_decision_says_why_in_one_line() -> None:
    assert Decide.model_validate({"decision": "deny", "reason": "  no  "}).reason == "no"


@pytest.mark.parametrize(
    "body",
    [
        {"decision": "approve"},
        {"decision": "maybe", "reason": "x"},
        {"decision": "Approve", "reason": "x"},
        {"decision": "approve", "reason": "a\u202eb"},
        {"decision": "approve", "reason": "x", "digest": "abc"},
        {"decision": "approve", "reason": "x", "digest": "D" * 64},
        {"decision": "approve", "reason": "x", "arguments": {}},
        {"decision": "approve", "reason": "x", "tenantId": "globex"},
    ],
    ids=repr,
)
def test_anything_else_is_no_decision(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Decide.model_validate(body)
