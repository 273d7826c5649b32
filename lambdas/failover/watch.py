"""Looks at the regions every minute, and switches when that is due (`governance.runtime_regions`).

While all is well it reads three records. While a region fails, or agents are away from home, it looks every few seconds
for as long as the function may run, so that a switch seldom waits for the next minute.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data_access_lib.errors import LeaseLost, LockHeld, StaleVersion
from governance.runtime_regions import WINDOW_MS, Health, Move, Regions, Route, Thresholds, due
from lambdas.failover.switching import Desk, Wish
from platform_kit.clock import Clock, milliseconds
from platform_kit.observability import count, logger

_BETWEEN_SECONDS: Final = 4.0
_MARGIN_SECONDS: Final = 12.0
_PRINCIPAL: Final = "svc:failover"


@dataclass(frozen=True)
class Watch:
    """`desk` opens the records for the function itself; `answers` asks a region whether its runtimes are there."""

    desk: Callable[[], Desk]
    answers: Callable[[str], bool]
    regions: Regions
    thresholds: Thresholds
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    def look(self, seconds_left: Callable[[], float]) -> list[str]:
        """The regions that agents were switched to, in order; goes on while something is amiss and there is time."""
        switched: list[str] = []
        if not self.regions.standby:
            return switched
        desk = self.desk()
        while True:
            target, amiss = self._once(desk)
            switched += [target] if target else []
            if not amiss or seconds_left() < _MARGIN_SECONDS:
                return switched
            self.pause(_BETWEEN_SECONDS)

    def _once(self, desk: Desk) -> tuple[str | None, bool]:
        """Where agents were switched to, and whether there is more to look at soon."""
        route = desk.route(self.regions)
        away = route.active != self.regions.home
        health_now, now = desk.health_of(route.active), milliseconds(self.clock.now())
        if not away and not _suffers(health_now, now):
            return None, False
        if away or health_now.failing(now, self.thresholds):
            count("RuntimeNotAtHome", region=route.active)
        self._see(desk, self.regions.other(route.active))
        health = {region: desk.health_of(region) for region in self.regions.all}
        move = due(route, self.regions, health, self.thresholds, milliseconds(self.clock.now()))
        target = self._switched(desk, route, move) if move else None
        return target, True

    def _see(self, desk: Desk, region: str) -> None:
        """Look at the region that agents are not in: its runs do not say how it is. Who is quicker has looked too."""
        well = self.answers(region)
        health = desk.health_of(region)
        seen = health.seen(milliseconds(self.clock.now()), well=well)
        desk.health.swap(region, health.version, (seen.answered() if well else seen).fields())

    def _switched(self, desk: Desk, route: Route, move: Move) -> str | None:
        try:
            desk.switch(route, Wish(move.target, move.reason, _PRINCIPAL, automatic=True), self.clock)
        except (LockHeld, LeaseLost, StaleVersion) as refusal:
            logger().warning("a switch was left to another", reason=type(refusal).__name__)
            return None
        return move.target


def _suffers(health: Health, now: int) -> bool:
    return health.failures > 0 and now - health.last <= WINDOW_MS
