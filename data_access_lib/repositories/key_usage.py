"""How often each of a tenant's API keys was used, and when last; counted in batches, so it may lag by a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_access_lib import keys
from data_access_lib.repositories.records import unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable


class KeyUsage:
    """Usage records in the ops table: `{useCount, lastUsedAt}` (RFC 3339), one a key."""

    def __init__(self, table: TenantScopedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()
        self._tenant = table.tenant.tenant_id

    def add(self, key_id: str, calls: int, at: str) -> None:
        """Count `calls` more, the last of them `at` this time. One write."""
        used = {"lastUsedAt": at, "ttl": TERMS["KEYUSE"].expiry(self._clock.now())}
        self._table.update(keys.key_usage_key(self._tenant, key_id), add={"useCount": calls}, set_=used)

    def find_many(self, key_ids: Iterable[str]) -> dict[str, Item]:
        """The records of those keys that were used, by key id."""
        wanted = {keys.key_usage_key(self._tenant, key_id): key_id for key_id in key_ids}
        return {wanted[key]: unpack(item, ()) for key, item in self._table.batch_get(wanted).items()}
