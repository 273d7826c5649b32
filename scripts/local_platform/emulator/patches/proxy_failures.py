"""REST proxy integrations: a failed or malformed answer is API Gateway's own 502, and says nothing of the function.

Stock behaviour: a handler's exception answers 502 with the exception's text, past the gateway responses, and an
answer that is no proxy response is a 200. AWS: "Malformed Lambda proxy response" is a 502 rendered through
DEFAULT_5XX with the message "Internal server error".
"""

from __future__ import annotations

from typing import Any

from scripts.local_platform.emulator.seam import module, require

MESSAGE = "Internal server error"
BAD_GATEWAY = 502
LOWEST_STATUS, HIGHEST_STATUS = 100, 599


class _Malformed(Exception):
    """The function's answer is not a proxy response."""


def is_proxy_response(answer: Any) -> bool:
    """True for a dict with an integral HTTP status and a body that is text or absent."""
    if not isinstance(answer, dict) or not isinstance(answer.get("body", ""), str | None):
        return False
    status = answer.get("statusCode")
    # API Gateway takes "200" as well as 200
    return str(status).isdigit() and LOWEST_STATUS <= int(str(status)) <= HIGHEST_STATUS


def apply() -> None:
    """Check answers where v1 shapes them, and answer failures through the gateway responses."""
    gateway = module("services.apigateway_v1")
    require(gateway._invoke_lambda_proxy_v1, "_lambda_proxy_response(result)", "return 502")  # noqa: SLF001
    require(gateway._gateway_error_response, 'response.get("statusCode") or')  # noqa: SLF001
    shape, invoke = gateway._lambda_proxy_response, gateway._invoke_lambda_proxy_v1  # noqa: SLF001
    render = gateway._gateway_error_response  # noqa: SLF001

    def shape_strictly(result: Any) -> Any:
        if result.get("error") and not result.get("throttle"):
            raise _Malformed
        if not result.get("error") and not is_proxy_response(result.get("body")):
            raise _Malformed
        return shape(result)

    async def invoke_or_502(*args: Any, **options: Any) -> Any:
        try:
            return await invoke(*args, **options)
        except _Malformed:
            error = gateway._gw_error("DEFAULT_5XX", MESSAGE)  # noqa: SLF001
            error.bad_gateway = True
            return error

    def render_502(error: Any, request: Any) -> Any:
        status, headers, body = render(error, request)
        return (BAD_GATEWAY if getattr(error, "bad_gateway", False) else status), headers, body

    gateway._lambda_proxy_response = shape_strictly  # noqa: SLF001
    gateway._invoke_lambda_proxy_v1 = invoke_or_502  # noqa: SLF001
    gateway._gateway_error_response = render_502  # noqa: SLF001
