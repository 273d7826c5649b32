"""Gates of endpoints, shared by all processes; `governance.webhooks.gate` says what their fields mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, StoreUnavailable
from data_access_lib.repositories.records import pack, unpack
from data_access_lib.retention import TERMS
from governance.webhooks.gate import Gate, enter, leave
from platform_kit.clock import from_milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_access_lib.table import TenantScopedTable

_ATTEMPTS: Final = 12
_DOCUMENTS: Final = ("leases",)


class WebhookGates:
    """Gates in the ops table: read, decided, and put in the place of what was read."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    def find(self, webhook_id: str) -> Gate:
        """An endpoint's gate as it is now; one that was never needed stands open to all."""
        item = self._table.get(keys.webhook_gate_key(self._tenant, webhook_id), consistent=True)
        return Gate() if item is None else Gate.of(unpack(item, _DOCUMENTS))

    def enter(self, webhook_id: str, delivery_id: str, now_ms: int) -> int:
        """Take a place for a delivery: 0, or the milliseconds to wait. StoreUnavailable when others keep moving it."""

        def moved(gate: Gate) -> tuple[Gate, int]:
            return enter(gate, delivery_id, now_ms)

        return self._move(webhook_id, now_ms, moved)[1]

    def leave(self, webhook_id: str, delivery_id: str, now_ms: int, *, succeeded: bool) -> bool:
        """Give the place back; True when this attempt opened the breaker."""

        def moved(gate: Gate) -> tuple[Gate, int]:
            after = leave(gate, delivery_id, now_ms, succeeded=succeeded)
            return after, int(after.opened > gate.opened)

        return bool(self._move(webhook_id, now_ms, moved)[1])

    def _move(self, webhook_id: str, now_ms: int, move: Callable[[Gate], tuple[Gate, int]]) -> tuple[Gate, int]:
        for _ in range(_ATTEMPTS):
            gate = self.find(webhook_id)
            after, told = move(gate)
            if after == gate or self._swap(webhook_id, gate, after, now_ms):
                return after, told
        raise StoreUnavailable

    def _swap(self, webhook_id: str, before: Gate, after: Gate, now_ms: int) -> bool:
        same = attr("version").eq(before.version) if before.version else attr("pk").absent()
        ttl = TERMS["WEBHOOKGATE"].expiry(from_milliseconds(now_ms))
        record = pack({**after.as_record(), "version": before.version + 1}, _DOCUMENTS)
        key = keys.webhook_gate_key(self._tenant, webhook_id)
        try:
            self._table.put({**record, **key._asdict(), "ttl": ttl}, condition=same)
        except ConditionFailed:
            return False
        return True
