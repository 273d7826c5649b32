"""Whether the platform is well: each dependency is asked one cheap question, all at the same time."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lambdas.platform_ops.models import DependencyReply, HealthReply, PlatformHealthReply
from platform_kit.clock import Clock, rfc3339
from platform_kit.observability import count, logger

Probe = Callable[[], str | None]
"""Asks a dependency something: None when it is well, a sentence for operators when it answers but is not."""


@dataclass(frozen=True)
class PlatformHealth:
    """What is asked (by name), and how this build is called."""

    stage: str
    version: str
    probes: Mapping[str, Probe]
    clock: Clock

    def health(self) -> HealthReply:
        """That this function runs; asks nobody."""
        return HealthReply(version=self.version, stage=self.stage)

    def platform_health(self) -> PlatformHealthReply:
        """Ask every dependency; one that fails makes the answer `degraded`, never a failure."""
        with ThreadPoolExecutor(max_workers=max(1, len(self.probes))) as pool:
            found = list(pool.map(lambda entry: _ask(*entry), self.probes.items()))
        failing = [item for item in found if item.status == "failing"]
        return PlatformHealthReply(
            status="degraded" if failing else "ok",
            version=self.version,
            stage=self.stage,
            checked_at=rfc3339(self.clock.now()),
            dependencies=found,
        )


def _ask(name: str, probe: Probe) -> DependencyReply:
    begun = time.perf_counter()
    try:
        problem = probe()
    except Exception:  # noqa: BLE001 - any failure of a dependency is an answer
        logger().exception("dependency check failed", dependency=name)
        problem = "It did not answer as it should; the function's log has the cause."
    if problem is not None:
        count("DependencyFailing", dependency=name)
    elapsed = round((time.perf_counter() - begun) * 1000)
    return DependencyReply(name=name, status="failing" if problem else "ok", latency_ms=elapsed, problem=problem)
