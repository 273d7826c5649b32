"""Usage plans by authoriser: `usageIdentifierKey` of the authoriser's answer is the caller's API key.

Stock behaviour: only the `x-api-key` header counts. AWS: with `apiKeySource` AUTHORIZER the key is the top-level
`usageIdentifierKey`, and the header is ignored.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from scripts.local_platform.emulator.seam import module, require

# the emulator caches only policy and context, so the key rides in the context until the request reads it
CARRIER = "ambit-usage-identifier-key"
_request_key: ContextVar[str] = ContextVar("usage_identifier_key", default="")


def carry_key(result: Any) -> Any:
    """Copy a top-level `usageIdentifierKey` into the context, where the emulator's cache keeps it."""
    answer = result.get("body") if isinstance(result, dict) else None
    if isinstance(answer, str | bytes):
        try:
            answer = json.loads(answer)
        except ValueError:
            return result
    if isinstance(answer, dict) and isinstance(answer.get("usageIdentifierKey"), str):
        context = {**(answer.get("context") or {}), CARRIER: answer["usageIdentifierKey"]}
        return {**result, "body": {**answer, "context": context}}
    return result


def take_key(context: Any) -> Any:
    """Remember the key for this request; return the context as the integration may see it."""
    _request_key.set((context or {}).get(CARRIER, ""))
    return context and {name: value for name, value in context.items() if name != CARRIER}


def apply() -> None:
    """Wrap the three places: the authoriser's call, its verdict, the key check."""
    gateway = module("services.apigateway_v1")
    require(gateway._authorize_request_v1, '_stringify_context(policy.get("context"))')  # noqa: SLF001
    require(gateway._check_api_key, "_api_key_from_request(headers)")  # noqa: SLF001
    call, authorise = gateway._invoke_authorizer_lambda, gateway._authorize_request_v1  # noqa: SLF001
    check = gateway._check_api_key  # noqa: SLF001

    async def call_and_carry(*args: Any) -> Any:
        return carry_key(await call(*args))

    async def authorise_and_take(*args: Any) -> Any:
        error, context = await authorise(*args)
        return error, take_key(context)

    def check_named_key(method: Any, api_id: str, stage: str, headers: dict[str, Any]) -> Any:
        if (gateway._rest_apis.get(api_id) or {}).get("apiKeySource") == "AUTHORIZER":  # noqa: SLF001
            others = {name: value for name, value in headers.items() if name.lower() != "x-api-key"}
            headers = {**others, "x-api-key": _request_key.get()}
        return check(method, api_id, stage, headers)

    gateway._invoke_authorizer_lambda = call_and_carry  # noqa: SLF001
    gateway._authorize_request_v1 = authorise_and_take  # noqa: SLF001
    gateway._check_api_key = check_named_key  # noqa: SLF001
