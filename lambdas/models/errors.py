"""Failures in OpenAI's shape (https://platform.openai.com/docs/guides/error-codes), which its clients know to raise."""

from collections.abc import Mapping
from typing import Any, Final

from enforcement.errors import PolicyRefused
from governance.approvals import ToldToAgents
from model_gateway.errors import ModelError
from platform_kit.errors import AmbitError

_KINDS: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    409: "conflict_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}


class RecordedFailure(AmbitError):
    """What an answer broke off with in the run that is replayed; `told` is the body as it was sent."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__("The recorded answer broke off here.")
        self.told = told


def body(error: AmbitError) -> dict[str, Any]:
    """`{"error": {message, type, code, param}}`, with `policy` or `approvalId` and `approval` where those decided."""
    if isinstance(error, RecordedFailure):
        return error.told
    told = {
        "message": error.detail,
        "type": error.kind if isinstance(error, ModelError) else _KINDS.get(error.status, "api_error"),
        "code": error.wire_code if isinstance(error, ModelError) else error.code,
        "param": error.param if isinstance(error, ModelError) else None,
        **error.members,
    }
    return {"error": {**told, **_decided(error)}}


def _decided(error: AmbitError) -> dict[str, Any]:
    """What policy said, or how an approval stands: its id is a field of the error."""
    if isinstance(error, PolicyRefused):
        return {"policy": error.as_dict()}
    return {"approval": error.as_dict()} if isinstance(error, ToldToAgents) else {}


def headers(error: AmbitError) -> dict[str, str]:
    """`Retry-After`, and whether OpenAI's client should try by itself: the gateway has tried, unless it says when."""
    again = error.retry_after is not None
    wait = {"retry-after": str(error.retry_after)} if again else {}
    return {"cache-control": "no-store", "x-should-retry": str(again).lower(), **wait}
