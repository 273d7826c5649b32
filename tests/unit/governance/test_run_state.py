import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.run_state import (
    LIVE,
    TERMINAL,
    TRANSITIONS,
    IllegalTransition,
    RunStatus,
    is_terminal,
    may_move,
    move,
    sources_of,
)

STATUSES = st.sampled_from(list(RunStatus))


@given(STATUSES, STATUSES)
def test_nothing_leaves_a_terminal_state(old: RunStatus, new: RunStatus) -> None:
    if old in TERMINAL:
        assert not may_move(old, new)


@given(st.lists(STATUSES, min_size=1, max_size=12))
def test_any_accepted_path_ends_at_most_once(path: list[RunStatus]) -> None:
    status, ends = RunStatus.QUEUED, 0
    for wanted in path:
        if may_move(status, wanted):
            status = move(status, wanted)
            ends += status in TERMINAL
    assert ends <= 1


def test_every_state_has_its_row_and_is_live_or_terminal() -> None:
    assert set(TRANSITIONS) == set(RunStatus)
    assert set(RunStatus) == LIVE | TERMINAL
    assert not LIVE & TERMINAL


@pytest.mark.parametrize("live", sorted(LIVE))
@pytest.mark.parametrize("end", ["failed", "cancelled", "timed_out", "halted"])
def test_every_live_run_can_be_ended_early(live: str, end: str) -> None:
    assert may_move(live, end)


def test_only_a_running_run_can_succeed() -> None:
    assert sources_of("succeeded") == ("running",)


def test_an_interrupted_run_goes_on_only_through_running() -> None:
    assert sources_of("running") == ("awaiting_approval", "paused", "queued", "retrying")


def test_an_illegal_move_is_refused_with_both_states_named() -> None:
    with pytest.raises(IllegalTransition, match="succeeded cannot become running"):
        move("succeeded", "running")


def test_a_word_that_is_no_state_is_an_error() -> None:
    with pytest.raises(ValueError, match="exploded"):
        is_terminal("exploded")
