"""How an endpoint shows that whoever runs it wants our events: it repeats what it was asked.

The answer to `webhook.challenge` is a 2xx whose body is the challenge itself, or JSON with the member `challenge`.
"""

import hmac
import json
import secrets
from typing import Final

from governance.webhooks.sending import Tried

_BYTES: Final = 16


def mint() -> str:
    """A new challenge: 128 random bits."""
    return secrets.token_urlsafe(_BYTES)


def is_met(challenge: str, tried: Tried) -> bool:
    """Whether this answer repeats the challenge."""
    return tried.succeeded and hmac.compare_digest(_said(tried.body).encode(), challenge.encode())


def failure(tried: Tried) -> str:
    """Why a challenge was not met, for who registers the endpoint."""
    if tried.error:
        return f"The endpoint could not be asked: {tried.error}."
    if not tried.succeeded:
        return f"The endpoint answered {tried.status}; a 2xx that repeats the challenge is expected."
    return "The endpoint's answer does not repeat the challenge."


def _said(body: str) -> str:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body.strip()
    said = value.get("challenge") if isinstance(value, dict) else value
    return said if isinstance(said, str) else ""
