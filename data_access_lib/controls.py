"""What operators have switched on and stopped, as a running process sees it: read at most every 15 seconds.

Nothing is remembered beyond that: while flags and switches cannot be read, nothing that asks for them is let through.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.repositories.flags import FlagRecords
from data_access_lib.repositories.kill_switches import KillSwitchRecords
from governance.flags import evaluate
from governance.kill_switches import stopping_run, stopping_tool
from platform_kit.errors import CapabilityDisabled, DependencyUnavailable, KillSwitchActive
from platform_kit.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from data_access_lib.repositories.pages import IdPage
    from data_access_lib.table import BoundedReader

KINDS: Final = frozenset({"FLAG", "KILLSWITCH"})
CACHE_SECONDS: Final = 15.0
MAX_FLAGS: Final = 200
MAX_SWITCHES: Final = 500


@dataclass(frozen=True)
class _Read:
    flags: Mapping[str, Mapping[str, Any]]
    switches: tuple[Mapping[str, Any], ...]
    until: float


class Controls:
    """Flags and kill switches of the platform. `reader` gives the control table's; safe to share between threads."""

    def __init__(self, reader: Callable[[], BoundedReader], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: _Read | None = None

    def admit(self, capability: str, *, tenant: str, tier: str, agent: str = "") -> None:
        """Let a call use a capability. KillSwitchActive, CapabilityDisabled; DependencyUnavailable: not readable."""
        known = self._known()
        self._refuse_stopped(known, tenant, agent)
        if not evaluate(known.flags.get(capability), tenant, tier, agent):
            count("CapabilityRefused", capability=capability)
            raise CapabilityDisabled(f"The capability {capability} is not switched on for this call.")

    def let_run(self, *, tenant: str, agent: str) -> None:
        """Let a run of an agent go on. KillSwitchActive; DependencyUnavailable when that cannot be known."""
        self._refuse_stopped(self._known(), tenant, agent)

    def let_use(self, tool: str) -> None:
        """Let a tool be called. KillSwitchActive; DependencyUnavailable when that cannot be known."""
        if stopping_tool(self._known().switches, tool) is not None:
            count("KillSwitchRefused", scope="tool")
            raise KillSwitchActive(f"The tool {tool} has been stopped by the platform's operators.")

    def _refuse_stopped(self, known: _Read, tenant: str, agent: str) -> None:
        switch = stopping_run(known.switches, tenant, agent)
        if switch is not None:
            count("KillSwitchRefused", scope=str(switch.get("scope")))
            raise KillSwitchActive("This has been stopped by the platform's operators.")

    def _known(self) -> _Read:
        with self._lock:
            if self._kept is None or self._kept.until <= self._monotonic():
                self._kept = None
                self._kept = self._read()
            return self._kept

    def _read(self) -> _Read:
        until = self._monotonic() + CACHE_SECONDS  # counted from before the reads: what is kept is never older
        table = self._reader()
        flags = _whole(FlagRecords(table).list(limit=MAX_FLAGS + 1), MAX_FLAGS)
        switches = _whole(KillSwitchRecords(table).list(limit=MAX_SWITCHES + 1), MAX_SWITCHES)
        return _Read({str(flag.get("name")): flag for flag in flags}, tuple(switches), until)


def _whole(page: IdPage, most: int) -> list[dict[str, Any]]:
    """All there is: a part would leave a switch unseen."""
    if page.next_id is not None or len(page.items) > most:
        raise DependencyUnavailable("There are more flags or kill switches than can be read.", retry_after=30)
    return page.items
