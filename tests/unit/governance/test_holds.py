import json

import pytest

from governance.governor import HaltKind
from governance.holds import LATCH_HALTS, LATCH_SECONDS, RESETS, Held, Hold, HoldState, halted, held, reset

MINUTE = 60_000


def after(*halts: tuple[int, HaltKind], hold: Hold | None = None) -> Hold:
    known = hold or Hold()
    for at, kind in halts:
        known = halted(known, kind, at, "inc_1")
    return known


def grave(*minutes: int) -> tuple[tuple[int, HaltKind], ...]:
    return tuple((minute * MINUTE, HaltKind.SAFETY) for minute in minutes)


def test_the_third_grave_halt_within_the_hour_latches() -> None:
    assert after(*grave(0, 10)).held is None
    latched = after(*grave(0, 10, 20)).held
    assert latched is not None
    assert (latched.state, latched.by, latched.incident, latched.at) == (
        *(HoldState.HALTED, "governor", "inc_1"),
        20 * MINUTE,
    )
    assert f"{LATCH_HALTS} runs" in latched.reason


def test_halts_that_are_an_hour_apart_do_not_add_up() -> None:
    edge = LATCH_SECONDS // 60
    assert after(*grave(0, 1, edge)).held is None
    assert after(*grave(0, 1, edge - 1)).held is not None


@pytest.mark.parametrize("kind", [HaltKind.EXTERNAL, HaltKind.STAGNATION, HaltKind.EXHAUSTION])
def test_other_halts_count_for_nothing(kind: HaltKind) -> None:
    hold = after(*grave(0, 1))
    assert halted(hold, kind, 2 * MINUTE, "inc_1") is hold


def test_risk_counts_like_safety() -> None:
    assert after((0, HaltKind.OVERRISK), (1, HaltKind.SAFETY), (2, HaltKind.OVERRISK)).held is not None


def test_a_reset_forgets_what_was_counted_and_keeps_the_record() -> None:
    latched = after(*grave(0, 1, 2))
    free = reset(latched, "usr:1:ada", "repaired", 3 * MINUTE)
    assert (free.held, free.halts, free.version) == (None, (), latched.version + 1)
    assert [(one.by, one.state) for one in free.resets] == [("usr:1:ada", "halted")]
    assert after(*grave(4, 5), hold=free).held is None
    assert after(*grave(4, 5, 6), hold=free).held is not None


def test_the_record_keeps_the_last_resets() -> None:
    hold = Hold()
    for number in range(RESETS + 2):
        hold = reset(hold, "ada", f"{number}", number)
    assert [one.reason for one in hold.resets] == [str(number) for number in range(2, RESETS + 2)]


@pytest.mark.parametrize(("by", "reason"), [("", "x"), ("x", " ")])
def test_a_reset_says_who_and_why(by: str, reason: str) -> None:
    with pytest.raises(ValueError, match="who lifts"):
        reset(Hold(), by, reason, 1)


def test_a_graver_hold_stands_and_a_lesser_one_gives_way() -> None:
    def want(state: HoldState, hold: Hold) -> Hold:
        return held(hold, Held(state, "ada", "r", 1))

    paused = want(HoldState.PAUSED, Hold())
    quarantined = want(HoldState.QUARANTINED, paused)
    assert quarantined.held is not None
    assert quarantined.held.state is HoldState.QUARANTINED
    assert want(HoldState.PAUSED, quarantined) is quarantined
    assert after(*grave(0, 1, 2), hold=quarantined).held == quarantined.held


def test_a_hold_comes_back_from_json_as_it_was() -> None:
    hold = reset(after(*grave(0, 1, 2)), "ada", "r", 5)
    for one in (Hold(), hold, after(*grave(6, 7, 8), hold=hold)):
        assert Hold.read(json.loads(json.dumps(one.as_dict()))) == one
    assert Hold.read(None) == Hold()
