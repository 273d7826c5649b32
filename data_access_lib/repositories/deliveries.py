"""Events on their way to endpoints, and what came of each attempt: the delivery log.

A delivery is made once for an event and an endpoint. An attempt is claimed before it is made, so that of two copies of
a message one is sent; a claim ends by itself, for who dies with it. `round` counts how often it was begun (1, and one
more for each redelivery), `attempt` is the number of the next attempt in its round. Times in epoch milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import all_equal, attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable

PENDING: Final = "pending"
CLAIM_MS: Final = 30_000
"""Longer than an attempt may take, with what is written around it."""
MOST_ATTEMPTS: Final = 16
"""How many attempts a delivery remembers, the last ones."""
_DOCUMENTS: Final = ("attempts",)


class Deliveries:
    """Deliveries in the runs table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def create(self, record: Mapping[str, Any]) -> bool:
        """Write a new delivery, pending; False when there is one of this id already."""
        first = {**record, "status": PENDING, "round": 1, "attempt": 1, "attempts": []}
        ttl = TERMS["DELIVERY"].expiry(parse_rfc3339(str(record["createdAt"])))
        key = self._key(str(record["webhookId"]), str(record["deliveryId"]))
        try:
            self._table.put({**pack(first, _DOCUMENTS), **key._asdict(), "ttl": ttl}, condition=attr("pk").absent())
        except ConditionFailed:
            return False
        return True

    def get(self, webhook_id: str, delivery_id: str) -> Item:
        """A delivery; NotFound when there is none."""
        return required(self.find(webhook_id, delivery_id), "delivery")

    def find(self, webhook_id: str, delivery_id: str) -> Item | None:
        """A delivery; None when there is none."""
        item = self._table.get(self._key(webhook_id, delivery_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def claim(self, record: Mapping[str, Any], claim: str, now_ms: int) -> bool:
        """Take the next attempt of a delivery as it was read; False when it is somebody else's, or another by now."""
        free = attr("claimUntil").absent() | attr("claimUntil").le(now_ms)
        try:
            self._update(record, {"claim": claim, "claimUntil": now_ms + CLAIM_MS}, _as(record) & free)
        except ConditionFailed:
            return False
        return True

    def settle(
        self, record: Mapping[str, Any], claim: str, attempts: list[dict[str, Any]], fields: Mapping[str, Any]
    ) -> bool:
        """Write down what came of a claimed attempt, and let go; False when the claim had ended, and was taken."""
        kept = {**fields, "attempts": attempts[-MOST_ATTEMPTS:]}
        try:
            self._update(record, kept, attr("claim").eq(claim), "claim", "claimUntil")
        except ConditionFailed:
            return False
        return True

    def give_up(self, record: Mapping[str, Any], reason: str, at: str) -> bool:
        """End a delivery that is not tried any more; False when it is not as it was read."""
        try:
            self._update(record, {"status": "failed", "failure": reason, "finishedAt": at}, _as(record))
        except ConditionFailed:
            return False
        return True

    def begin_again(self, record: Mapping[str, Any], now_ms: int) -> Item | None:
        """Begin another round of a delivery that has ended; None when it changed meanwhile. What it is then.

        A claim that is left of the round before ends with it: its holder settles nothing any more.
        """
        fields = {"status": PENDING, "round": int(record["round"]) + 1, "attempt": 1, "nextAt": now_ms}
        try:
            self._update(record, fields, _as(record), "finishedAt", "failure", "claim", "claimUntil")
        except ConditionFailed:
            return None
        return {**record, **fields}

    def list(self, webhook_id: str, *, limit: int = 50, after: str | None = None, status: str | None = None) -> IdPage:
        """What was sent to an endpoint, newest first, below the delivery id `after`; with a state it may be short."""
        page = self._table.query(
            keys.deliveries_partition(self._tenant, webhook_id),
            before=after,
            newest_first=True,
            limit=limit,
            filter=all_equal({"status": status}),
        )
        following = page.last_key["sk"] if page.last_key else None
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], following)

    def _update(self, record: Mapping[str, Any], fields: Mapping[str, Any], only: Any, *remove: str) -> None:
        key = self._key(str(record["webhookId"]), str(record["deliveryId"]))
        self._table.update(key, set_=pack(fields, _DOCUMENTS), remove=remove, condition=only)

    def _key(self, webhook_id: str, delivery_id: str) -> keys.Key:
        return keys.delivery_key(self._tenant, webhook_id, delivery_id)


def _as(record: Mapping[str, Any]) -> Any:
    """Whether it stands where it did when it was read."""
    same = (attr(name).eq(record[name]) for name in ("status", "round", "attempt"))
    first, second, third = same
    return first & second & third
