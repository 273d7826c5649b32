"""Tokens to push with: locally from the platform's own identity provider, elsewhere from the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx

from scripts.agent_push.errors import PushError, Unreachable

if TYPE_CHECKING:
    from scripts.agent_push.stage import Stage

OPERATOR_VARIABLE = "AMBIT_OPERATOR_TOKEN"
TENANT_VARIABLE = "AMBIT_TOKEN"
LOCAL_OPERATOR = "platform-operator"
LOCAL_DEVELOPER = "acme-developer"


def operator_token(stage: Stage) -> str:
    """A token with Platform.Operator; raises PushError saying how to get one."""
    given = os.environ.get(OPERATOR_VARIABLE)
    if given:
        return given
    if stage.issuer is None:
        raise PushError(f"set {OPERATOR_VARIABLE} to a token with the role Platform.Operator for {stage.name}")
    return machine_token(stage.issuer, LOCAL_OPERATOR)


def tenant_token(stage: Stage) -> str | None:
    """A token of a tenant's developer to smoke-test with, or None where there is none."""
    given = os.environ.get(TENANT_VARIABLE)
    if given or stage.issuer is None:
        return given
    return machine_token(stage.issuer, LOCAL_DEVELOPER)


def machine_token(issuer: str, client: str) -> str:
    """A token of one of the local platform's machine clients; their secrets are public by design."""
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": f"{client}-secret"}
    try:
        about = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=10).raise_for_status().json()
        answer = httpx.post(about["token_endpoint"], data=form, timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        raise Unreachable(f"the identity provider at {issuer} gives no token ({error}): is `make dev` up?") from error
    return str(answer.json()["access_token"])
