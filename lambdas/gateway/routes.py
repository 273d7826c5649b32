"""`/v1/gateway/*`: for running agents alone. Tenant and run are those of the run token, whatever the request says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data_access_lib.controls import Controls
from lambdas.gateway.mcp import McpServer
from lambdas.gateway.models import (
    AppendEvents,
    Complete,
    CompleteReply,
    EventsReply,
    Heartbeat,
    HeartbeatReply,
    Nothing,
    RpcReply,
    RunTokenReply,
)
from lambdas.gateway.run_desk import RunDesk
from lambdas.gateway.service import GatewayService
from platform_kit.api import Call, Reply, Routes
from platform_kit.identity import Identity

ROUTES: Final = Routes("gateway")


@dataclass(frozen=True)
class Gateway:
    """What the routes need: `desk` opens the caller's own run, `controls` are the operators' kill switches."""

    service: GatewayService
    mcp: McpServer
    desk: Callable[[Identity], RunDesk]
    controls: Controls

    def open(self, who: Identity) -> RunDesk:
        """The caller's own run; KillSwitchActive when its tenant, its agent or the platform has been stopped."""
        self.controls.let_run(tenant=who.tenant(), agent=who.agent_run().agent)
        return self.desk(who)


@ROUTES.handle("POST /v1/gateway/token", request=Nothing, replies={200: RunTokenReply})
def refresh_run_token(call: Call, gateway: Gateway, _body: Nothing) -> RunTokenReply:
    """Exchange a run token for a fresh one, while the run runs."""
    return gateway.service.refresh(gateway.open(call.who()))


@ROUTES.handle("POST /v1/gateway/heartbeat", request=Heartbeat, replies={200: HeartbeatReply})
def send_heartbeat(call: Call, gateway: Gateway, body: Heartbeat) -> HeartbeatReply:
    """Say that the agent lives, and learn whether to stop."""
    return gateway.service.heartbeat(gateway.open(call.who()), body)


@ROUTES.handle("POST /v1/gateway/events", request=AppendEvents, replies={200: EventsReply})
def append_events(call: Call, gateway: Gateway, body: AppendEvents) -> EventsReply:
    """Append events to the run's log."""
    return gateway.service.append(gateway.open(call.who()), body)


@ROUTES.handle("POST /v1/gateway/complete", request=Complete, replies={200: CompleteReply})
def complete_run(call: Call, gateway: Gateway, body: Complete) -> CompleteReply:
    """Say how an asynchronous run ended."""
    return gateway.service.complete(gateway.open(call.who()), body)


@ROUTES.handle("POST /v1/gateway/mcp", replies={200: RpcReply, 202: None})
def call_tools(call: Call, gateway: Gateway) -> Reply:
    """Call the run's tools: MCP, one JSON-RPC message a request."""
    version = call.headers.get("mcp-protocol-version")
    answer = gateway.mcp.answer(gateway.open(call.who()), call.raw_body, version)
    return Reply(answer.body, answer.status)
