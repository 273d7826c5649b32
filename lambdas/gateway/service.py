"""What a running agent may do, for its own run and no other: the run comes from its token, never from a body."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from data_access_lib import keys
from data_access_lib.client import TenantScopedBucket
from data_access_lib.conditions import Change
from data_access_lib.errors import RunClosed
from data_access_lib.repositories.events import OPEN_STATES, EventDraft
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantContext
from lambdas.gateway import mcp, tools
from lambdas.gateway.models import (
    AgentEvent,
    Complete,
    CompleteReply,
    EventsReply,
    HeartbeatReply,
    Progress,
    RpcReply,
    RpcRequest,
    TokenReply,
)
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, Conflict, PayloadTooLarge
from platform_kit.identity import RunBinding
from platform_kit.observability import count
from platform_kit.run_token import RunClaims, Sign, expires_at, mint

LEASE: Final = timedelta(seconds=60)
MAX_INLINE_OUTPUT_BYTES: Final = 100_000
MAX_OUTPUT_BYTES: Final = 4 * 1024 * 1024


class Workflow(Protocol):
    """The execution that waits for an async run: Step Functions' task token API."""

    def alive(self, task_token: str) -> None:
        """Put off the heartbeat's time-out. Never raises: a workflow that is gone ends the run by itself."""
        ...

    def done(self, task_token: str, run_id: str) -> None:
        """Let the workflow go on to settle the run; DependencyUnavailable when it cannot be told."""
        ...


@dataclass(frozen=True)
class Desk:
    """One run's own tenant, opened with credentials for that tenant alone."""

    runs: Runs
    objects: TenantScopedBucket
    workshop: tools.Workshop


@dataclass(frozen=True)
class GatewayService:
    """`desk` opens a tenant for a run; `sign` signs run tokens with the key named `key_id`."""

    desk: Callable[[TenantContext], Desk]
    workflow: Workflow
    sign: Sign
    key_id: str
    clock: Clock
    version: str

    def refresh(self, who: TenantContext, run: RunBinding) -> TokenReply:
        """A fresh token for the same run; RunClosed once it has ended."""
        record = self.desk(who).runs.get(run.run_id, consistent=True)
        _still_open(record)
        now = self.clock.now()
        claims = RunClaims(
            tenant=who.tenant_id,
            run=run.run_id,
            agent=run.agent,
            version=run.version_id,
            session=run.session_id,
            mode=run.mode,
            principal=str(record["principalId"]),
        )
        return TokenReply(token=mint(claims, self.sign, self.key_id, now), expires_at=expires_at(now))

    def heartbeat(self, who: TenantContext, run: RunBinding, progress: Progress | None) -> HeartbeatReply:
        """Note that the agent lives and how far it is; tells it to stop once the run is over."""
        lease = {"leaseExpiresAt": rfc3339(self.clock.now() + LEASE)}
        known = {"progress": progress.model_dump(exclude_none=True)} if progress else {}
        try:
            record = self.desk(who).runs.amend(run.run_id, lease | known)
        except RunClosed as closed:
            return HeartbeatReply(status=closed.run_status, cancelled=True)
        if record.get("taskToken"):
            self.workflow.alive(str(record["taskToken"]))
        return HeartbeatReply(status=str(record["status"]), cancelled=False)

    def record(self, who: TenantContext, run: RunBinding, events: list[AgentEvent]) -> EventsReply:
        """Append what the agent tells to its run's log; RunClosed once it has ended."""
        drafts = [EventDraft(item.stream, item.event, item.payload) for item in events]
        return EventsReply(last_seq=self.desk(who).runs.log.append(run.run_id, drafts).last_seq)

    def complete(self, who: TenantContext, run: RunBinding, end: Complete) -> CompleteReply:
        """Leave an async run's result and wake its workflow, which ends the run. The first report counts."""
        if run.mode != "async":
            raise Conflict("Only an async run is completed here; any other ends with its answer.")
        desk = self.desk(who)
        record = desk.runs.get(run.run_id, consistent=True)
        _still_open(record)
        if not record.get("pendingStatus"):
            desk.runs.amend(run.run_id, self._result(desk, who, run, end))
        self.workflow.done(_task_token(record), run.run_id)
        return CompleteReply(status=str(record.get("pendingStatus") or end.status))

    def rpc(self, who: TenantContext, run: RunBinding, request: RpcRequest) -> RpcReply | None:
        """Answer one message of the Model Context Protocol."""

        def call_tool(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
            return self._call_tool(who, run, name, arguments)

        shown = [tool.described() for tool in tools.TOOLS.values()]
        return mcp.answer(request, version=self.version, tools=shown, call_tool=call_tool)

    def _call_tool(self, who: TenantContext, run: RunBinding, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a tool between two events: the intent is in the log before anything happens (and only in an open run)."""
        desk, tool = self.desk(who), tools.find(name)
        intent = EventDraft("tool", "call", {"tool": name, "arguments": tools.without_bodies(arguments)})
        desk.runs.log.append(run.run_id, [intent], change=Change(add={"toolCalls": 1}))
        try:
            found = tool.call(desk.workshop, arguments)
        except AmbitError as error:
            self._tell(desk, run, {"tool": name, "status": "failed", "code": error.code})
            raise mcp.ToolFailed(error) from error
        sizes = {key: found[key] for key in ("fileId", "bytes", "offset", "length") if key in found}
        self._tell(desk, run, {"tool": name, "status": "succeeded", **sizes})
        return found

    def _tell(self, desk: Desk, run: RunBinding, payload: dict[str, Any]) -> None:
        desk.runs.log.append(run.run_id, [EventDraft("tool", "result", payload)])
        count("GatewayToolCall", tool=payload["tool"], status=payload["status"])

    def _result(self, desk: Desk, who: TenantContext, run: RunBinding, end: Complete) -> dict[str, Any]:
        if end.status == "failed":
            error = end.error.model_dump() if end.error else {"code": "AGENT_FAILED", "message": "The agent failed."}
            return {"pendingStatus": "failed", "pendingError": error}
        encoded = json.dumps(end.output, ensure_ascii=False, separators=(",", ":")).encode()
        if len(encoded) > MAX_OUTPUT_BYTES:
            raise PayloadTooLarge(f"An output has at most {MAX_OUTPUT_BYTES} bytes; leave larger results as files.")
        if len(encoded) <= MAX_INLINE_OUTPUT_BYTES:
            return {"pendingStatus": "succeeded", "pendingOutput": end.output}
        key = keys.output_object(who.tenant_id, run.run_id)
        desk.objects.put(key, encoded, content_type="application/json")
        return {"pendingStatus": "succeeded", "pendingOutputKey": key}


def _still_open(record: dict[str, Any]) -> None:
    if record["status"] not in OPEN_STATES:
        raise RunClosed(str(record["status"]))


def _task_token(record: dict[str, Any]) -> str:
    if not record.get("taskToken"):
        raise Conflict("The run is not waiting for a result.")
    return str(record["taskToken"])
