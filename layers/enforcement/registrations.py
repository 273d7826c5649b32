"""The tools that operators have registered, as a running process sees them: at most 15 seconds old.

While they cannot be read nothing is called. One record that makes no sense any more is no tool; the others go on.
"""

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from data_access_lib.repositories.tools import ToolRecords
from enforcement.errors import PolicyUnavailable
from governance.toolbox.custom import MOST_TOOLS, CustomTool, parsed
from platform_kit.errors import DependencyUnavailable
from platform_kit.observability import count, logger

CACHE_SECONDS: Final = 15.0
KINDS: Final = frozenset({"TOOL"})
Registered = Mapping[str, CustomTool]


def none_registered() -> Registered:
    """The registrations of a platform whose operators have made none."""
    return {}


class Registrations:
    """`records` are the control table's. Safe to share between threads; what fails is not kept."""

    def __init__(self, records: Callable[[], ToolRecords], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._records = records
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: tuple[float, Registered] | None = None

    def __call__(self) -> Registered:
        """Every registered tool by name. PolicyUnavailable when they cannot be known."""
        with self._lock:
            if self._kept is None or self._kept[0] <= self._monotonic():
                self._kept = None
                until = self._monotonic() + CACHE_SECONDS  # counted from before the read: what is kept is never older
                self._kept = (until, self._read())
            return self._kept[1]

    def _read(self) -> Registered:
        try:
            page = self._records().list(limit=MOST_TOOLS + 1)
        except DependencyUnavailable:
            count("PolicyUnavailable", reason="store")
            raise PolicyUnavailable from None
        if page.next_id is not None or len(page.items) > MOST_TOOLS:
            count("PolicyUnavailable", reason="record")
            raise PolicyUnavailable
        found = (tool for item in page.items if (tool := _known(item)) is not None)
        return MappingProxyType({tool.name: tool for tool in found})


def _known(item: Mapping[str, Any]) -> CustomTool | None:
    found = parsed(item)
    if found is None:
        count("ToolRecordBroken")
        logger().error("a registered tool makes no sense", tool=str(item.get("name"))[:64])
    return found
