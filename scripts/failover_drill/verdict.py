"""What became of what was acknowledged: whether each run came to one end, and every key stands for one run."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from governance.run_state import TERMINAL, RunStatus, is_terminal
from scripts.failover_drill.traffic import Call, ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

PHASES: Final = ("home", "outage", "standby", "back")
_GONE: Final = 404


@dataclass(frozen=True)
class Fate:
    """What became of an acknowledged run: its status ("" when there is none), its ends, and runs of the same key."""

    call: Call
    status: str
    ends: int
    runs: int

    @property
    def lost(self) -> bool:
        """Gone, or without an end; a job that did not succeed: it was taken on, and nothing else was the matter."""
        ended = bool(self.status) and is_terminal(self.status) and self.ends > 0
        return not ended or (self.call.mode == "async" and self.status != RunStatus.SUCCEEDED)

    @property
    def doubled(self) -> bool:
        """More than one end, or more than one run for one key."""
        return self.ends > 1 or self.runs > 1


@dataclass
class Report:
    """The drill's report. Seconds; `refused` is what the tenant whose residency excludes the standby was told."""

    calls: Sequence[Call]
    fates: Sequence[Fate]
    to_standby: float
    to_home: float
    refused: str
    late_holder: str
    notes: list[str] = field(default_factory=list)

    @property
    def lost(self) -> list[Fate]:
        """Acknowledged, and lost."""
        return [fate for fate in self.fates if fate.lost]

    @property
    def doubled(self) -> list[Fate]:
        """Acknowledged, and done twice."""
        return [fate for fate in self.fates if fate.doubled]

    @property
    def passed(self) -> bool:
        """Nothing lost, nothing doubled, the tenant refused, the late holder fenced."""
        refusals = (self.refused == "RESIDENCY_EXCLUDES_REGION", self.late_holder == "refused")
        return not self.lost and not self.doubled and all(refusals) and bool(self.fates)

    def lines(self) -> list[str]:
        """As it is printed."""
        modes = Counter(fate.call.mode for fate in self.fates)
        unanswered = Counter(call.code or str(call.status) for call in self.calls if not call.acknowledged)
        told = ", ".join(f"{number} {mode}" for mode, number in sorted(modes.items()))
        refused = ", ".join(f"{number} {code}" for code, number in unanswered.most_common()) or "none"
        ends = Counter(f"{fate.call.mode} {fate.status or 'gone'}" for fate in self.fates)
        return [
            f"calls            {len(self.calls)}",
            f"acknowledged     {len(self.fates)} ({told})",
            f"not acknowledged {len(self.calls) - len(self.fates)} ({refused})",
            f"ended            {', '.join(f'{number} {end}' for end, number in sorted(ends.items()))}",
            f"lost             {len(self.lost)}",
            f"doubled          {len(self.doubled)}",
            f"to standby       {self.to_standby:.1f} s after the region was gone",
            f"to home          {self.to_home:.1f} s after it was there again",
            *(self._latency(phase) for phase in PHASES),
            f"residency        {self.refused}",
            f"late holder      {self.late_holder}",
            *self.notes,
            f"verdict          {'passed' if self.passed else 'FAILED'}",
        ]

    def _latency(self, phase: str) -> str:
        times = sorted(call.seconds for call in self.calls if call.phase == phase and call.mode == "sync")
        good = sum(
            call.phase == phase and call.mode == "sync" and call.status == 200  # noqa: PLR2004 - HTTP's OK
            for call in self.calls
        )
        if not times:
            return f"sync, {phase:<10} no calls"
        p50, p95 = percentile(times, 50), percentile(times, 95)
        return f"sync, {phase:<10} p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, {good} of {len(times)} succeeded"


def percentile(times: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of sorted, non-empty times."""
    return times[max(math.ceil(len(times) * percent / 100) - 1, 0)]


def fate_of(api: httpx.Client, call: Call) -> Fate:
    """Look at a run as its caller would, and ask once more by the same key: no other run may come of it."""
    found = api.get(f"/v1/runs/{call.run_id}")
    if found.status_code == _GONE:
        return Fate(call, "", 0, 0)
    events = api.get(f"/v1/runs/{call.run_id}/events", headers={"accept": "application/json"}).raise_for_status()
    _, again, _ = ask(api, call.mode, call.key, call.body)
    runs = {call.run_id, again} - {""}
    status = str(found.raise_for_status().json()["status"])
    return Fate(call, status, ends_in(events.json()["items"]), len(runs))


def ends_in(events: Sequence[dict[str, Any]]) -> int:
    """How many ends a run's log tells of."""
    return sum(event["stream"] == "lifecycle" and event["event"] in set(TERMINAL) for event in events)
