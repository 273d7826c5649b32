"""Remembers what was looked up for a few seconds, so that a warm call reads nothing and a change shows soon."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ExpiringCache(Generic[Value]):
    """Values by key for `ttl` seconds; bounded. What raises is not kept. Safe to share between threads."""

    def __init__(self, ttl: float, monotonic: Callable[[], float], *, bound: int = 1024) -> None:
        self._ttl = ttl
        self._monotonic = monotonic
        self._bound = bound
        self._kept: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, look_up: Callable[[], Value]) -> Value:
        """The value kept for the key, else the one that `look_up` gives."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] > self._monotonic():
            return kept[1]
        value = look_up()
        with self._lock:
            self._kept[key] = (self._monotonic() + self._ttl, value)
            self._kept.move_to_end(key)
            if len(self._kept) > self._bound:
                self._kept.popitem(last=False)
        return value

    def forget(self, key: Hashable) -> None:
        """Let the next `get` look it up."""
        with self._lock:
            self._kept.pop(key, None)
