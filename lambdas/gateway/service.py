"""What a running agent may say of its own run: that it lives, what it does, how it ended."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, RunClosed, Superseded
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.run_checkpoints import of_attempt
from enforcement.errors import GuardrailBlocked
from enforcement.guarding import policy_of, said
from enforcement.policies import PoliciesInForce
from enforcement.run_desk import RunDesk
from governance.approvals import Status
from governance.job_limits import DEFAULT_HEARTBEAT_SECONDS
from governance.run_state import RunStatus
from lambdas.gateway.models import (
    AWAITING,
    AgentError,
    AppendEvents,
    Complete,
    CompleteReply,
    EventsReply,
    Heartbeat,
    HeartbeatReply,
    Progress,
    RunCheckpointReply,
    RunTokenReply,
    SaveCheckpoint,
)
from lambdas.gateway.tokens import Mint, renewed
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, DependencyUnavailable, ModeMismatch
from platform_kit.observability import count
from run_lifecycle import lead
from run_lifecycle.answer_guard import NOT_TOLD
from run_lifecycle.callbacks import TaskCallbacks, TaskGone
from run_lifecycle.guarding import EVENT, STOPPED, Guarded
from run_lifecycle.start import lease_until

INLINE_OUTPUT_BYTES: Final = 100_000  # above this an output goes to the bucket, see the keys of objects


@dataclass(frozen=True)
class GatewayService:
    """The routes beside the tools. `tasks` answers the workflow that waits for an asynchronous run.

    What an agent says of its run is kept as the guardrails of `policies` let it pass.
    """

    mint: Mint
    tasks: TaskCallbacks
    policies: PoliciesInForce
    clock: Clock

    def refresh(self, desk: RunDesk) -> RunTokenReply:
        """A new token with the same binding, while the run runs."""
        run = desk.running()
        tenant, principal = desk.tenant.tenant_id, str(run["principalId"])
        return renewed(self.mint, self.clock, desk.binding, tenant=tenant, principal=principal)

    def heartbeat(self, desk: RunDesk, beat: Heartbeat) -> HeartbeatReply:
        """Keep the run alive for another lease; a run that has ended is told so, not refused.

        Superseded for an attempt that is not the run's latest.
        """
        now = rfc3339(self.clock.now())
        fields: dict[str, Any] = {"heartbeatAt": now, "heardAttempt": desk.binding.attempt}
        if beat.progress is not None:
            fields["progress"] = {**self._progress(desk, beat.progress), "at": now}
        try:
            run = self._beat(desk, fields)
        except RunClosed as closed:
            return HeartbeatReply(status=closed.run_status, cancelled=closed.run_status == "cancelled")
        except ConditionFailed:
            raise Superseded from None
        self._keep_workflow_waiting(run)
        return HeartbeatReply(status=run["status"], cancelled=False)

    def _beat(self, desk: RunDesk, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write a heartbeat. It moves the lease of an asynchronous agent only: others have their whole time at once."""
        mine = of_attempt(desk.binding.attempt)
        if desk.binding.mode != "async":
            return desk.runs.amend(desk.binding.run_id, fields, only=mine)
        run = desk.runs.get(desk.binding.run_id, consistent=True)
        if run.get("agentMode") == "async" and run["status"] == RunStatus.RUNNING:
            silence = int(run.get("heartbeatSeconds") or DEFAULT_HEARTBEAT_SECONDS)
            fields = {**fields, "leaseUntil": lease_until(self.clock.now(), silence)}
        return desk.runs.amend(desk.binding.run_id, fields, only=mine)

    def save(self, desk: RunDesk, wanted: SaveCheckpoint) -> RunCheckpointReply:
        """Leave a checkpoint: only the attempt that is at work may. ModeMismatch for a run that is not asynchronous."""
        run = desk.running()
        if run.get("agentMode") != "async":
            raise ModeMismatch("Only asynchronous agents leave checkpoints.")
        made = desk.store.checkpoints.save(run, wanted.state, attempt=desk.binding.attempt)
        count("CheckpointSaved", agent=desk.binding.agent)
        return RunCheckpointReply(number=made.number, sha256=made.sha256, saved_at=made.saved_at)

    def append(self, desk: RunDesk, wanted: AppendEvents) -> EventsReply:
        """Write what the agent says into the run's log; RunClosed when the run has ended."""
        run = desk.running()
        guarded = self._guarded(desk, [item.payload for item in wanted.events], "events")
        said = zip(wanted.events, guarded.value, strict=True)
        drafts = [EventDraft(item.stream, item.event, payload) for item, payload in said]
        drafts += _changed(guarded, "events")
        written = desk.runs.log.append(
            desk.binding.run_id, drafts, session_id=desk.binding.session_id, known=int(run["lastSeq"])
        )
        return EventsReply(last_seq=written.last_seq)

    def complete(self, desk: RunDesk, outcome: Complete) -> CompleteReply:
        """Take down how an asynchronous run ended and wake its workflow, which settles it. Saying it twice is fine."""
        if desk.binding.mode != "async":
            raise ModeMismatch(
                f"A {desk.binding.mode} run ends with the agent's answer; only async runs are completed."
            )
        if outcome.approval_id is not None:
            return self._suspend(desk, outcome.approval_id)
        outcome = self._passed(desk, outcome)
        run = self._take_down(desk, outcome)
        self._wake_workflow(run, outcome)
        count("RunCompletionReported", status=outcome.status)
        return CompleteReply(status=outcome.status)

    def _suspend(self, desk: RunDesk, approval_id: str) -> CompleteReply:
        """Let the workflow wait for people in the agent's place; nothing happens when they have decided already."""
        run = desk.running()
        if desk.approvals is None or run.get("agentMode") != "async":
            raise ModeMismatch("Only asynchronous agents stop for an approval; others ask after it.")
        record = desk.approvals.look(approval_id)
        if record["status"] != Status.PENDING:
            return CompleteReply(status=str(record["status"]))
        mine = of_attempt(desk.binding.attempt) & attr("pendingStatus").absent()
        try:
            run = desk.runs.amend(desk.binding.run_id, {"pendingApproval": approval_id}, only=mine)
        except ConditionFailed:
            raise Conflict("The run was completed before; that stands.") from None
        wait = lead.to_wait(record, self.clock.now())
        self._answer(run, lambda token: self.tasks.succeed(token, json.dumps(wait)))
        count("RunAwaitsApproval", agent=desk.binding.agent)
        return CompleteReply(status=AWAITING)

    def _guarded(self, desk: RunDesk, value: Any, where: str) -> Guarded:
        return said(value, policy_of(desk, self.policies.of(desk)), where)

    def _progress(self, desk: RunDesk, progress: Progress) -> dict[str, Any]:
        """How far the work is; a message that may not be shown is left out, the sign of life is not."""
        told: dict[str, Any] = progress.model_dump(by_alias=True, exclude_none=True)
        if "message" not in told:
            return told
        try:
            return {**told, "message": self._guarded(desk, told["message"], "progress").value}
        except GuardrailBlocked:
            return {name: value for name, value in told.items() if name != "message"}

    def _passed(self, desk: RunDesk, outcome: Complete) -> Complete:
        """The end as it may be kept: an output that may not be makes the run fail, a reason is left out."""
        spoken = outcome.output if outcome.error is None else outcome.error.message
        try:
            guarded = self._guarded(desk, spoken, "output")
        except GuardrailBlocked as blocked:
            self._note(desk, [EventDraft("lifecycle", EVENT, {"where": "output", "status": "blocked"})])
            failed = AgentError(code=blocked.code, message=STOPPED if outcome.error is None else NOT_TOLD)
            return Complete(status="failed", error=failed)
        self._note(desk, _changed(guarded, "output"))
        if outcome.error is None:
            return outcome.model_copy(update={"output": guarded.value})
        return outcome.model_copy(update={"error": outcome.error.model_copy(update={"message": guarded.value})})

    def _note(self, desk: RunDesk, drafts: list[EventDraft]) -> None:
        if drafts:
            desk.runs.log.append(desk.binding.run_id, drafts, session_id=desk.binding.session_id)

    def _take_down(self, desk: RunDesk, outcome: Complete) -> Mapping[str, Any]:
        desk.running()
        fields = {"pendingStatus": outcome.status, **_pending(desk, outcome)}
        try:
            mine = of_attempt(desk.binding.attempt) & attr("pendingStatus").absent()
            return desk.runs.amend(desk.binding.run_id, fields, only=mine)
        except ConditionFailed:
            run = desk.runs.get(desk.binding.run_id, consistent=True)
        if run.get("pendingStatus") != outcome.status:
            raise Conflict(f"The run was completed as {run.get('pendingStatus')} before; that stands.")
        return run

    def _wake_workflow(self, run: Mapping[str, Any], outcome: Complete) -> None:
        error = outcome.error
        if error is None:
            self._answer(run, lambda token: self.tasks.succeed(token, json.dumps(lead.SETTLE)))
        else:
            self._answer(run, lambda token: self.tasks.fail(token, error.code, error.message))

    def _answer(self, run: Mapping[str, Any], answer: Callable[[str], None]) -> None:
        token = run.get("taskToken")
        if not token:
            raise DependencyUnavailable("The run's workflow does not wait for it yet. Try again.", retry_after=1)
        try:
            answer(str(token))
        except TaskGone:
            # Woken before (a repeat of this call), or timed out: the workflow has settled the run or is about to.
            count("GatewayTaskGone", call="complete")

    def _keep_workflow_waiting(self, run: Mapping[str, Any]) -> None:
        if run.get("taskToken"):
            try:
                self.tasks.heartbeat(run["taskToken"])
            except TaskGone:
                count("GatewayTaskGone", call="heartbeat")


def _changed(guarded: Guarded, where: str) -> list[EventDraft]:
    """That guardrails have changed what an agent said."""
    if not guarded.acted:
        return []
    told = {"where": where, "status": "masked", **guarded.told()["guardrails"]}
    return [EventDraft("lifecycle", EVENT, told)]


def _pending(desk: RunDesk, outcome: Complete) -> dict[str, Any]:
    """The outcome as fields of the run: `pendingError`, or `pendingOutput`, or `pendingOutputKey` when it is large."""
    if outcome.error is not None:
        return {"pendingError": outcome.error.model_dump(by_alias=True, exclude_defaults=True)}
    body = json.dumps(outcome.output, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(body) <= INLINE_OUTPUT_BYTES:
        return {"pendingOutput": outcome.output}
    key = keys.output_object(desk.tenant.tenant_id, desk.binding.run_id)
    desk.objects.put(key, body, content_type="application/json")
    return {"pendingOutputKey": key}
