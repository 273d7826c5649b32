from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from scripts.local_platform.emulator.patches.policy_variables import (
    MATCHES_NOTHING,
    resolved,
    substitute,
    uses_variables,
)

VARIABLE = "${aws:PrincipalTag/tenant}"


@dataclass
class Statement:
    resources: list[str] = field(default_factory=list)
    not_resources: list[str] = field(default_factory=list)
    conditions: dict[str, Any] = field(default_factory=dict)


def acme(name: str) -> str | None:
    return "acme" if name == "aws:PrincipalTag/tenant" else None


def test_a_variable_becomes_its_value() -> None:
    assert substitute(f"tenants/{VARIABLE}/*", acme) == "tenants/acme/*"


@pytest.mark.parametrize("value", [None, "", "*", "ac?e", "${aws:userid}"])
def test_a_value_that_is_missing_or_a_pattern_matches_nothing(value: str | None) -> None:
    assert substitute(f"tenants/{VARIABLE}/*", lambda _: value) == MATCHES_NOTHING


def test_an_exclusion_of_something_unknown_excludes_everything() -> None:
    found = resolved(Statement(not_resources=["a/${aws:userid}"]), acme)
    assert (found.resources, found.not_resources) == ([MATCHES_NOTHING], [])


def test_values_of_conditions_are_resolved_in_lists_and_alone() -> None:
    conditions = {"StringLike": {"a": [f"{VARIABLE}#*", "x"], "b": VARIABLE}, "Null": {"c": "false"}}
    found = resolved(Statement(conditions=conditions), acme)
    assert found.conditions == {"StringLike": {"a": ["acme#*", "x"], "b": "acme"}, "Null": {"c": "false"}}


def test_only_statements_with_variables_are_touched() -> None:
    assert uses_variables(Statement(resources=[VARIABLE]))
    assert not uses_variables(Statement(resources=["*"]))
