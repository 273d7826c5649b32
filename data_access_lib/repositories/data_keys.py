"""A tenant's data keys, wrapped by its KMS key: numbered from 1, the latest in use, the earlier kept for reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from data_access_lib import keys
from data_access_lib.conditions import attr
from platform_kit.clock import Clock, SystemClock, rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.table import TenantScopedTable

LABEL: Final = "data_key"
_MANY: Final = 10_000


class Wrapped(NamedTuple):
    """One data key as it is stored: only KMS, with the key `key_arn`, can unwrap the blob."""

    number: int
    key_arn: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All that is known of a tenant's data keys. `wrapped` is empty and `erased` true after crypto-shredding.

    `since` is when the current one was taken into use (RFC 3339).
    """

    current: int
    key_arn: str
    since: str
    erased: bool
    wrapped: Mapping[int, Wrapped]


class DataKeys:
    """Data keys in the control table."""

    def __init__(self, table: TenantScopedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._clock = clock or SystemClock()

    def ring(self) -> KeyRing | None:
        """The tenant's data keys as they are now; None when it never had one."""
        page = self._table.query(keys.data_keys_partition(self._tenant), limit=_MANY, consistent=True)
        head = next((item for item in page.items if "current" in item), None)
        if head is None:
            return None
        found = (Wrapped(int(item["number"]), item["keyArn"], item["blob"]) for item in page.items if "blob" in item)
        wrapped = {key.number: key for key in found}
        current, key_arn, since = int(head["current"]), str(head["keyArn"]), str(head["since"])
        return KeyRing(current, key_arn, since, bool(head.get("erasedAt")), wrapped)

    def add(self, wrapped: Wrapped) -> None:
        """Take the next data key into use; ConditionFailed when its number is not the next one (any more)."""
        now = rfc3339(self._clock.now())
        fresh = attr("pk").absent()
        follows = fresh if wrapped.number == 1 else attr("current").eq(wrapped.number - 1)
        head = {"current": wrapped.number, "keyArn": wrapped.key_arn, "since": now}
        record = {"number": wrapped.number, "keyArn": wrapped.key_arn, "blob": wrapped.blob, "createdAt": now}
        transaction = self._table.transaction()
        place = keys.data_key_head_key(self._tenant)._asdict()
        transaction.put(self._table.name, {**head, **place}, condition=follows, label=LABEL)
        place = keys.data_key_key(self._tenant, wrapped.number)._asdict()
        transaction.put(self._table.name, {**record, **place}, condition=fresh, label=LABEL)
        transaction.commit()

    def erase(self) -> int:
        """Crypto-shredding: no wrapped data key is left, and nothing is sealed any more; how many there were."""
        ring = self.ring()
        if ring is None:
            return 0
        head = keys.data_key_head_key(self._tenant)
        self._table.update(head, set_={"erasedAt": rfc3339(self._clock.now())}, condition=attr("pk").exists())
        self._table.batch_write(deletes=[keys.data_key_key(self._tenant, number) for number in ring.wrapped])
        return len(ring.wrapped)

    def forget(self) -> None:
        """As if there had never been any: for a tenant that was never let in."""
        ring = self.ring()
        numbers = ring.wrapped if ring else ()
        gone = [keys.data_key_key(self._tenant, number) for number in numbers]
        self._table.batch_write(deletes=[keys.data_key_head_key(self._tenant), *gone])
