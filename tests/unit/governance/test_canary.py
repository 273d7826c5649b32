from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from math import comb
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.canary import (
    LATELY,
    WHOLE,
    WINDOW,
    Canary,
    Limits,
    Reason,
    Seen,
    Tallies,
    Tally,
    bucket_of,
    ceiling_of,
    chance,
    convicted,
    ended,
    failing,
    going,
    one,
    window_of,
)

SESSIONS = [f"ses_{number:032x}" for number in range(20_000)]


def canary(weight: int, salt: str = "s") -> Canary:
    return Canary("ver_1", "ver_2", weight, salt)


def share(weight: int, salt: str = "s") -> float:
    return sum(canary(weight, salt).version_of(session) == "ver_2" for session in SESSIONS) / len(SESSIONS)


@pytest.mark.parametrize("weight", [0, 100, 2_500, 5_000, WHOLE])
def test_the_share_is_the_weight(weight: int) -> None:
    assert share(weight) == pytest.approx(weight / WHOLE, abs=0.012)


@given(st.text(max_size=80), st.integers(0, WHOLE), st.integers(0, WHOLE))
def test_a_session_stays_where_it_is_and_a_higher_weight_only_takes_to_the_candidate(
    session: str, one_weight: int, other: int
) -> None:
    low, high = sorted((one_weight, other))
    assert canary(low).version_of(session) == canary(low).version_of(session)
    if canary(low).version_of(session) == "ver_2":
        assert canary(high).version_of(session) == "ver_2"


def test_two_canaries_do_not_pick_the_same_sessions() -> None:
    first, second = canary(1_000, "a"), canary(1_000, "b")
    both = sum(first.version_of(s) == second.version_of(s) == "ver_2" for s in SESSIONS)
    assert both / len(SESSIONS) == pytest.approx(0.01, abs=0.005)


@pytest.mark.parametrize(("stable", "candidate", "weight"), [("v", "v", 5), ("v", "w", -1), ("v", "w", WHOLE + 1)])
def test_a_canary_without_sense_is_refused(stable: str, candidate: str, weight: int) -> None:
    with pytest.raises(ValueError, match="two versions"):
        Canary(stable, candidate, weight, "s")


COUNTS = st.builds(
    Tally,
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(0, 50),
    st.dictionaries(st.integers(0, 100), st.integers(1, 9)),
)


@given(COUNTS, COUNTS, COUNTS)
def test_tallies_add_up_in_any_order(a: Tally, b: Tally, c: Tally) -> None:
    assert a.plus(b).plus(c) == c.plus(a.plus(b))


@given(st.floats(0, 1e9))
def test_a_latency_lies_within_its_bucket(milliseconds: float) -> None:
    bucket = bucket_of(milliseconds)
    if 1 < milliseconds < ceiling_of(100):
        assert milliseconds <= ceiling_of(bucket) * 1.000001
        assert milliseconds > ceiling_of(bucket) / 1.2


def tally(runs: int, failed: int = 0, blocked: int = 0, milliseconds: float = 100.0) -> Tally:
    return Tally(runs, failed, blocked, {bucket_of(milliseconds): runs})


def test_percentiles_are_read_from_the_buckets() -> None:
    mixed = tally(95).plus(tally(5, milliseconds=4_000.0))
    assert mixed.percentile(0.95) == pytest.approx(100, rel=0.2)
    assert mixed.percentile(0.96) == pytest.approx(4_000, rel=0.2)
    assert Tally().percentile(0.95) == 0


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_the_exact_test_is_the_hypergeometric_tail(a: int, b: int, c: int, d: int) -> None:
    bad_stable, all_stable, bad_candidate, all_candidate = a, a + b, c, c + d
    total, bad = all_stable + all_candidate, bad_stable + bad_candidate
    tail = Fraction(0)
    for k in range(total + 1):
        if k >= bad_candidate and k <= all_candidate and 0 <= bad - k <= all_stable:
            tail += Fraction(comb(bad, k) * comb(total - bad, all_candidate - k), comb(total, all_candidate))
    assert chance((bad_stable, all_stable), (bad_candidate, all_candidate)) == pytest.approx(float(tail))


BAD = [
    (tally(200, failed=2), tally(10, failed=4), Reason.ERRORS),
    (tally(200), tally(20, blocked=5), Reason.GUARDRAILS),
    (tally(200), tally(20, milliseconds=900.0), Reason.LATENCY),
]


@pytest.mark.parametrize(("stable", "candidate", "reason"), BAD, ids=lambda value: getattr(value, "value", ""))
def test_a_candidate_that_does_worse_is_told(stable: Tally, candidate: Tally, reason: Reason) -> None:
    assert failing(stable, candidate) is reason


GOOD = {
    "nothing seen": (Tally(), Tally()),
    "one failure of one": (tally(20), tally(1, failed=1)),
    "as bad as before": (tally(200, failed=40), tally(40, failed=9)),
    "significant, but too little to matter": (tally(100_000, failed=100), tally(20_000, failed=60)),
    "slower, but too few to tell": (tally(200), tally(19, milliseconds=5_000.0)),
    "slower by little in milliseconds": (tally(200, milliseconds=20), tally(50, milliseconds=100)),
    "slower by little as a share": (tally(200, milliseconds=4_000), tally(50, milliseconds=4_800)),
    "better": (tally(200, failed=50), tally(100)),
}


@pytest.mark.parametrize("what", GOOD)
def test_a_candidate_that_does_as_well_stays(what: str) -> None:
    assert failing(*GOOD[what]) is None


def test_limits_can_be_set() -> None:
    stable, candidate = tally(200), tally(10, milliseconds=900.0)
    assert failing(stable, candidate) is None
    assert failing(stable, candidate, Limits(least_runs=10)) is Reason.LATENCY


LONG_GOOD = Tallies(tally(10_000, failed=100), tally(10_000, failed=100))


@pytest.mark.parametrize(
    ("stable", "candidate", "reason"),
    [
        (tally(30), tally(8, failed=8), Reason.ERRORS),
        (tally(100), tally(40, blocked=15), Reason.GUARDRAILS),
        (tally(200), tally(200, milliseconds=3_000.0), Reason.LATENCY),
    ],
    ids=lambda value: getattr(value, "value", ""),
)
def test_one_that_was_good_for_long_and_goes_bad_is_told_by_what_was_seen_lately(
    stable: Tally, candidate: Tally, reason: Reason
) -> None:
    whole, lately = LONG_GOOD.plus(Tallies(stable, candidate)), Tallies(stable, candidate)
    assert failing(*whole) is None
    assert convicted(Seen(whole, lately)) == (reason, lately)


def test_beside_one_that_has_all_sessions_what_was_seen_of_the_other_before_is_compared_with() -> None:
    bad = tally(8, failed=8)
    whole = LONG_GOOD.plus(Tallies(Tally(), bad))
    assert convicted(Seen(whole, Tallies(Tally(), bad))) == (Reason.ERRORS, Tallies(whole.stable, bad))
    never = Tallies(Tally(), bad)
    assert convicted(Seen(never, never)) is None


def test_what_is_bad_from_the_beginning_is_told_by_all_that_was_seen() -> None:
    whole = Tallies(*BAD[0][:2])
    assert convicted(Seen(whole, whole)) == (Reason.ERRORS, whole)


def test_what_worsens_for_both_is_not_the_candidates_fault() -> None:
    lately = Tallies(tally(100, failed=60), tally(100, failed=65))
    assert convicted(Seen(LONG_GOOD.plus(lately), lately)) is None


def test_windows_follow_one_another() -> None:
    moment = datetime(2026, 3, 4, 12, 14, 59, tzinfo=UTC)
    assert window_of(moment + WINDOW) == window_of(moment) + 1
    assert window_of(datetime(2026, 3, 4, 12, 15, tzinfo=UTC)) == window_of(moment) + 1


def test_two_alike_are_hardly_ever_told_apart_by_a_window() -> None:
    """Three thousand windows, of which a canary of a month has as many: one in ten runs fails in either version."""
    told = 0
    for number in range(3_000):
        failed = [sum(sha256(f"{part} {number} {run}".encode()).digest()[0] < 26 for run in range(60)) for part in "sc"]
        told += failing(tally(60, failed[0]), tally(60, failed[1]), LATELY) is not None
    assert told == 0


def test_one_run_is_a_tally() -> None:
    made = one(failed=True, blocked=False, milliseconds=100)
    assert (made.runs, made.failed, made.blocked, sum(made.latencies.values())) == (1, 1, 0, 1)


def test_two_alike_are_seldom_told_apart() -> None:
    """Judged after every run of a hundred canaries whose versions fail alike: few are ended for nothing."""
    ended = 0
    for number in range(100):
        stable, candidate = tally(400, failed=20), Tally()
        for run in range(200):
            unlucky = sha256(f"{number} {run}".encode()).digest()[0] < 256 * 0.05
            candidate = candidate.plus(one(failed=unlucky, blocked=False, milliseconds=100))
            if failing(stable, candidate):
                ended += 1
                break
    assert ended <= 8


def test_the_exact_test_stays_quick_and_finite_for_many_runs() -> None:
    began = perf_counter()
    assert chance((5_000, 100_000), (400, 5_000)) < 1e-15
    assert chance((5_000, 100_000), (100, 5_000)) == pytest.approx(1.0)
    assert perf_counter() - began < 1.0


KEPT = {"canaryId": "can_1", "stable": "ver_1", "candidate": "ver_2", "weight": 500, "status": "on"}


def test_a_canary_is_on_as_its_record_says() -> None:
    assert going(KEPT) == Canary("ver_1", "ver_2", 500, "can_1")


@pytest.mark.parametrize(
    "change", [{"status": "ended"}, {"candidate": "ver_1"}, {"weight": -1}, {"weight": "x"}, {"canaryId": None}, None]
)
def test_what_has_ended_or_makes_no_sense_is_no_canary(change: dict[str, object] | None) -> None:
    kept = {**KEPT, **change} if change else None
    if change == {"canaryId": None}:
        kept = {name: value for name, value in KEPT.items() if name != "canaryId"}
    assert going(kept) is None


def test_an_ended_canary_takes_no_session_and_says_why() -> None:
    done = ended(KEPT, "svc:canary", "error_rate", "2026-01-01T00:00:00.000Z")
    assert going(done) is None
    assert (done["weight"], done["reason"], done["canaryId"]) == (0, "error_rate", "can_1")
