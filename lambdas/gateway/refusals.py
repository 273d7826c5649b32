"""A refusal as a record keeps it: what the agent was told, so that a replay is told the same."""

from typing import Any, Final

from platform_kit import problem
from platform_kit.errors import AmbitError

_INSTANCE: Final = "/v1/gateway"


def refusal(failure: AmbitError) -> dict[str, Any]:
    """`{status, body}`; the body names no request, since a replay is another one."""
    return {"status": failure.status, "body": problem.document(failure, request_id="", instance=_INSTANCE)}
