"""Health as the API shows it."""

from typing import Literal

from platform_kit.models import ApiReply

Verdict = Literal["ok", "degraded"]


class HealthReply(ApiReply):
    """That the API answers, and which build of it."""

    status: Literal["ok"] = "ok"
    version: str
    stage: str


class DependencyReply(ApiReply):
    """One thing the platform stands on. `latencyMs` is in milliseconds; `problem` says what to look at."""

    name: str
    status: Literal["ok", "failing"]
    latency_ms: int
    problem: str | None = None


class PlatformHealthReply(ApiReply):
    """The platform's dependencies, each asked just now; `degraded` when any of them fails."""

    status: Verdict
    version: str
    stage: str
    checked_at: str
    dependencies: list[DependencyReply]
