"""Browser sessions of the BFF, under the digest of the cookie's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.records import unpack
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from data_access_lib.admin import PlatformServiceTable
    from data_access_lib.codec import Item


class BffSessions:
    """Sessions in the ops table. `secret` is the cookie's value; only its SHA-256 is stored."""

    def __init__(self, table: PlatformServiceTable, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()

    def put(self, secret: str, session: Mapping[str, object], expires_at: datetime) -> None:
        """Write a session, over what was there."""
        expiry = int(expires_at.timestamp())
        key = keys.bff_session_key(secret)
        self._table.put({**session, **key._asdict(), "expiresAt": expiry, "ttl": expiry})

    def find(self, secret: str) -> Item | None:
        """The session; None when there is none or it has expired."""
        item = self._table.get(keys.bff_session_key(secret), consistent=True)
        if item is None or item["expiresAt"] <= self._clock.now().timestamp():
            return None
        return unpack(item, ())

    def replace(self, secret: str, revision: int, session: Mapping[str, object], expires_at: datetime) -> bool:
        """Write a session if its `revision` is still this; False when another request was faster."""
        expiry = int(expires_at.timestamp())
        item = {**session, **keys.bff_session_key(secret)._asdict(), "expiresAt": expiry, "ttl": expiry}
        try:
            self._table.put({**item, "revision": revision + 1}, condition=attr("revision").eq(revision))
        except ConditionFailed:
            return False
        return True

    def delete(self, secret: str) -> None:
        """Sign out."""
        self._table.delete(keys.bff_session_key(secret))
