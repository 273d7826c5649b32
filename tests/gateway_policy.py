"""How API Gateway reads the policy an authoriser answers with."""

import re
from functools import cache
from typing import Any


def gateway_allows(document: dict[str, Any], arn: str) -> bool:
    """What API Gateway does: an explicit deny wins, else an allow is needed; `*` and `?` match across slashes."""
    effects = {
        statement["Effect"]
        for statement in document["Statement"]
        if _any_of(tuple(statement["Resource"])).fullmatch(arn)
    }
    return effects == {"Allow"}


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    forms = (re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in patterns)
    return re.compile("|".join(forms), re.DOTALL)
