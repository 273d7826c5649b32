"""IAM: KMS calls are authorised on the alias that they name, or on the key that the alias they use leads to.

Stock behaviour: calls that make an alias have the resource `*`, so that a role allowed on one name is refused; calls
that use an alias have the alias as their resource, which no policy names. An alias that leads nowhere is not found
before anything is authorised. Source: AWS KMS, "Controlling access to aliases". The key that an alias is pointed at is
not checked here, as it is on AWS.
"""

from __future__ import annotations

import json
from functools import wraps
from typing import Any

from scripts.local_platform.emulator.seam import module, require

NAMING = frozenset({"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"})


def named(body: bytes) -> dict[str, Any]:
    """A request's members; none when it is not JSON."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def resource(request: dict[str, Any], kms: Any) -> str | None:
    """The ARN that a request is authorised on, where the emulator's own is wrong."""
    alias = request.get("AliasName")
    if isinstance(alias, str) and alias.startswith("alias/"):
        return str(kms._alias_arn(alias))  # noqa: SLF001
    key = request.get("KeyId")
    if isinstance(key, str) and "alias/" in key:
        record = kms._resolve_key(key)  # noqa: SLF001
        return str(record["Arn"]) if record else None
    return None


def apply() -> None:
    """Name the resource; leave it to the service to say that an alias leads nowhere."""
    actions, evaluator, kms = module("core.iam_actions"), module("core.iam_evaluator"), module("services.kms")
    require(actions.extract_resource_arn, 'if service == "kms":', 'key_id.startswith("alias/")')
    require(kms._resolve_key, "_aliases")  # noqa: SLF001
    require(evaluator.enforce, "resource_arn")
    stock_resource, stock_enforce = actions.extract_resource_arn, evaluator.enforce

    def with_keys(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> Any:
        found = resource(named(body), kms) if service == "kms" else None
        return found or stock_resource(service, method, path, headers, body, *rest)

    @wraps(stock_enforce)
    def enforced(access_key: str, action: str, service: str, region: str, *rest: Any, **named_: Any) -> Any:
        denied = stock_enforce(access_key, action, service, region, *rest, **named_)
        nowhere = service == "kms" and ":alias/" in str(named_.get("resource_arn")) and action not in NAMING
        return None if nowhere and not isinstance(denied, evaluator.AuthError) else denied

    actions.extract_resource_arn = with_keys
    evaluator.enforce = enforced
