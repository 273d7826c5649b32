"""How an asynchronous run ends: as its agent said, or as what broke it off."""

from typing import Any, Final

from governance.recovery import Broken
from governance.run_state import RunStatus
from platform_kit.observability import logger
from run_lifecycle.agent_answer import AgentFault
from run_lifecycle.outcome import Failure, Outcome, Run
from run_lifecycle.runtime import AGENT_TIMEOUT, RUNTIME_UNAVAILABLE

AGENT_LOST: Final = "AgentLost"
"""The error with which the reaper fails the task of a run whose signs of life have stopped."""
LOST: Final = Outcome(RunStatus.FAILED, failure=Failure(Broken.LOST, "The run was lost; start it again."))
_CLASSES: Final = {
    "States.HeartbeatTimeout": Broken.SILENT,
    "States.Timeout": Broken.LATE,
    "DependencyUnavailable": Broken.UNREACHABLE,
    RUNTIME_UNAVAILABLE: Broken.UNREACHABLE,
    AGENT_LOST: Broken.LOST,
    "Lambda.Unknown": Broken.LOST,  # the function that sent the agent off ended: whether it did is not known
    "Sandbox.Timedout": Broken.LOST,
}
_WORDS: Final = {
    Broken.SILENT: (RunStatus.TIMED_OUT, "The agent gave no sign of life for longer than it may."),
    Broken.LATE: (RunStatus.TIMED_OUT, "The agent worked longer than it may."),
    Broken.UNREACHABLE: (RunStatus.FAILED, "The agent runtime could not be called."),
    Broken.LOST: (RunStatus.FAILED, "The run was lost; start it again."),
    Broken.FAILED: (RunStatus.FAILED, "The agent ended without completing its run."),
}


def class_of(error: dict[str, Any]) -> Broken:
    """What broke a run off, of what Step Functions says: its cause may quote internals and is only logged."""
    name = str(error.get("Error", ""))
    logger().warning("a run's workflow failed", error=name, cause=str(error.get("Cause", ""))[:2000])
    return _CLASSES.get(name, Broken.FAILED)


def broken_off(broken: Broken) -> Outcome:
    """The end of a run that was broken off and does not go on."""
    status, words = _WORDS[broken]
    return Outcome(status, failure=Failure(broken.value, words))


def reported(run: Run) -> Outcome:
    """What the agent said when it completed its run."""
    error = run.get("pendingError")
    if error or run.get("pendingStatus") == RunStatus.FAILED:
        said = error or {}
        failure = Failure(str(said.get("code", "AGENT_FAILED")), str(said.get("message", "The agent failed.")))
        return Outcome(RunStatus.FAILED, failure=failure)
    return Outcome(RunStatus.SUCCEEDED, output=run.get("pendingOutput"), output_key=run.get("pendingOutputKey"))


def outcome_of(fault: AgentFault) -> Outcome:
    """The end of a run whose agent did not answer as it must."""
    status = RunStatus.TIMED_OUT if fault.code == AGENT_TIMEOUT else RunStatus.FAILED
    return Outcome(status, failure=Failure(fault.code, fault.message))
