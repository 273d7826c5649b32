"""Gateway responses: `$context.path` is rendered. Stock behaviour leaves the variable's name in the body.

Behind a custom domain, for which the local edge stands, the value is the path that the client sent, without the stage.
Source: AWS, "Variables for data models, authorizers, mapping templates".
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from scripts.local_platform.emulator.seam import module, require

_path: ContextVar[str] = ContextVar("request_path", default="")


def apply() -> None:
    """Remember the path where a request enters, and replace the variable where a response is rendered."""
    gateway = module("services.apigateway_v1")
    require(gateway._handle_execute_in_scope, "_gateway_error_response(response, request)")  # noqa: SLF001
    enter, render = gateway._handle_execute_in_scope, gateway._gateway_error_response  # noqa: SLF001

    async def enter_with_path(api_id: str, stage: str, method: str, path: str, *rest: Any) -> Any:
        _path.set(f"/{path.lstrip('/')}")
        return await enter(api_id, stage, method, path, *rest)

    def render_path(error: Any, request: Any) -> Any:
        status, headers, body = render(error, request)
        # inside a JSON string: the path must not be able to leave it
        return status, headers, body.replace(b"$context.path", json.dumps(_path.get())[1:-1].encode())

    gateway._handle_execute_in_scope = enter_with_path  # noqa: SLF001
    gateway._gateway_error_response = render_path  # noqa: SLF001
