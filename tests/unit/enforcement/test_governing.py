from typing import Any

import pytest

from enforcement import governing
from enforcement.actions import Action, Outcome
from enforcement.errors import PolicyUnavailable
from enforcement.policies import InForce
from governance import governor
from governance.governor import ProfileName, Risk
from tests.unit.lambdas.gateway.gateway_fakes import in_force, world

ACTION = Action("files.read", {"fileId": "x"}, {})


def at(profile: ProfileName = ProfileName.BALANCED, **override: Any) -> InForce:
    found = world()
    found.policies.bound = [{"policyId": "pol_1", "version": 1, "override": override}] if override else []
    known = in_force().of(found.desk)
    return InForce(known.compiled, known.policy, profile)


def test_a_run_begins_with_its_profile_its_own_time_and_the_tighter_cost() -> None:
    state = governing.state_of(world(maxSeconds=7).runs.record, at(maxCostPerRun="0.01"))
    assert (state.profile, state.limits.seconds, state.limits.cost) == (ProfileName.BALANCED, 7, 10**10)
    patient = governing.state_of(world().runs.record, at(ProfileName.AGGRESSIVE))
    assert patient.limits.calls == 1_000


def test_a_state_is_taken_as_it_was_left() -> None:
    state = governor.begin(ProfileName.CONSERVATIVE, 5)
    assert governing.state_of(world(governor=state.as_dict()).runs.record, at()) == state


def test_a_state_that_makes_no_sense_is_halted() -> None:
    halt = governing.state_of(world(governor={"halt": None}).runs.record, at()).halt
    assert halt is not None
    assert halt.rule == "malformed-state"


def test_a_run_of_which_nobody_knows_when_it_began_is_not_governed_but_refused() -> None:
    with pytest.raises(PolicyUnavailable):
        governing.state_of(world(startedAt="x").runs.record, at())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", governor.Outcome.OK),
        ("failed", governor.Outcome.ERROR),
        ("outage", governor.Outcome.OUTAGE),
    ],
)
def test_an_observation_tells_how_it_went_and_no_text(status: Any, outcome: governor.Outcome) -> None:
    seen = governing.observed(ACTION, Outcome(status, result="secret"), Risk.LOW, governing.Cost(1, 2, 3, 4))
    assert (seen.outcome, seen.cost, seen.tokens, seen.milliseconds, seen.guardrail_hits) == (outcome, 1, 2, 3, 4)
    assert "secret" not in repr(seen)
    assert seen.well_formed()


def test_what_is_told_of_a_step_names_the_rules_that_measured_something() -> None:
    seen = governing.refused(ACTION, "deny-not-granted")
    state, _ = governor.step(governor.begin(ProfileName.BALANCED, 0), seen, 2_000)
    told = governing.told(state, 2_000)[governing.GOVERNOR]
    assert (told["step"], told["observed"]["denials"], told["observed"]["seconds"]) == (1, 1, 2)
    assert "outages" not in told["observed"]
