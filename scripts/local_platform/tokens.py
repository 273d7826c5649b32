"""Access tokens of the local platform's machine clients."""

from __future__ import annotations

import httpx


def client_token(issuer: str, client_id: str) -> str:
    """A token by client credentials; locally a client's secret is its id and `-secret`."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": f"{client_id}-secret"}
    endpoint = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=10).raise_for_status().json()
    answer = httpx.post(endpoint["token_endpoint"], data=form, timeout=10).raise_for_status()
    return str(answer.json()["access_token"])
