"""What operators have switched on and stopped, and tenants of their own, as a running process sees it.

Flags are those of the last 15 seconds, kill switches those of the last second, read consistently: whoever asks a second
after a switch was set meets it, in whichever process. A tenant's own switches are asked for that tenant's runs alone.

Nothing is remembered beyond that: while flags and switches cannot be read, nothing that asks for them is let through.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.flags import FlagRecords
from data_access_lib.repositories.kill_switches import KillSwitchRecords
from data_access_lib.tenant import TenantContext, TenantId
from governance.flags import evaluate
from governance.kill_switches import stopping_run, stopping_tool
from platform_kit.errors import CapabilityDisabled, DependencyUnavailable, KillSwitchActive
from platform_kit.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data_access_lib.repositories.pages import IdPage
    from data_access_lib.sessions import TenantSessions
    from data_access_lib.signals import AccessSignals
    from data_access_lib.table import BoundedReader

T = TypeVar("T")
KINDS: Final = frozenset({"FLAG", "KILLSWITCH"})
CACHE_SECONDS: Final = 15.0
"""How old flags may be."""
SWITCH_SECONDS: Final = 1.0
"""How old kill switches may be."""
MAX_FLAGS: Final = 200
MAX_SWITCHES: Final = 500
MAX_OWN_SWITCHES: Final = 100
"""How many of a tenant's own can be read; fewer can be set."""
_TENANTS_KNOWN: Final = 1_000


def own_switches(
    sessions: TenantSessions, control_table: str, signals: AccessSignals
) -> Callable[[str], BoundedReader]:
    """Opens a tenant's part of the control table, with credentials for that tenant alone."""

    def reader(tenant: str) -> BoundedReader:
        context = TenantContext(TenantId(tenant), "service:controls")
        return TenantScopedTable(sessions.dynamodb(context.tenant_id), control_table, context, signals)

    return reader


class _Kept(Generic[T]):
    """What was read last, for at most some seconds counted from before the reading. Safe to share between threads."""

    def __init__(self, read: Callable[[], T], seconds: float, monotonic: Callable[[], float]) -> None:
        self._read = read
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: tuple[float, T] | None = None

    def get(self) -> T:
        """What is known, read again when it is too old; whatever fails is raised, and nothing is kept then."""
        with self._lock:
            if self._kept is None or self._kept[0] <= self._monotonic():
                self._kept = None
                until = self._monotonic() + self._seconds
                self._kept = (until, self._read())
            return self._kept[1]


class Controls:
    """Flags and kill switches; safe to share between threads.

    `reader` gives the platform's part of the control table, `own` that of a tenant.
    """

    def __init__(
        self,
        reader: Callable[[], BoundedReader],
        own: Callable[[str], BoundedReader],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._own = own
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._of_tenants: OrderedDict[str, _Kept[Sequence[Mapping[str, Any]]]] = OrderedDict()
        self._flags = _Kept(self._read_flags, CACHE_SECONDS, self._now)
        self._switches = _Kept(self._read_switches, SWITCH_SECONDS, self._now)

    def admit(self, capability: str, *, tenant: str, tier: str, agent: str = "") -> None:
        """Let a call use a capability. KillSwitchActive, CapabilityDisabled; DependencyUnavailable: not readable."""
        self.let_run(tenant=tenant, agent=agent)
        known = self._flags.get()
        if not evaluate(known.get(capability), tenant, tier, agent):
            count("CapabilityRefused", capability=capability)
            raise CapabilityDisabled(f"The capability {capability} is not switched on for this call.")

    def let_run(self, *, tenant: str, agent: str, run_id: str = "") -> None:
        """Let a run of an agent go on; agent "" for what is none, of which a tenant's own switches say nothing.

        KillSwitchActive; DependencyUnavailable when that cannot be known.
        """
        switch = stopping_run(self._stopped(), tenant, agent, run_id)
        if switch is not None:
            count("KillSwitchRefused", scope=str(switch.get("scope")))
            raise KillSwitchActive("This has been stopped by the platform's operators.")
        if agent:
            self._let_own(tenant, agent, run_id)

    def let_use(self, tool: str) -> None:
        """Let a tool be called. KillSwitchActive; DependencyUnavailable when that cannot be known."""
        if stopping_tool(self._stopped(), tool) is not None:
            count("KillSwitchRefused", scope="tool")
            raise KillSwitchActive(f"The tool {tool} has been stopped by the platform's operators.")

    def _let_own(self, tenant: str, agent: str, run_id: str) -> None:
        """A tenant stops its own agents and runs, nothing else: uploading a file goes on."""
        switch = stopping_run(self._stopped_by(tenant), tenant, agent, run_id)
        if switch is not None:
            count("KillSwitchRefused", scope=str(switch.get("scope")))
            raise KillSwitchActive("This has been stopped by your tenant's administrators.")

    def _now(self) -> float:
        return self._monotonic()

    def _stopped(self) -> Sequence[Mapping[str, Any]]:
        return self._switches.get()

    def _stopped_by(self, tenant: str) -> Sequence[Mapping[str, Any]]:
        """What a tenant has stopped; tenants that have not been asked for lately are forgotten."""
        with self._lock:
            kept = self._of_tenants.get(tenant)
            if kept is None:
                kept = self._of_tenants[tenant] = _Kept(partial(self._read_own, tenant), SWITCH_SECONDS, self._now)
            self._of_tenants.move_to_end(tenant)
            if len(self._of_tenants) > _TENANTS_KNOWN:
                self._of_tenants.popitem(last=False)
        return kept.get()

    def _read_own(self, tenant: str) -> Sequence[Mapping[str, Any]]:
        found = KillSwitchRecords(self._own(tenant)).list(limit=MAX_OWN_SWITCHES + 1, consistent=True)
        return _whole(found, MAX_OWN_SWITCHES)

    def _read_flags(self) -> Mapping[str, Mapping[str, Any]]:
        flags = _whole(FlagRecords(self._reader()).list(limit=MAX_FLAGS + 1), MAX_FLAGS)
        return {str(flag.get("name")): flag for flag in flags}

    def _read_switches(self) -> Sequence[Mapping[str, Any]]:
        return _whole(KillSwitchRecords(self._reader()).list(limit=MAX_SWITCHES + 1, consistent=True), MAX_SWITCHES)


def _whole(page: IdPage, most: int) -> list[dict[str, Any]]:
    """All there is: a part would leave a switch unseen."""
    if page.next_id is not None or len(page.items) > most:
        raise DependencyUnavailable("There are more flags or kill switches than can be read.", retry_after=30)
    return page.items
