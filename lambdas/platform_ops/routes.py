"""`/v1/health` for anyone; for operators `/v1/platform/health` and the security events."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from lambdas.platform_ops.model_states import ModelStates
from lambdas.platform_ops.models import HealthReply, ModelsReply, PlatformHealthReply, SecurityEventPage
from lambdas.platform_ops.security import SecurityLog
from lambdas.platform_ops.service import PlatformHealth
from platform_kit.api import Call, Routes
from platform_kit.errors import BadRequest, FieldError

ROUTES: Final = Routes("platform_ops")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_EVENTS: Final = {
    "day": "Which day (UTC), such as 2026-03-04; this one when it is left out.",
    "limit": "How many at most, 1 to 100.",
    "cursor": "Where an earlier page ended; with the same day.",
}


@dataclass(frozen=True)
class PlatformOpsApi:
    """What the routes need."""

    health: PlatformHealth
    security: SecurityLog
    models: ModelStates


@ROUTES.handle("GET /v1/health", replies={200: HealthReply})
def get_health(_call: Call, api: PlatformOpsApi) -> HealthReply:
    """Say that the API is up."""
    return api.health.health()


@ROUTES.handle("GET /v1/platform/health", replies={200: PlatformHealthReply})
def get_platform_health(_call: Call, api: PlatformOpsApi) -> PlatformHealthReply:
    """Check what the platform stands on."""
    return api.health.platform_health()


@ROUTES.handle("GET /v1/platform/security-events", replies={200: SecurityEventPage}, query=_EVENTS)
def list_security_events(call: Call, api: PlatformOpsApi) -> SecurityEventPage:
    """List a day's security events, newest first."""
    return api.security.list(call.who(), day=_day(call), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/platform/models", replies={200: ModelsReply})
def list_platform_models(_call: Call, api: PlatformOpsApi) -> ModelsReply:
    """List the models with their prices, and whether each is being asked."""
    return api.models.all()


def _day(call: Call) -> date | None:
    text = call.query.get("day")
    if text is None:
        return None
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        told = "a day such as 2026-03-04"
        raise BadRequest(f"day must be {told}.", errors=(FieldError("?day", told),)) from None
