"""What spares an endpoint that does not answer, and everybody else its waiting: a breaker and a bound on attempts.

The breaker opens after five failures in a row, for 30 s, then twice as long each time, up to 15 minutes; when it has
been open long enough one attempt is let through to see. While it is open nothing is sent: a message waits, and that
uses up none of its attempts. At most eight attempts of an endpoint are under way at a time, by leases, so that a
process that died holds its place for no longer than an attempt may take.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

FAILURES: Final = 5
FIRST_OPEN_MS: Final = 30_000
MOST_OPEN_MS: Final = 15 * 60_000
AT_A_TIME: Final = 8
LEASE_MS: Final = 20_000
"""Longer than an attempt may take: 15 s and the connection's own time."""
BUSY_MS: Final = 1_000
"""After which time a message asks again when all places are taken."""


@dataclass(frozen=True, slots=True)
class Gate:
    """An endpoint's gate. Times in epoch milliseconds; `leases` by the delivery that holds one, with its end."""

    version: int = 0
    failures: int = 0
    opened: int = 0
    open_until: int = 0
    leases: Mapping[str, int] | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """From its record."""
        leases = {str(name): int(end) for name, end in (record.get("leases") or {}).items()}
        numbers = {name: int(record.get(name) or 0) for name in ("version", "failures", "opened")}
        return cls(open_until=int(record.get("openUntil") or 0), leases=leases, **numbers)

    def as_record(self) -> dict[str, Any]:
        """As it is kept; its version is the store's."""
        told = {"failures": self.failures, "opened": self.opened, "openUntil": self.open_until}
        return {**told, "leases": dict(self.leases or {})}

    def state(self, now_ms: int) -> str:
        """`closed`, `open`, or `half_open`: the next attempt decides."""
        if not self.opened:
            return "closed"
        return "open" if now_ms < self.open_until else "half_open"


def enter(gate: Gate, delivery_id: str, now_ms: int) -> tuple[Gate, int]:
    """The gate with a place for this delivery and 0, or unchanged with the milliseconds to wait."""
    leases = {name: end for name, end in (gate.leases or {}).items() if end > now_ms and name != delivery_id}
    if gate.state(now_ms) == "open":
        return gate, gate.open_until - now_ms
    if len(leases) >= (1 if gate.opened else AT_A_TIME):
        return gate, BUSY_MS
    return replace(gate, leases={**leases, delivery_id: now_ms + LEASE_MS}), 0


def leave(gate: Gate, delivery_id: str, now_ms: int, *, succeeded: bool) -> Gate:
    """The gate after an attempt."""
    leases = {name: end for name, end in (gate.leases or {}).items() if end > now_ms and name != delivery_id}
    if succeeded:
        return Gate(gate.version, leases=leases)
    failures = gate.failures + 1
    if not gate.opened and failures < FAILURES:
        return replace(gate, failures=failures, leases=leases)
    opened = gate.opened + 1 if now_ms >= gate.open_until else gate.opened
    length = min(FIRST_OPEN_MS * 2 ** min(opened - 1, 10), MOST_OPEN_MS)
    until = now_ms + length if now_ms >= gate.open_until else gate.open_until
    return replace(gate, failures=failures, opened=opened, open_until=until, leases=leases)
