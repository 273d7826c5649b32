"""`/v1/gateway/*`: for running agents alone. The run is the token's, whatever the body says."""

from typing import Final

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.gateway.models import (
    Complete,
    CompleteReply,
    Events,
    EventsReply,
    Heartbeat,
    HeartbeatReply,
    Nothing,
    RpcReply,
    RpcRequest,
    TokenReply,
)
from lambdas.gateway.service import GatewayService
from platform_kit.api import Call, Reply, Routes
from platform_kit.identity import RunBinding

ROUTES: Final = Routes("gateway")


@ROUTES.handle("POST /v1/gateway/token", request=Nothing, replies={200: TokenReply})
def refresh_run_token(call: Call, service: GatewayService, _body: Nothing) -> TokenReply:
    """Exchange the run token for a fresh one, while the run runs."""
    return service.refresh(*_who(call))


@ROUTES.handle("POST /v1/gateway/heartbeat", request=Heartbeat, replies={200: HeartbeatReply})
def send_heartbeat(call: Call, service: GatewayService, body: Heartbeat) -> HeartbeatReply:
    """Say that the agent lives, and hear whether to stop."""
    return service.heartbeat(*_who(call), body.progress)


@ROUTES.handle("POST /v1/gateway/events", request=Events, replies={200: EventsReply})
def record_events(call: Call, service: GatewayService, body: Events) -> EventsReply:
    """Append events to the run's log."""
    return service.record(*_who(call), body.events)


@ROUTES.handle("POST /v1/gateway/complete", request=Complete, replies={200: CompleteReply})
def complete_run(call: Call, service: GatewayService, body: Complete) -> CompleteReply:
    """End an async run with its output or its failure."""
    return service.complete(*_who(call), body)


@ROUTES.handle("POST /v1/gateway/mcp", request=RpcRequest, replies={200: RpcReply, 202: None})
def call_mcp(call: Call, service: GatewayService, body: RpcRequest) -> Reply:
    """Send one message of the Model Context Protocol: list and call tools."""
    answer = service.rpc(*_who(call), body)
    return Reply(None, 202) if answer is None else Reply(answer)


def _who(call: Call) -> tuple[TenantContext, RunBinding]:
    identity = call.who()
    return TenantContext(TenantId(identity.tenant()), identity.principal_id), identity.agent_run()
