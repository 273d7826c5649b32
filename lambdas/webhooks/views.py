"""From records to what the API shows of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from governance.webhooks import secrets
from governance.webhooks.gate import Gate
from platform_kit.access import Role
from platform_kit.clock import from_milliseconds, milliseconds, rfc3339
from platform_kit.identity import Identity
from platform_kit.outbound import OutboundRefused, parse

Record = Mapping[str, Any]


def endpoint_of(record: Record, gate: Gate, who: Identity, now: datetime) -> dict[str, Any]:
    """An endpoint, without its secrets."""
    optional = ("challengeFailure", "failingSince", "disabledAt", "disabledReason")
    return {
        **{name: record[name] for name in ("webhookId", "events", "status", "createdBy", "createdAt", "updatedAt")},
        **{name: record[name] for name in optional if record.get(name)},
        "url": str(record["url"]) if Role.ADMIN in who.roles else _host(str(record["url"])),
        "description": record.get("description") or "",
        "secrets": [_secret(one) for one in secrets.live(record["secrets"], now)],
        "circuit": gate.state(milliseconds(now)),
        "version": record["etag"],
    }


def delivery_of(record: Record) -> dict[str, Any]:
    """A delivery with its attempts."""
    names = ("deliveryId", "webhookId", "eventId", "type", "status", "round", "attempt", "body", "attempts")
    optional = {name: record[name] for name in ("failure", "finishedAt") if record.get(name)}
    due = record.get("nextAt") if record["status"] == "pending" else None
    following = {"nextAttemptAt": rfc3339(from_milliseconds(int(due)))} if due else {}
    return {**{name: record[name] for name in names}, "createdAt": record["createdAt"], **optional, **following}


def _secret(kept: Record) -> dict[str, Any]:
    ends = {"expiresAt": _time(kept["expiresAt"])} if "expiresAt" in kept else {}
    return {"createdAt": _time(kept["createdAt"]), **ends}


def _host(url: str) -> str:
    try:
        return f"{parse(url).origin}/…"
    except OutboundRefused:
        return "…"


def _time(seconds: int) -> str:
    return rfc3339(datetime.fromtimestamp(int(seconds), UTC))
