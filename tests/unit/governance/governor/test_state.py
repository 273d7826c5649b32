import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.governor import MAX_STATE_BYTES, HaltKind, State, begin, read, reset
from governance.governor.profiles import MOST, PROFILES, Limits, ProfileName
from governance.governor.state import MALFORMED_STATE, Reset, bounded
from tests.governor_traces import NOW, OBSERVATIONS, fresh, run, seen

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def unread(value: object) -> bool:
    halt = read(value).halt
    return halt is not None and (halt.kind, halt.rule) == (HaltKind.SAFETY, MALFORMED_STATE)


@settings(max_examples=60)
@given(st.sampled_from(ProfileName), st.lists(OBSERVATIONS, max_size=60))
def test_every_state_survives_being_stored_as_json(profile: ProfileName, trace: list[Any]) -> None:
    state, _ = run(begin(profile, NOW), trace)
    assert read(json.loads(json.dumps(state.as_dict()))) == state


def test_a_state_has_its_bound_however_long_the_run_and_whoever_reset_it() -> None:
    wide = [seen(n, cost=MOST, tokens=MOST, progress=f"m{n}") for n in range(200)]
    state, _ = run(begin(ProfileName.AGGRESSIVE, NOW, Limits(MOST, MOST, MOST, MOST)), wide)
    for _ in range(9):
        state = reset(run(state, wide)[0], "\U0001f600" * 500, "\U0001f600" * 500, MOST)
    assert len(json.dumps(state.as_dict(), ensure_ascii=False).encode()) <= MAX_STATE_BYTES
    assert len(state.resets) == 3


def test_a_run_without_limits_of_its_own_has_those_of_its_profile() -> None:
    assert begin(ProfileName.BALANCED, NOW).limits == PROFILES[ProfileName.BALANCED].limits
    assert begin(ProfileName.BALANCED, NOW, Limits(1, 1, 1, 1)).limits == Limits(1, 1, 1, 1)


@pytest.mark.parametrize("value", [None, [], "{}", 7, {}, {"profile": "balanced"}])
def test_what_is_no_state_is_halted_for_safety(value: object) -> None:
    assert unread(value)


@given(st.sampled_from(sorted(fresh().as_dict())), JSON)
def test_a_field_with_rubbish_in_it_halts_for_safety(name: str, rubbish: object) -> None:
    whole = fresh().as_dict()
    state = read({**whole, name: rubbish})
    assert unread({**whole, name: rubbish}) or state.as_dict() == {**whole, name: rubbish}


@pytest.mark.parametrize("name", sorted(fresh().as_dict()))
def test_a_field_that_is_missing_halts_for_safety(name: str) -> None:
    whole = fresh().as_dict()
    del whole[name]
    assert unread(whole)


@pytest.mark.parametrize(
    "fault",
    [
        {"extra": 1},
        {"calls": -1},
        {"calls": True},
        {"cost": 1.0},
        {"cost": MOST + 1},
        {"profile": "reckless"},
        {"limits": {"calls": 1}},
        {"limits": {"calls": None, "tokens": 1, "cost": 1, "seconds": 1}},
        {"recent": ["x"]},
        {"recent": ["0" * 16] * 33},
        {"outcomes": "?"},
        {"outcomes": "." * 21},
        {"halt": {}},
        {"halt": {"kind": "BORED", "rule": "calls", "threshold": 1, "observed": 1, "step": 1}},
        {"resets": [{"by": "x"}]},
        {"resets": "none"},
    ],
    ids=repr,
)
def test_a_state_that_somebody_touched_is_halted_for_safety(fault: dict[str, Any]) -> None:
    assert unread({**fresh().as_dict(), **fault})


def test_a_record_of_a_reset_is_one_line_and_bounded() -> None:
    made = Reset.of(" ops\n1 ", "why\x00" * 99, "risk", 5)
    assert (made.by, made.reason[:4], len(made.reason), made.at) == ("ops 1", "why ", 80, 5)


def test_counters_stop_at_the_largest_number() -> None:
    assert (bounded(5), bounded(MOST + 5)) == (5, MOST)


def test_a_state_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        fresh().calls = 0  # type: ignore[misc]  # what is under test
    assert isinstance(fresh(), State)
