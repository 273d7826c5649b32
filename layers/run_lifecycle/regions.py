"""In which region a run is carried out, and what the runtimes' answers say of their regions (ADR 0097).

The route is read at most every few seconds. A region's health is written when a call finds it gone, and once more when
one gets through after that: a stage that is well writes nothing.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from data_access_lib.repositories.runtime_routes import RuntimeHealth, RuntimeRouteRecords
from governance.runtime_regions import Health, Regions, Route, may_run_in, runtime_in
from platform_kit.clock import Clock, milliseconds
from platform_kit.errors import ResidencyExcludesRegion, RuntimeNotInRegion
from platform_kit.observability import count, logger
from run_lifecycle.expiring_cache import ExpiringCache

SECONDS: Final = 5.0
"""How old the route may be: so much later, at most, a switch takes effect in every process."""
_BETWEEN_NOTES: Final = 1.0
_RETRY_AFTER: Final = 60

Record = Mapping[str, Any]


class RuntimeRegions:
    """The stage's regions as this process sees them; with one region alone nothing is read or written.

    `routes` and `health` open the records. Safe to share between threads.
    """

    def __init__(
        self,
        regions: Regions,
        routes: Callable[[], RuntimeRouteRecords],
        health: Callable[[], RuntimeHealth],
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._regions = regions
        self._routes = routes
        self._health = health
        self._clock = clock
        self._monotonic = monotonic
        self._kept: ExpiringCache[Route] = ExpiringCache(SECONDS, monotonic)
        self._noted: dict[str, float] = {}

    def active(self) -> str:
        """Where agents run now."""
        home = self._regions.home
        if not self._regions.standby:
            return home
        return self._kept.get("route", lambda: Route.of(self._routes().find(), home)).active

    def place(self, version: Record, tenant: Record) -> str:
        """The ARN of the runtime that a tenant's run of a version is carried out by now.

        ResidencyExcludesRegion for a tenant whose runs may not be carried out where agents run now: it is refused, and
        never moved. RuntimeNotInRegion for a version that was never registered there.
        """
        if not self._regions.standby:
            return str(version["runtimeArn"])
        region = self.active()
        if region != self._regions.home and not may_run_in(tenant, region):
            count("RegionExcluded", region=region)
            raise ResidencyExcludesRegion(
                f"Agents run in {region} at present, and the tenant's residency excludes that region: nothing was "
                f"started there. Try again when agents run in {self._regions.home} again.",
                retry_after=_RETRY_AFTER,
            )
        arn = runtime_in(version, region)
        if arn is None:
            if region == self._regions.home:
                return str(version["runtimeArn"])
            count("RuntimeNotInRegion", region=region)
            raise RuntimeNotInRegion(
                f"Agents run in {region} at present, and this version of the agent was never registered there. Try "
                f"again when agents run in {self._regions.home} again, or push the agent once more.",
                retry_after=_RETRY_AFTER,
            )
        return arn

    def failed(self, region: str) -> None:
        """A call found the region's runtime gone; noted at most once a second."""
        if region not in self._regions.all or not self._regions.standby:
            return
        count("RuntimeUnreachable", region=region)
        last = self._noted.get(region)
        if last is None or self._monotonic() - last >= _BETWEEN_NOTES:
            self._noted[region] = self._monotonic()
            self._move(region, lambda health, now: health.failed(now))

    def answered(self, region: str) -> None:
        """A call got through: written only by a process that had found the region gone."""
        if self._noted.pop(region, None) is not None:
            self._move(region, lambda health, _now: health.answered())

    def _move(self, region: str, change: Callable[[Health, int], Health]) -> None:
        """One try: who is quicker has noted the same. What cannot be noted fails no call."""
        try:
            records = self._health()
            health = Health.of(records.find(region))
            records.swap(region, health.version, change(health, milliseconds(self._clock.now())).fields())
        except Exception:  # noqa: BLE001 - the call's own failure, or its answer, comes first
            count("RuntimeHealthUnwritten", region=region)
            logger().exception("how a runtime answers could not be noted", region=region)
