"""STS: the account's root may take on a role that trusts the Lambda service.

On AWS the Lambda service assumes a function's role and hands the credentials to the function. The local edge runs one
deployed function itself (the streaming one), so it needs those credentials the same way: by AssumeRole on that role.
"""

from __future__ import annotations

import json
from typing import Any

from scripts.local_platform.emulator.seam import module, require

SERVICE = "lambda.amazonaws.com"


def trusts_lambda(document: Any) -> bool:
    """True when a statement of the trust policy lets the Lambda service assume the role."""
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    services = [(one.get("Principal") or {}).get("Service") for one in listed if isinstance(one.get("Principal"), dict)]
    return any(SERVICE in (found if isinstance(found, list) else [found]) for found in services)


def apply() -> None:
    """Answer for that one caller; every other trust decision stays the emulator's."""
    evaluator, sts = module("core.iam_evaluator"), module("services.sts")
    require(sts, "from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy")
    stock = evaluator.evaluate_trust_policy

    def evaluate(document: Any, caller: str, ctx: Any = None) -> bool:
        as_service = caller.endswith(":root") and ctx is not None and ctx.action == "sts:AssumeRole"
        return (as_service and trusts_lambda(document)) or bool(stock(document, caller, ctx))

    evaluator.evaluate_trust_policy = evaluate
