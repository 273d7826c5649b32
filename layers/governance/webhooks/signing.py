"""Signatures of messages as Standard Webhooks has them, version `v1`, symmetric.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: HMAC-SHA256 with the bytes
of the secret over `id.timestamp.body`, in base64; a header lists one for each secret that is valid, by spaces.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
_BYTES: Final = 32
_LEAST, _MOST = 24, 64  # what the specification asks of a secret


class BadSecret(ValueError):
    """The text is no secret of Standard Webhooks."""


def mint() -> str:
    """A new secret: `whsec_` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(event_id: str, body: bytes, moment: datetime, valid: Sequence[str]) -> dict[str, str]:
    """The headers of a message; `valid` are the secrets to sign with, the present one first. BadSecret."""
    timestamp = str(int(moment.timestamp()))
    signed = f"{event_id}.{timestamp}.".encode() + body
    signatures = (_signature(secret, signed) for secret in valid)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.new(_key_of(secret), signed, hashlib.sha256).digest()).decode()


def _key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret("a secret is whsec_ and base64") from None
    if not _LEAST <= len(key) <= _MOST:
        raise BadSecret(f"a secret has {_LEAST} to {_MOST} bytes")
    return key
