"""A job that ended badly, asked for once more: as a new run of its own, which takes over what the old one had done."""

from dataclasses import dataclass
from typing import Any

from data_access_lib.repositories.run_checkpoints import Checkpoint
from governance.run_state import RunStatus, is_terminal
from lambdas.bridge.models import InvokeRequest, Requeue
from platform_kit.errors import Conflict, NotFound
from run_lifecycle.going_on import Continuation, prior_calls
from run_lifecycle.outcome import Run
from run_lifecycle.resolution import RunnableAgent
from run_lifecycle.store import TenantStore

_ANEW = 'To begin it anew, and repeat what it did, send {"from": "start"}.'


@dataclass(frozen=True)
class Again:
    """The run to do again, and from where."""

    run: Run
    wanted: Requeue

    @property
    def fingerprint(self) -> list[str]:
        """What makes two of these requests the same."""
        return [self.run["jobId"], self.wanted.from_]


def body_of(run: Run, store: TenantStore) -> InvokeRequest:
    """What the job was asked, asked by whoever does so now: a session is continued by its own principal alone.

    Not validated again: guardrails may have made the input longer than a caller's may be.
    """
    own = run["principalId"] == store.context.principal_id
    return InvokeRequest.model_construct(
        input=run["input"],
        session_id=run["sessionId"] if own else None,
        context=run.get("context"),
        files=[file["fileId"] for file in run.get("files") or ()],
        webhook_id=_webhook(run, store),
        metadata=run.get("metadata") or {},
    )


def scope_of(run: Run, agent: RunnableAgent) -> dict[str, Any] | None:
    """To what the run was narrowed; tools that the agent has no more are left out, which narrows it further."""
    scope = run.get("scope")
    if not scope or scope.get("tools") is None:
        return scope
    return {**scope, "tools": [name for name in scope["tools"] if name in agent.tools]}


def continuation(again: Again, agent: RunnableAgent, store: TenantStore) -> Continuation:
    """What the new run takes over; Conflict with what to do for a job that cannot be done again so."""
    run, job_id = again.run, str(again.run["jobId"])
    if not is_terminal(run["status"]):
        raise Conflict(f"The job is {run['status']}. Wait for its end, or cancel it first.", jobId=job_id)
    if run["status"] == RunStatus.SUCCEEDED:
        raise Conflict("The job has succeeded. Invoke the agent for another result.", jobId=job_id)
    if run.get("requeuedAs"):
        raise Conflict(f"The job was requeued as {run['requeuedAs']}. Requeue that one.", jobId=run["requeuedAs"])
    if again.wanted.from_ == "start":
        return Continuation(job_id)
    checkpoint = store.checkpoints.latest(run["runId"])
    _check_version(run, agent, checkpoint)
    return Continuation(job_id, checkpoint, tuple(prior_calls(run, store, checkpoint)))


def _check_version(run: Run, agent: RunnableAgent, checkpoint: Checkpoint | None) -> None:
    """What one version has left another may not understand."""
    if checkpoint is not None and agent.version_id != run["versionId"]:
        now = f"It would run as {agent.version_id}"
        raise Conflict(f"The job's checkpoint is of the version {run['versionId']}. {now}. {_ANEW}")


def _webhook(run: Run, store: TenantStore) -> str | None:
    """The endpoint that was to be told of the job, while there is one."""
    webhook_id = run.get("webhookId")
    try:
        return webhook_id if webhook_id and store.webhooks.outline(webhook_id) is not None else None
    except NotFound:
        return None
