"""The step of the governor and the reset of what it halted. Both pure: the clock is an argument."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from governance.governor.halts import Halt, HaltKind
from governance.governor.observation import POINTS, Observation, Outcome, Risk, fingerprint
from governance.governor.profiles import ProfileName, is_count
from governance.governor.rules import RULES, judge
from governance.governor.state import (
    MALFORMED_STATE,
    MARKERS,
    OUTCOMES,
    RESETS,
    WINDOW,
    Reset,
    State,
    begin,
    bounded,
    read,
    unreadable,
)

MALFORMED_OBSERVATION: Final = "malformed-observation"
BUDGET: Final = "budget"
_LETTERS: Final = {Outcome.OK: ".", Outcome.ERROR: "e", Outcome.DENIED: "d", Outcome.OUTAGE: "x"}
_GRAVE: Final = frozenset({Risk.HIGH, Risk.CRITICAL})


def step(state: State | Mapping[str, Any], observation: Observation, now: int) -> tuple[State, Halt | None]:
    """The state after one observation, and why the run is halted, if it is. `now`: milliseconds since the epoch.

    A halted state stays as it is. A state or an observation that cannot be understood halts for SAFETY; never raises.
    """
    try:
        known = state if isinstance(state, State) else read(state)
        if known.halt is None:
            known = _observed(known, observation, now) if _readable(observation, now) else _refused(known)
    except Exception:  # noqa: BLE001 - a state nobody foresaw is a state nobody may go on with
        known = unreadable()
    return known, known.halt


def reset(state: State, by: str, reason: str, now: int) -> State:
    """The state with what caused its halt forgotten, and the reset on record; unchanged when it is not halted.

    What else has reached its threshold halts it again at once. A state that could not be read begins anew under the
    conservative profile. ValueError without a name and a reason.
    """
    if not by.strip() or not reason.strip():
        raise ValueError("a reset says who lifts the halt, and why")
    if state.halt is None:
        return state
    record = Reset.of(by, reason, state.halt.rule, now)
    cleared = _cleared(state, state.halt, now)
    lifted = replace(cleared, halt=None, version=state.version + 1, resets=(*state.resets, record)[-RESETS:])
    return replace(lifted, halt=judge(lifted, now))


def exhaust(state: State, observed: int) -> State:
    """The state of a run for whose next call no money is left in a budget that it shares with others.

    `observed` is what it asked for, in pico-dollars. A halted state stays as it is.
    """
    if state.halt is not None:
        return state
    halt = Halt(HaltKind.EXHAUSTION, BUDGET, threshold=0, observed=bounded(observed), step=state.step + 1)
    return replace(state, step=state.step + 1, version=state.version + 1, halt=halt)


def _readable(observation: object, now: object) -> bool:
    return isinstance(observation, Observation) and observation.well_formed() and is_count(now)


def _refused(state: State) -> State:
    halt = Halt(HaltKind.SAFETY, MALFORMED_OBSERVATION, threshold=1, observed=1, step=state.step + 1)
    return replace(state, step=state.step + 1, version=state.version + 1, halt=halt)


def _observed(state: State, seen: Observation, now: int) -> State:
    counted = _risked(_counted(_remembered(state, seen), seen), seen)
    return replace(counted, halt=judge(counted, now))


def _counted(state: State, seen: Observation) -> State:
    return replace(
        state,
        version=state.version + 1,
        step=state.step + 1,
        calls=bounded(state.calls + 1),
        tokens=bounded(state.tokens + seen.tokens),
        cost=bounded(state.cost + seen.cost),
        denials=bounded(state.denials + (seen.outcome is Outcome.DENIED)),
        hits=bounded(state.hits + seen.guardrail_hits),
        outcomes=(state.outcomes + _LETTERS[seen.outcome])[-OUTCOMES:],
    )


def _risked(state: State, seen: Observation) -> State:
    """A call that was denied had no effect, so it adds no risk."""
    points = 0 if seen.outcome is Outcome.DENIED else POINTS[seen.risk]
    grave = points if seen.risk in _GRAVE else 0
    return replace(state, risk=max(state.risk - 1, 0) + points, exposure=bounded(state.exposure + grave))


def _remembered(state: State, seen: Observation) -> State:
    """Progress is a marker not seen lately, or a new call that succeeded with a new answer.

    A marker is the agent's own word. It lets an agent poll, but does not hide the same call with the same answer.
    """
    call, answer, marker = seen.call(), seen.answer(), fingerprint(seen.progress) if seen.progress else ""
    marked = marker != "" and marker not in state.markers
    novel = seen.outcome is Outcome.OK and call not in state.recent and answer not in state.results
    whole = fingerprint(call, answer)
    return replace(
        state,
        recent=((() if marked else state.recent) + (call,))[-WINDOW:],
        results=(*state.results, answer)[-WINDOW:],
        markers=(*state.markers, marker)[-MARKERS:] if marked else state.markers,
        last=whole,
        same=bounded(state.same + 1) if whole == state.last else 1,
        idle=0 if marked or novel else bounded(state.idle + 1),
    )


def _cleared(state: State, halt: Halt, now: int) -> State:
    if halt.rule == MALFORMED_STATE:
        return begin(ProfileName.CONSERVATIVE, now)
    empty = begin(state.profile, now)
    fields = next((rule.clears for rule in RULES if rule.name == halt.rule), ())
    return replace(state, **{name: getattr(empty, name) for name in fields})
