"""From a run's record to what the API shows of it: plain dictionaries, so that an output comes out to the letter."""

from collections.abc import Mapping
from typing import Any, Final

from governance import governor
from governance.run_state import RunStatus, is_terminal
from platform_kit.clock import parse_rfc3339
from platform_kit.errors import AgentFailed, AgentTimeout, AmbitError, Conflict, DependencyUnavailable
from platform_kit.models import Money
from run_lifecycle.guarding import BLOCKED, BlockedByGuardrails
from run_lifecycle.outcome import Run, result_of
from run_lifecycle.runtime import RUNTIME_UNAVAILABLE

_SUMMARY: Final = ("createdAt", "startedAt", "finishedAt", "canary")
_GOING: Final = ("progress", "attempt", "heartbeatAt", "checkpointAt", "finishedAt", "requeuedFrom", "requeuedAs")
_DETAIL: Final = (
    *("context", "principalId", "instanceId", "priceVersion", "traceId", "progress", "halt"),
    *("policyDecisionsOmitted", "canaryId", "recorded"),
)


def accepted(run: Run) -> dict[str, Any]:
    """The answer to a call that became a job."""
    return {
        "jobId": run["jobId"],
        "runId": run["runId"],
        "status": RunStatus.QUEUED.value,
        "mode": "async",
        "pollUrl": job_path(run),
        **_present(run, ("requeuedFrom",)),
    }


def job_path(run: Run) -> str:
    """Where a job can be watched."""
    return f"/v1/jobs/{run['jobId']}"


def answer(run: Run) -> dict[str, Any]:
    """The answer to a synchronous call: the result of a run that succeeded. Raises what any other end means."""
    if run["status"] == RunStatus.SUCCEEDED:
        return result_of(run)
    raise failure(run)


def failure(run: Run) -> AmbitError:
    """A run that did not succeed, as the failure of the call that waited for it. It names the run."""
    error = run.get("error") or {}
    run_id, said = run["runId"], str(error.get("message") or "The run did not succeed.")
    match run["status"]:
        case RunStatus.TIMED_OUT:
            return AgentTimeout(
                "The agent did not finish in the time a synchronous call has. Call POST "
                f"/v1/agents/{run['agent']}/stream, or send `Prefer: respond-async` to make it a job.",
                runId=run_id,
            )
        case RunStatus.CANCELLED | RunStatus.HALTED:
            return Conflict(f"The run was {run['status']} before it was done.", runId=run_id)
        case _ if error.get("code") == RUNTIME_UNAVAILABLE:
            return DependencyUnavailable(said, retry_after=5, runId=run_id)
        case _ if error.get("code") == BLOCKED:
            return BlockedByGuardrails(said, runId=run_id)
        case RunStatus.FAILED:
            return AgentFailed(said, runId=run_id)
        case _:
            return Conflict(f"The run is still {run['status']}.", runId=run_id)


def summary(run: Run) -> dict[str, Any]:
    """A run in a list."""
    shown = {**result_of(run), **_present(run, _SUMMARY), "metadata": run.get("metadata") or {}}
    shown.pop("output", None)
    return shown


def detail(run: Run) -> dict[str, Any]:
    """One run, with its input and, when it succeeded, its output."""
    return {
        **result_of(run),
        **_present(run, (*_SUMMARY, *_DETAIL)),
        "metadata": run.get("metadata") or {},
        "input": run["input"],
        "files": run.get("files") or [],
        "policyDecisions": run.get("policyDecisions") or [],
        **_governed(run),
    }


def _governed(run: Run) -> dict[str, Any]:
    """Budget, governor and halt: those of the governor are there from the run's first call on."""
    if run.get("governor") is None:
        return {"budget": _budget(run)}
    state = governor.read(run["governor"])
    halt = {"halt": {**state.halt.as_dict(), "explanation": governor.explain(state.halt)}} if state.halt else {}
    return {"budget": _budget(run) | {"limit": _money(state.limits.cost)}, "governor": _governor(run, state), **halt}


def _budget(run: Run) -> dict[str, Any]:
    return {"reserved": _money(run.get("reservedPico")), "held": _money(run.get("heldPico"))}


def _money(pico: Any) -> dict[str, Any]:
    return Money.from_pico(int(pico or 0)).model_dump(by_alias=True)


def _governor(run: Run, state: governor.State) -> dict[str, Any]:
    """As it was when the run ended; of a run that goes on as it was at its last call, but for the seconds."""
    until = run.get("finishedAt") or run.get("startedAt")
    now = int(parse_rfc3339(str(until)).timestamp() * 1000) if until else state.started
    rules = [
        {
            "rule": rule.name,
            "halt": rule.kind.value,
            "says": rule.says,
            "threshold": rule.threshold(state),
            "observed": rule.measure(state, now),
        }
        for rule in governor.RULES
    ]
    return {"profile": state.profile.value, "step": state.step, "rules": rules}


def job(run: Run) -> dict[str, Any]:
    """How an asynchronous run stands; its result once it has one."""
    shown = {name: run[name] for name in ("jobId", "runId", "agent", "status", "createdAt")} | _present(run, _GOING)
    if run["status"] == RunStatus.AWAITING_APPROVAL:
        shown |= {"approvalId": run["pendingApproval"]}
    if run["status"] == RunStatus.SUCCEEDED:
        return shown | {"result": result_of(run)} | _present(run, ("resultUrl", "resultUrlExpiresAt"))
    return shown | (_present(run, ("error",)) if is_terminal(run["status"]) else {})


def job_summary(run: Run) -> dict[str, Any]:
    """A job in a list."""
    shown = {
        **{name: run[name] for name in ("jobId", "runId", "agent", "status", "sessionId", "createdAt")},
        "version": run["versionId"],
        "cost": _money(run.get("costPico")),
        **_present(run, ("startedAt", *_GOING)),
        **(_present(run, ("error",)) if is_terminal(run["status"]) else {}),
    }
    awaited = {"approvalId": run["pendingApproval"]} if run["status"] == RunStatus.AWAITING_APPROVAL else {}
    return shown | awaited


def session(record: Mapping[str, Any]) -> dict[str, Any]:
    """A conversation in a list."""
    return {name: record[name] for name in ("sessionId", "agent", "runs", "createdAt", "lastRunAt")}


def session_run(run: Run) -> dict[str, Any]:
    """A run in a session's history."""
    return {name: run[name] for name in ("runId", "status", "createdAt")}


def _present(record: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: record[name] for name in names if record.get(name) is not None}
