"""`/v1/health` for anyone, `/v1/platform/health` for operators."""

from typing import Final

from lambdas.platform_ops.models import HealthReply, PlatformHealthReply
from lambdas.platform_ops.service import PlatformHealth
from platform_kit.api import Call, Routes

ROUTES: Final = Routes("platform_ops")


@ROUTES.handle("GET /v1/health", replies={200: HealthReply})
def get_health(_call: Call, service: PlatformHealth) -> HealthReply:
    """Say that the API is up."""
    return service.health()


@ROUTES.handle("GET /v1/platform/health", replies={200: PlatformHealthReply})
def get_platform_health(_call: Call, service: PlatformHealth) -> PlatformHealthReply:
    """Check what the platform stands on."""
    return service.platform_health()
