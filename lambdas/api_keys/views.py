"""From a key's record to what the API shows of it: times as text, no digest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from platform_kit.clock import rfc3339

_HIDDEN: Final = frozenset({"etag", "secrets", "expiresAt", "status"})


def key_reply(record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The members of an ApiKeyReply. Secrets past their end are left out."""
    plain = {name: value for name, value in record.items() if name not in _HIDDEN}
    live = [secret for secret in record["secrets"] if secret["expiresAt"] > now.timestamp()]
    shown = [] if record["status"] == "revoked" else [_secret(secret) for secret in live]
    return {**plain, "status": _status(record, now), "expiresAt": _text(record["expiresAt"]), "secrets": shown}


def _secret(secret: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prefix": secret["prefix"],
        "createdAt": _text(secret["createdAt"]),
        "expiresAt": _text(secret["expiresAt"]),
    }


def _status(record: Mapping[str, Any], now: datetime) -> str:
    if record["status"] == "active" and record["expiresAt"] <= now.timestamp():
        return "expired"
    return str(record["status"])


def _text(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(int(seconds), UTC))
