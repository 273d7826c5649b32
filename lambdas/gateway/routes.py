"""`/v1/gateway/*`: for running agents alone. Tenant and run are those of the run token, whatever the request says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data_access_lib.controls import Controls
from enforcement.recording import Recorder
from enforcement.replaying import ReplayDesk, own_replay
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
from lambdas.gateway.refusals import refusal
from lambdas.gateway.replays import Replayed, asked_approval, said_checkpoint, said_end, said_events, told
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
    replay: Callable[[Identity], ReplayDesk]
    replayed: Replayed

    def open(self, who: Identity) -> RunDesk:
        """The caller's own run; KillSwitchActive when it, its tenant, its agent or the platform has been stopped."""
        run = who.agent_run()
        self.controls.let_run(tenant=who.tenant(), agent=run.agent, run_id=run.run_id)
        return self.desk(who)

    def open_replay(self, who: Identity) -> ReplayDesk | None:
        """The caller's own replay; None for who is no replay."""
        return own_replay(who, self.controls, self.replay)

    def recorder(self, desk: RunDesk) -> Recorder:
        """Keeps what the run says where it is recorded."""
        return Recorder(desk, self.service.policies.of(desk), refusal)


@ROUTES.handle("POST /v1/gateway/token", request=Nothing, replies={200: RunTokenReply})
def refresh_run_token(call: Call, gateway: Gateway, _body: Nothing) -> RunTokenReply:
    """Exchange a run token for a fresh one, while the run runs."""
    if (replay := gateway.open_replay(call.who())) is not None:
        return gateway.replayed.refresh(replay)
    return gateway.service.refresh(gateway.open(call.who()))


@ROUTES.handle("POST /v1/gateway/heartbeat", request=Heartbeat, replies={200: HeartbeatReply})
def send_heartbeat(call: Call, gateway: Gateway, body: Heartbeat) -> HeartbeatReply:
    """Say that the agent lives, and learn whether to stop."""
    if (replay := gateway.open_replay(call.who())) is not None:
        return gateway.replayed.heartbeat(replay, body)
    return gateway.service.heartbeat(gateway.open(call.who()), body)


@ROUTES.handle("POST /v1/gateway/events", request=AppendEvents, replies={200: EventsReply})
def append_events(call: Call, gateway: Gateway, body: AppendEvents) -> Reply:
    """Append events to the run's log."""
    if (replay := gateway.open_replay(call.who())) is not None:
        return gateway.replayed.append(replay, body)
    desk = gateway.open(call.who())
    keep = gateway.recorder(desk).keep
    return Reply(keep(said_events(body), lambda: gateway.service.append(desk, body), told))


@ROUTES.handle("POST /v1/gateway/checkpoints", request=SaveCheckpoint, replies={200: RunCheckpointReply})
def save_checkpoint(call: Call, gateway: Gateway, body: SaveCheckpoint) -> Reply:
    """Leave a checkpoint, from which an asynchronous run's next attempt goes on."""
    if (replay := gateway.open_replay(call.who())) is not None:
        return gateway.replayed.save(replay, body)
    desk = gateway.open(call.who())
    keep = gateway.recorder(desk).keep
    return Reply(keep(said_checkpoint(body), lambda: gateway.service.save(desk, body), told))


@ROUTES.handle("POST /v1/gateway/complete", request=Complete, replies={200: CompleteReply})
def complete_run(call: Call, gateway: Gateway, body: Complete) -> Reply:
    """Say how an asynchronous run ended, or that it waits for people."""
    if (replay := gateway.open_replay(call.who())) is not None:
        return gateway.replayed.complete(replay, body)
    desk = gateway.open(call.who())
    keep = gateway.recorder(desk).keep
    return Reply(keep(said_end(body), lambda: gateway.service.complete(desk, body), told))


@ROUTES.handle("POST /v1/gateway/approvals/{id}", request=AwaitApproval, replies={200: ApprovalState})
def await_approval(call: Call, gateway: Gateway, body: AwaitApproval) -> Reply:
    """Wait up to 25 s for people to decide about a call of the run's."""
    approval_id = call.path["id"]
    if (replay := gateway.open_replay(call.who())) is not None:
        return gateway.replayed.decided(replay, approval_id, body)
    desk = gateway.open(call.who())
    state = await_decision(desk, approval_id, body.wait_seconds)
    if state.status != "pending":
        gateway.recorder(desk).keep(asked_approval(approval_id), lambda: state, told)
    return Reply(state)


@ROUTES.handle("POST /v1/gateway/mcp", replies={200: RpcReply, 202: None})
def call_tools(call: Call, gateway: Gateway) -> Reply:
    """Call the run's tools: MCP, one JSON-RPC message a request."""
    version = call.headers.get("mcp-protocol-version")
    if (replay := gateway.open_replay(call.who())) is not None:
        answer = gateway.mcp.replayed(replay, call.raw_body, version)
    else:
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
