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


class ModelReply(ApiReply):
    """A model: prices in pico-dollars a token, and its circuit. `failures` are those in a row, of late.

    `openings` counts how often in a row the circuit opened; `openUntil` is there while nobody asks the model.
    """

    name: str
    price: str
    input_pico: int
    output_pico: int
    circuit: Literal["closed", "open", "half-open"]
    failures: int
    openings: int
    open_until: str | None = None


class ModelsReply(ApiReply):
    """All models, and which of them stand behind each name that agents use, in the order in which they are tried."""

    models: list[ModelReply]
    aliases: dict[str, list[str]]


class SecurityEventReply(ApiReply):
    """Something to look into, by its type.

    `tenant.access_violation`: somebody reached outside their tenant. `operator.access`: an operator was at work.
    `agent.refused`: an agent asked the gateway for what no agent has a reason to ask; `attempted` is the answer's code.

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
