"""Health as the API shows it."""

from datetime import date
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


class SecurityEventReply(ApiReply):
    """`tenant.access_violation`: somebody reached outside their tenant. `operator.access`: an operator was at work.

    `attempted` is the key that was asked for; `target` and `reason` are what an operator opened, and why.
    """

    event_id: str
    type: str
    severity: str
    at: str
    tenant_id: str | None = None
    principal_id: str
    operation: str
    resource: str
    attempted: str | None = None
    target: str | None = None
    reason: str | None = None


class SecurityEventPage(ApiReply):
    """Part of the events of a day (UTC), newest first; a cursor goes on with the same day."""

    day: date
    items: list[SecurityEventReply]
    next_cursor: str | None = None
