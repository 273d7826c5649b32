"""Each halt by the trace that earns it, and what holds for every trace."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.governor import Halt, HaltKind, Limits, Observation, Outcome, ProfileName, Risk, State, begin, read
from governance.governor.profiles import MOST, PROFILES
from governance.governor.rules import RULES
from governance.governor.state import MALFORMED_STATE
from governance.governor.stepping import MALFORMED_OBSERVATION, reset, step
from tests.governor_traces import NOW, OBSERVATIONS, UNLIMITED, fresh, healthy_traces, run, same, seen

Make = Callable[[int], Observation]
TRACES: dict[str, Make] = {
    "denials": lambda n: seen(n, outcome=Outcome.DENIED),
    "guardrail-hits": lambda n: seen(n, guardrail_hits=1),
    "risk": lambda n: seen(n, risk=Risk.HIGH),
    "exposure": lambda n: seen(n, risk=Risk.LOW if n % 12 else Risk.HIGH),
    "outages-in-a-row": lambda n: seen(n, outcome=Outcome.OUTAGE),
    "outages": lambda n: seen(n, outcome=Outcome.OK if n % 3 == 0 else Outcome.OUTAGE),
    "repetition": lambda n: seen(n, arguments="same"),
    "unmoved": lambda n: same(progress=f"{n} %"),
    "cycle": lambda n: seen(n % 3, result=f"r{n}"),
    "no-progress": lambda n: seen(n, result="nothing found"),
    "errors-in-a-row": lambda n: seen(n, outcome=Outcome.ERROR),
    "errors": lambda n: seen(n, outcome=Outcome.OK if n % 3 == 0 else Outcome.ERROR),
    "cost": lambda n: seen(n, cost=100),
    "tokens": lambda n: seen(n, tokens=100),
    "calls": seen,
}


def halted_by(make: Make, state: State, *, most: int = 4_000, now: int = NOW) -> tuple[State, Halt]:
    for number in range(most):
        state, halt = step(state, make(number), now)
        if halt is not None:
            return state, halt
    raise AssertionError("it was never halted")


def limits_for(rule: str) -> Limits:
    return replace(UNLIMITED, **{rule: 1_000}) if rule in {"cost", "tokens", "calls"} else UNLIMITED


@pytest.mark.parametrize("profile", ProfileName)
@pytest.mark.parametrize("rule", TRACES)
def test_each_rule_halts_the_run_that_earns_it_with_the_numbers_that_caused_it(rule: str, profile: ProfileName) -> None:
    _, halt = halted_by(TRACES[rule], begin(profile, NOW, limits_for(rule)))
    assert halt.rule == rule
    assert halt.kind is next(one.kind for one in RULES if one.name == rule)
    assert halt.observed >= halt.threshold == {**PROFILES[profile].thresholds, rule: halt.threshold}[rule]
    assert halt.threshold == (1_000 if rule in {"cost", "tokens", "calls"} else PROFILES[profile].thresholds[rule])


def test_every_rule_has_its_trace() -> None:
    assert [*TRACES, "seconds"] == [*(rule.name for rule in RULES[:-4]), "cost", "tokens", "calls", "seconds"]


def test_a_run_is_halted_when_its_time_is_over_and_not_before() -> None:
    state = begin(ProfileName.BALANCED, NOW, replace(UNLIMITED, seconds=60))
    state, halt = step(state, seen(1), NOW + 59_999)
    assert halt is None
    _, halt = step(state, seen(2), NOW + 60_000)
    assert halt == Halt(HaltKind.EXHAUSTION, "seconds", 60, 60, 2)


def test_a_limit_of_calls_lets_that_many_be_made_and_no_more() -> None:
    _, halt = halted_by(seen, begin(ProfileName.BALANCED, NOW, replace(UNLIMITED, calls=7)))
    assert (halt.step, halt.observed, halt.threshold) == (7, 7, 7)


def test_a_limit_of_nothing_halts_at_the_first_call() -> None:
    assert halted_by(seen, begin(ProfileName.AGGRESSIVE, NOW, Limits(0, 0, 0, 0)))[1].step == 1


def test_a_denied_call_adds_no_risk() -> None:
    state, _ = run(fresh(), [seen(n, outcome=Outcome.DENIED, risk=Risk.CRITICAL) for n in range(2)])
    assert (state.risk, state.exposure, state.denials) == (0, 0, 2)


def test_risk_drains_by_a_point_a_call_and_exposure_does_not() -> None:
    state, _ = run(fresh(), [seen(0, risk=Risk.HIGH), *(seen(n) for n in range(1, 6))])
    assert (state.risk, state.exposure) == (3, 8)


def test_polling_with_new_markers_goes_on_and_without_them_does_not() -> None:
    polls = [seen(n, arguments="job 7") for n in range(30)]
    assert run(fresh(), polls)[1] is not None
    assert run(fresh(), [replace(poll, progress=f"{n} %") for n, poll in enumerate(polls)])[1] is None


def test_a_marker_that_was_seen_lately_is_no_progress() -> None:
    trace = [seen(n, result="none", progress=str(n % 2)) for n in range(40)]
    _, halt = run(fresh(), trace)
    assert halt is not None
    assert halt.rule == "no-progress"


@pytest.mark.proof
@settings(max_examples=150)
@given(healthy_traces(), st.sampled_from(ProfileName))
def test_a_healthy_run_that_gets_on_is_not_halted(trace: list[Observation], profile: ProfileName) -> None:
    assert run(begin(profile, NOW, UNLIMITED), trace)[1] is None


@settings(max_examples=150)
@given(st.lists(st.tuples(OBSERVATIONS, st.integers(0, MOST), st.integers(0, MOST)), max_size=60))
def test_the_same_observations_halt_at_the_same_step_whatever_the_clock(
    trace: Sequence[tuple[Observation, int, int]],
) -> None:
    one = other = begin(ProfileName.BALANCED, NOW, replace(PROFILES[ProfileName.BALANCED].limits, seconds=MOST))
    for observation, now, later in trace:
        one, _ = step(one, observation, now)
        other, _ = step(other, observation, later)
    assert one == other


@settings(max_examples=100)
@given(st.lists(OBSERVATIONS, max_size=60))
def test_storing_the_state_between_steps_changes_nothing(trace: list[Observation]) -> None:
    kept = stored = fresh()
    for observation in trace:
        kept, _ = step(kept, observation, NOW)
        stored, _ = step(read(stored.as_dict()), observation, NOW)
    assert kept == stored


@given(st.lists(OBSERVATIONS, min_size=1, max_size=20))
def test_a_halt_is_terminal(trace: list[Observation]) -> None:
    state, halt = halted_by(TRACES["denials"], fresh())
    assert run(state, trace) == (state, halt)


@given(st.lists(OBSERVATIONS, max_size=40))
def test_every_observation_moves_version_and_step_by_one(trace: list[Observation]) -> None:
    state = fresh()
    for observation in trace:
        after, _ = step(state, observation, NOW)
        moved = 0 if state.halt else 1
        assert (after.version, after.step) == (state.version + moved, state.step + moved)
        state = after


@pytest.mark.parametrize("rule", [*TRACES])
def test_a_reset_clears_what_caused_the_halt_and_the_run_goes_on(rule: str) -> None:
    state, halt = halted_by(TRACES[rule], begin(ProfileName.BALANCED, NOW, limits_for(rule)))
    lifted = reset(state, "usr:1:ops", "looked into it", NOW + 1)
    assert lifted.halt is None
    assert [(one.by, one.reason, one.rule, one.at) for one in lifted.resets] == [
        ("usr:1:ops", "looked into it", halt.rule, NOW + 1)
    ]
    assert lifted.version == state.version + 1
    assert run(lifted, [seen(9_000), seen(9_001)])[1] is None


def test_a_reset_of_the_time_lets_the_time_begin_again() -> None:
    state = begin(ProfileName.BALANCED, NOW, replace(UNLIMITED, seconds=60))
    state, _ = step(state, seen(1), NOW + 70_000)
    lifted = reset(state, "ops", "longer than thought", NOW + 80_000)
    assert step(lifted, seen(2), NOW + 139_000)[1] is None
    assert step(lifted, seen(2), NOW + 140_000)[1] is not None


def test_a_reset_does_not_lift_what_else_has_been_reached() -> None:
    state, _ = run(fresh(limits=replace(UNLIMITED, calls=5)), [seen(n, outcome=Outcome.DENIED) for n in range(5)])
    assert state.halt is not None
    assert state.halt.rule == "denials"
    again = reset(state, "ops", "policy was wrong", NOW)
    assert again.halt is not None
    assert again.halt.rule == "calls"


def test_a_state_that_could_not_be_read_begins_anew_and_conservative() -> None:
    lifted = reset(read({"broken": True}), "ops", "restored by hand", NOW)
    assert (lifted.halt, lifted.profile, lifted.started) == (None, ProfileName.CONSERVATIVE, NOW)
    assert lifted.resets[0].rule == MALFORMED_STATE


def test_a_run_that_is_not_halted_is_not_reset() -> None:
    assert reset(fresh(), "ops", "by mistake", NOW) == fresh()


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("ops", " ")])
def test_a_reset_without_a_name_and_a_reason_is_none(by: str, reason: str) -> None:
    with pytest.raises(ValueError, match="who"):
        reset(fresh(), by, reason, NOW)


@pytest.mark.parametrize("state", [None, {}, 7, "x", [1], {"version": 1}, replace(fresh(), profile="x")], ids=repr)  # type: ignore[arg-type]  # what is under test
def test_a_malformed_state_halts_for_safety_and_raises_nothing(state: Any) -> None:
    _, halt = step(state, seen(), NOW)
    assert halt is not None
    assert (halt.kind, halt.rule) == (HaltKind.SAFETY, MALFORMED_STATE)


@pytest.mark.parametrize(
    ("observation", "now"),
    [(seen(cost=-1), NOW), (seen(risk="none"), NOW), (None, NOW), ({"tool": "x"}, NOW), (seen(), -1), (seen(), None)],
)
def test_a_malformed_observation_halts_for_safety_and_raises_nothing(observation: Any, now: Any) -> None:
    state, halt = step(fresh(), observation, now)
    assert halt is not None
    assert (halt.kind, halt.rule, halt.step, state.version) == (HaltKind.SAFETY, MALFORMED_OBSERVATION, 1, 1)
