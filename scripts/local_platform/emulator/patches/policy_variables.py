"""IAM: policy variables (`${aws:PrincipalTag/tenant}`) are resolved in Resource and in condition values.

Stock behaviour: they are taken literally, so that tag-based isolation refuses everybody. A variable that cannot be
resolved matches nothing, and a value is literal: a tag that holds `*` or `?` matches nothing either.
Source: AWS, "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from scripts.local_platform.emulator.seam import module, require

VARIABLE = re.compile(r"\$\{([^{}$*?]+)\}")
MATCHES_NOTHING = "\x00unresolved"


def substitute(text: str, resolve: Any) -> str:
    """`text` with every variable replaced, or a string that nothing equals."""
    for name in VARIABLE.findall(text):
        value = resolve(name)
        if not isinstance(value, str) or not value or set(value) & set("*?$"):
            return MATCHES_NOTHING
        text = text.replace(f"${{{name}}}", value)
    return text


def substitute_values(values: Any, resolve: Any) -> Any:
    """Condition values with their variables replaced."""
    if isinstance(values, list):
        return [substitute(str(value), resolve) for value in values]
    return substitute(values, resolve) if isinstance(values, str) else values


def resolved(statement: Any, resolve: Any) -> Any:
    """The statement as it reads for one request."""
    conditions = {
        operator: {key: substitute_values(values, resolve) for key, values in block.items()}
        if isinstance(block, dict)
        else block
        for operator, block in statement.conditions.items()
    }
    excluded = [substitute(pattern, resolve) for pattern in statement.not_resources]
    if MATCHES_NOTHING in excluded:
        # "everything but an unknown resource" must not become everything
        return replace(statement, resources=[MATCHES_NOTHING], not_resources=[], conditions=conditions)
    resources = [substitute(pattern, resolve) for pattern in statement.resources]
    return replace(statement, resources=resources, not_resources=excluded, conditions=conditions)


def uses_variables(statement: Any) -> bool:
    """True when anything in the statement needs resolving."""
    return "${" in f"{statement.resources}{statement.not_resources}{statement.conditions}"


def apply() -> None:
    """Resolve a statement just before it is matched."""
    evaluator = module("core.iam_evaluator")
    require(evaluator._first_match, "_resource_matches(ctx.resource_arn", "_conditions_met(")  # noqa: SLF001
    match, lookup = evaluator._first_match, evaluator._resolve_condition_key  # noqa: SLF001

    def match_resolved(ctx: Any, statements: list[Any], effect: str) -> Any:
        def resolve(name: str) -> Any:
            return lookup(name, ctx)

        return match(ctx, [resolved(one, resolve) if uses_variables(one) else one for one in statements], effect)

    evaluator._first_match = match_resolved  # noqa: SLF001
