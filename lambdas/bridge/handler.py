"""Composition root of the functions `bridge` (here) and `stream` (`stream_app`), which share one service."""

from functools import cache

from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from lambdas.bridge.routes import ROUTES
from lambdas.bridge.service import BridgeService, Timeouts
from lambdas.bridge.settings import BridgeSettings
from lambdas.bridge.workflows import RunWorkflows
from platform_kit.api import lambda_handler
from run_lifecycle.assembly import assemble
from run_lifecycle.rate_limits import RateLimiter


@cache
def build() -> BridgeService:
    """The service of this process."""
    settings = BridgeSettings.from_environment()
    parts = assemble(settings, longest_seconds=settings.stream_timeout_seconds)
    secrets = CursorSecrets(lambda: parts.clients.get("secretsmanager"), settings.cursor_secret_arn)
    return BridgeService(
        open_store=parts.open_store,
        resolver=parts.resolver,
        controls=parts.controls,
        limiter=RateLimiter(parts.clock),
        conductor=parts.conductor,
        workflows=RunWorkflows(lambda: parts.clients.get("stepfunctions"), settings.run_state_machine_arn),
        cursors=CursorCodec(secrets),
        clock=parts.clock,
        timeouts=Timeouts(settings.sync_timeout_seconds, settings.stream_timeout_seconds),
    )


handle = lambda_handler(ROUTES, build, used=count_use)
