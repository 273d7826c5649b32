"""IAM: `states:SendTask*` is authorised on the state machine that the token's execution belongs to.

Stock behaviour: the resource is `*`, so that a role allowed on exactly one state machine is refused.
Source: what CDK's `StateMachine.grantTaskResponse` grants.
"""

from __future__ import annotations

import json
from typing import Any

from scripts.local_platform.emulator.patches.callback_tasks import machine_of_token
from scripts.local_platform.emulator.seam import module, require


def token_in(body: bytes) -> str:
    """The task token of a request's body, or nothing."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return ""
    token = found.get("taskToken") if isinstance(found, dict) else ""
    return token if isinstance(token, str) else ""


def apply() -> None:
    """Name the state machine for requests with a known token; leave the rest to the emulator."""
    actions = module("core.iam_actions")
    require(actions.extract_resource_arn, "service")
    stock = actions.extract_resource_arn

    def with_state_machine(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> Any:
        machine = machine_of_token(token_in(body)) if service in ("states", "stepfunctions") else None
        return machine or stock(service, method, path, headers, body, *rest)

    actions.extract_resource_arn = with_state_machine
