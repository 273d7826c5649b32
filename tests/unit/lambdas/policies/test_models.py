from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.policies.models import CallContext, CreatePolicy, Evaluate


@pytest.mark.parametrize(("given", "pico"), [("0", 0), ("0.5", 5 * 10**11), ({"amount": "1.000000000001"}, 10**12 + 1)])
def test_a_cost_is_a_decimal_string_alone_or_with_its_currency(given: Any, pico: int) -> None:
    assert CallContext.model_validate({"tool": "x", "costUsage": given}).cost == pico


@pytest.mark.parametrize("given", [0.5, "1e3", "-1", {"amount": "1", "currency": "EUR"}, "NaN", None])
def test_nothing_else_is_a_cost(given: Any) -> None:
    with pytest.raises(ValidationError):
        CallContext.model_validate({"tool": "x", "costUsage": given})


@pytest.mark.parametrize(
    "question", [{}, {"agent": "echo-agent", "version": 1}, {"policyId": "pol_1", "version": 0}, {"agent": "A"}]
)
def test_a_question_is_of_an_agent_or_of_a_policy(question: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Evaluate.model_validate({**question, "context": {"tool": "files.read"}})


@pytest.mark.parametrize("name", ["", " ", "a\u202eb", "x" * 101])
def test_a_name_can_be_printed(name: str) -> None:
    with pytest.raises(ValidationError):
        CreatePolicy.model_validate({"name": name, "override": {}})
