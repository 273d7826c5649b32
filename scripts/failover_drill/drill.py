"""The drill itself: traffic, a region gone, the switch, the region back, the switch back, and what became of it all."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from governance.run_state import is_terminal
from scripts.failover_drill.platform import Drilled, DrillStopped
from scripts.failover_drill.traffic import Traffic
from scripts.failover_drill.verdict import Fate, Report, fate_of
from scripts.local_platform.layout import REGION, STANDBY_REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

TENANT: Final = "acme"
EXCLUDED: Final = "globex"
_SWITCH_SECONDS: Final = 240.0
_DRAIN_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 1.0


@dataclass
class Drill:
    """One drill. `say` tells what happens, `enough` is how many calls of each mode a quiet phase takes."""

    drilled: Drilled
    say: Callable[[str], None]
    enough: int = 10
    traffic: Traffic = field(init=False)

    def __post_init__(self) -> None:
        """The traffic is the first tenant's."""
        self.traffic = Traffic(lambda: self.drilled.client(f"{TENANT}-developer"))

    def run(self) -> Report:
        """The report. DrillStopped when a switch does not come; the platform is left as it was found."""
        self.say("second agent host, and the agents in both regions …")
        before = self.drilled.prepare(TENANT)
        try:
            return self._report()
        finally:
            self.drilled.agree(TENANT, before)

    def _report(self) -> Report:
        if self.drilled.standing()[0]["active"] != REGION:
            self.drilled.switch(REGION, "the drill begins at home", hold=False)
        self.traffic.start()
        try:
            to_standby, refused, late, to_home = self._there_and_back()
        finally:
            self.traffic.stop()
            self.drilled.give_back()
        self.say("looking at what became of every run …")
        with self.drilled.client(f"{TENANT}-developer") as api:
            fates = self._fates(api)
        return Report(self.traffic.calls, fates, to_standby, to_home, refused, late)

    def _there_and_back(self) -> tuple[float, str, str, float]:
        self._quiet("home")
        self.say(f"{REGION} goes away …")
        self.traffic.phase = "outage"
        began = time.monotonic()
        self.drilled.take_away()
        self.drilled.until(STANDBY_REGION, seconds=_SWITCH_SECONDS)
        to_standby = time.monotonic() - began
        self.say(f"agents run in {STANDBY_REGION} after {to_standby:.1f} s")
        self._quiet("standby")
        refused, late = self.drilled.refusal_of(EXCLUDED), self.drilled.late_holder()
        self.say(f"{EXCLUDED} is told {refused}; a holder of the lock that wakes late is {late}")
        self.drilled.give_back()
        began = time.monotonic()
        self.say(f"{REGION} is there again …")
        self.drilled.until(REGION, seconds=_SWITCH_SECONDS)
        to_home = time.monotonic() - began
        self.say(f"agents run in {REGION} again after {to_home:.1f} s")
        self._quiet("back")
        return to_standby, refused, late, to_home

    def _quiet(self, phase: str) -> None:
        """Until enough calls went well in a phase."""
        self.traffic.phase = phase
        until = time.monotonic() + _SWITCH_SECONDS
        while min(self.traffic.succeeded(phase, mode) for mode in ("sync", "stream", "async")) < self.enough:
            if time.monotonic() > until:
                raise DrillStopped(f"calls do not get through in the phase {phase}")
            time.sleep(_POLL_SECONDS)

    def _fates(self, api: httpx.Client) -> list[Fate]:
        """Each acknowledged run when it has come to its end; as it stands when that takes too long."""
        until = time.monotonic() + _DRAIN_SECONDS
        fates = []
        for call in (one for one in self.traffic.calls if one.acknowledged):
            while not self._ended(api, call.run_id) and time.monotonic() < until:
                time.sleep(_POLL_SECONDS)
            fates.append(fate_of(api, call))
        return fates

    @staticmethod
    def _ended(api: httpx.Client, run_id: str) -> bool:
        found = api.get(f"/v1/runs/{run_id}")
        return found.is_error or is_terminal(str(found.json()["status"]))
