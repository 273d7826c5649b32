"""`/v1/gateway/*`: for running agents alone. Tenant and run are those of the run token, whatever the request says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data_access_lib.controls import Controls
from enforcement.run_desk import RunDesk
from lambdas.gateway.mcp import McpServer
from lambdas.gateway.models import (
    AppendEvents,
    ApprovalState,
    AwaitApproval,
    Complete,
    CompleteReply,
    EventsReply,
    Heartbeat,
    HeartbeatReply,
    Nothing,
    RpcReply,
    RunCheckpointReply,
    RunTokenReply,
    SaveCheckpoint,
)
from lambdas.gateway.service import GatewayService
from lambdas.gateway.waiting import await_decision
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import MethodNotAllowed
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
        """The caller's own run; KillSwitchActive when it, its tenant, its agent or the platform has been stopped."""
        run = who.agent_run()
        self.controls.let_run(tenant=who.tenant(), agent=run.agent, run_id=run.run_id)
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


@ROUTES.handle("POST /v1/gateway/checkpoints", request=SaveCheckpoint, replies={200: RunCheckpointReply})
def save_checkpoint(call: Call, gateway: Gateway, body: SaveCheckpoint) -> RunCheckpointReply:
    """Leave a checkpoint, from which an asynchronous run's next attempt goes on."""
    return gateway.service.save(gateway.open(call.who()), body)


@ROUTES.handle("POST /v1/gateway/complete", request=Complete, replies={200: CompleteReply})
def complete_run(call: Call, gateway: Gateway, body: Complete) -> CompleteReply:
    """Say how an asynchronous run ended, or that it waits for people."""
    return gateway.service.complete(gateway.open(call.who()), body)


@ROUTES.handle("POST /v1/gateway/approvals/{id}", request=AwaitApproval, replies={200: ApprovalState})
def await_approval(call: Call, gateway: Gateway, body: AwaitApproval) -> ApprovalState:
    """Wait up to 25 s for people to decide about a call of the run's."""
    return await_decision(gateway.open(call.who()), call.path["id"], body.wait_seconds)


@ROUTES.handle("POST /v1/gateway/mcp", replies={200: RpcReply, 202: None})
def call_tools(call: Call, gateway: Gateway) -> Reply:
    """Call the run's tools: MCP, one JSON-RPC message a request."""
    version = call.headers.get("mcp-protocol-version")
    answer = gateway.mcp.answer(gateway.open(call.who()), call.raw_body, version)
    return Reply(answer.body, answer.status)


@ROUTES.handle("GET /v1/gateway/mcp", replies={405: None})
def open_stream(_call: Call, _gateway: Gateway) -> Reply:
    """Answer that there is no stream of events here: MCP's streamable HTTP wants 405 for that."""
    raise _post_only()


@ROUTES.handle("DELETE /v1/gateway/mcp", replies={405: None})
def end_session(_call: Call, _gateway: Gateway) -> Reply:
    """Answer that there is no session to end: MCP's streamable HTTP wants 405 for that."""
    raise _post_only()


def _post_only() -> MethodNotAllowed:
    return MethodNotAllowed("There is neither a stream nor a session here. Send messages with POST.", "POST")
