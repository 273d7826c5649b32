"""Counts the calls of API keys without a write for each: in memory, written down at most once a minute and key.

The first call of a key is written at once, so that its last use shows. What is lost is bounded: the calls of less than
a minute, of keys that are not used again before their process ends, and those of one write that failed for good.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from platform_kit.observability import count, logger

FLUSH_SECONDS: Final = 60.0
MOST_KEYS: Final = 1024

Write = Callable[[str, str, int], None]
"""Writes down that a tenant's key was used so many times more, the last of them now."""


class _Use:
    """Calls not written down yet, and when they may be."""

    def __init__(self) -> None:
        self.calls = 0
        self.due = float("-inf")


class KeyTally:
    """One process's counts. Safe to share between threads; at most one write in a call."""

    def __init__(self, write: Write, now: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._now = now
        self._uses: OrderedDict[tuple[str, str], _Use] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, tenant_id: str, key_id: str) -> None:
        """Count one call, and write down what is due. A write that fails is counted, and tried again in a minute."""
        taken = self._take((tenant_id, key_id), self._now())
        if taken is None:
            return
        (tenant, key), calls = taken
        try:
            self._write(tenant, key, calls)
        except Exception:  # noqa: BLE001 - whatever failed, it is no reason to refuse the caller
            logger().exception("the use of a key could not be written down")
            count("KeyUseNotWritten")
            self._give_back((tenant, key), calls)

    def _take(self, used: tuple[str, str], now: float) -> tuple[tuple[str, str], int] | None:
        """What to write now: the used key's count when that is due, else that of the key waiting for longest."""
        with self._lock:
            use = self._uses.setdefault(used, _Use())
            use.calls += 1
            self._uses.move_to_end(used)
            if len(self._uses) > MOST_KEYS:
                self._uses.popitem(last=False)
            due = used if use.due <= now else self._waiting(now)
            return None if due is None else (due, self._empty(due, now))

    def _waiting(self, now: float) -> tuple[str, str] | None:
        return next((key for key, use in self._uses.items() if use.calls and use.due <= now), None)

    def _empty(self, key: tuple[str, str], now: float) -> int:
        use = self._uses[key]
        calls, use.calls, use.due = use.calls, 0, now + FLUSH_SECONDS
        return calls

    def _give_back(self, key: tuple[str, str], calls: int) -> None:
        with self._lock:
            if key in self._uses:
                self._uses[key].calls += calls
