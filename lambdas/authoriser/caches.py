"""A bounded cache whose entries age. In a function's memory, so it lives as long as its execution environment."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class AgeingCache(Generic[Key, Value]):
    """At most `size` entries, each good until its deadline (epoch seconds). The least recently used goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key, now: float) -> Value | None:
        """The value, or None when it is absent or past its deadline."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if now >= entry[0]:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: Key, value: Value, deadline: float) -> None:
        """Keep the value until `deadline`, dropping the entry unused for longest when there are too many."""
        self._entries[key] = (deadline, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
