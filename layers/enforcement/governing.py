"""The governor's view of a run: its state in the run's record, and what it is shown of each call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from enforcement.actions import Action, Outcome
from enforcement.digests import digest
from enforcement.errors import PolicyUnavailable
from enforcement.incidents import report_halt
from enforcement.policies import InForce
from enforcement.run_desk import RunDesk
from governance import governor
from governance.governor import Halt, Limits, Observation, Risk, State
from governance.governor.profiles import PROFILES
from governance.policy.tools import Risk as PolicyRisk
from governance.run_state import RunStatus
from platform_kit.clock import parse_rfc3339
from platform_kit.observability import count
from run_lifecycle.finish import finish_run
from run_lifecycle.outcome import Failure, lifecycle
from run_lifecycle.outcome import Outcome as RunOutcome

GOVERNOR: Final = "governor"
"""The attribute of a run that holds the governor's state."""
_OUTCOMES: Final = {
    "succeeded": governor.Outcome.OK,
    "failed": governor.Outcome.ERROR,
    "outage": governor.Outcome.OUTAGE,
}


@dataclass(frozen=True)
class Cost:
    """What the governor counts of a call besides how it went: pico-dollars, tokens, milliseconds, findings."""

    pico: int = 0
    tokens: int = 0
    milliseconds: int = 0
    findings: int = 0


def state_of(run: Mapping[str, Any], in_force: InForce) -> State:
    """The state as the record has it; that of a run that begins, when it has none.

    PolicyUnavailable when it cannot be told when the run began.
    """
    kept = run.get(GOVERNOR)
    return governor.read(kept) if kept is not None else _begun(run, in_force)


def told(state: State, now: int) -> dict[str, Any]:
    """What the log keeps of a step: its number, and what each rule measured after it."""
    return {GOVERNOR: {"step": state.step, "observed": governor.readings(state, now)}}


def observed(action: Action, outcome: Outcome, risk: Risk, cost: Cost) -> Observation:
    """A call that was carried out, as the governor sees it."""
    return Observation(
        tool=action.tool,
        arguments=action.fingerprint,
        result=digest(outcome.result),
        outcome=_OUTCOMES[outcome.status],
        error=outcome.error,
        risk=risk,
        cost=cost.pico,
        tokens=cost.tokens,
        milliseconds=cost.milliseconds,
        guardrail_hits=cost.findings,
    )


def refused(action: Action, rule: str, findings: int = 0) -> Observation:
    """A call that was not let through."""
    denied = governor.Outcome.DENIED
    return Observation(action.tool, action.fingerprint, outcome=denied, error=rule, guardrail_hits=findings)


def risk_of(risk: PolicyRisk) -> Risk:
    """Policy's risk in the governor's words."""
    return Risk(risk.value)


def end(desk: RunDesk, run: Mapping[str, Any], halt: Halt) -> None:
    """End a run that the governor has halted, and tell whoever waits for it. Nothing when it has ended already.

    Its incident is written first: whoever finds the run halted and not ended writes the same one again, once.
    """
    count("RunHalted", kind=halt.kind.value, rule=halt.rule)
    report_halt(desk, run, halt)
    why = Failure("RUN_HALTED", governor.explain(halt))
    last = lifecycle("halt", **halt.as_dict(), explanation=why.message)
    finished = finish_run(dict(run), RunOutcome(RunStatus.HALTED, failure=why, last=(last,)), desk.store, desk.clock)
    if finished.ended_here:
        desk.wake(finished.run)


def _begun(run: Mapping[str, Any], in_force: InForce) -> State:
    started = _milliseconds(run)
    profile = PROFILES[in_force.profile].limits
    seconds = int(run.get("maxSeconds") or profile.seconds)
    limits = Limits(profile.calls, profile.tokens, min(profile.cost, in_force.compiled.envelope.max_cost), seconds)
    return governor.begin(in_force.profile, started, limits)


def _milliseconds(run: Mapping[str, Any]) -> int:
    """When the run began, in milliseconds since the epoch."""
    try:
        return int(parse_rfc3339(str(run["startedAt"])).timestamp() * 1000)
    except (LookupError, ValueError):
        count("PolicyUnavailable", reason="record")
        raise PolicyUnavailable from None
