"""Opaque cursors: where a list goes on, signed, bound to one tenant and one route, good for a day.

`base64url(HMAC-SHA-256 || JSON)`. Tenant and route are in the signed text but not in the cursor: another tenant's
cursor, or one of another list, simply does not verify.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.errors import InvalidCursor
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TTL_SECONDS: Final = 24 * 3600
_MAX_LENGTH: Final = 2048
_MAC_BYTES: Final = 32
_MIN_SECRET_BYTES: Final = 32


class CursorCodec:
    """Makes and reads cursors. `secrets` gives the secrets, ≥ 32 bytes each: the first signs, every one verifies."""

    def __init__(
        self,
        secrets: Callable[[], Sequence[bytes]],
        *,
        clock: Clock | None = None,
        ttl_seconds: int = TTL_SECONDS,
    ) -> None:
        self._secrets = secrets
        self._clock = clock or SystemClock()
        self._ttl = ttl_seconds

    def encode(self, tenant_id: str, route: str, position: Mapping[str, object]) -> str:
        """A cursor for `position` (small JSON) in this tenant's list at this route."""
        body = json.dumps([self._seconds() + self._ttl, position], separators=(",", ":")).encode()
        mac = _mac(self._checked_secrets()[0], tenant_id, route, body)
        return base64.urlsafe_b64encode(mac + body).decode().rstrip("=")

    def decode(self, tenant_id: str, route: str, cursor: str) -> dict[str, Any]:
        """The position. InvalidCursor when it was not made here, for this tenant and route, within its time."""
        raw = _raw(cursor)
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        genuine = [hmac.compare_digest(mac, _mac(secret, tenant_id, route, body)) for secret in self._checked_secrets()]
        if not any(genuine):
            raise _invalid()
        expires, position = json.loads(body)
        if self._seconds() >= expires:
            raise _invalid()
        return dict(position)

    def _checked_secrets(self) -> Sequence[bytes]:
        secrets = self._secrets()
        if not secrets or min(map(len, secrets)) < _MIN_SECRET_BYTES:
            raise ValueError("a cursor secret has at least 32 bytes")
        return secrets

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def _mac(secret: bytes, tenant_id: str, route: str, body: bytes) -> bytes:
    # Lengths first: tenant and route cannot be shifted into one another.
    bound = f"ambit-cursor|{len(tenant_id)}:{tenant_id}|{len(route)}:{route}|".encode("utf-8", "surrogatepass")
    return hmac.new(secret, bound + body, hashlib.sha256).digest()


def _raw(cursor: str) -> bytes:
    """The bytes of a cursor in its one spelling, so that a cursor has no second form that verifies too."""
    if len(cursor) > _MAX_LENGTH or not cursor.isascii():
        raise _invalid()
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except binascii.Error:
        raise _invalid() from None
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != cursor:
        raise _invalid()
    return raw


def _invalid() -> InvalidCursor:
    return InvalidCursor("The cursor is not valid here. Start the list again without one.")
