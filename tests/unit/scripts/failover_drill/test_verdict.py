from typing import Any

import pytest

from scripts.failover_drill.traffic import Call, problem_of
from scripts.failover_drill.verdict import Fate, Report, ends_in, percentile


def call(mode: str = "sync", *, run_id: str = "run_1", phase: str = "home", seconds: float = 0.1, **more: Any) -> Call:
    told: dict[str, Any] = {"key": "k", "body": {}, "status": 200, "code": "", **more}
    return Call(mode, told["key"], told["body"], phase, told["status"], run_id, told["code"], seconds)


def report(*fates: Fate, **more: Any) -> Report:
    told: dict[str, Any] = {"refused": "RESIDENCY_EXCLUDES_REGION", "late_holder": "refused", **more}
    calls = [fate.call for fate in fates]
    return Report([*calls, *more.get("others", ())], fates, 31.0, 22.0, told["refused"], told["late_holder"])


GOOD = Fate(call(), "succeeded", 1, 1)


@pytest.mark.parametrize(
    ("fate", "lost", "doubled"),
    [
        (GOOD, False, False),
        (Fate(call(), "failed", 1, 1), False, False),
        (Fate(call(), "", 0, 0), True, False),
        (Fate(call(), "running", 0, 1), True, False),
        (Fate(call(), "succeeded", 0, 1), True, False),
        (Fate(call("async"), "failed", 1, 1), True, False),
        (Fate(call("async"), "succeeded", 1, 1), False, False),
        (Fate(call(), "succeeded", 2, 1), False, True),
        (Fate(call(), "succeeded", 1, 2), False, True),
    ],
    ids=repr,
)
def test_a_run_is_lost_without_one_end_and_doubled_with_two(fate: Fate, *, lost: bool, doubled: bool) -> None:
    assert (fate.lost, fate.doubled) == (lost, doubled)
    assert report(fate).passed is not (lost or doubled)


@pytest.mark.parametrize("more", [{"refused": "200"}, {"late_holder": "let through"}], ids=repr)
def test_a_drill_in_which_a_tenant_is_moved_or_a_late_holder_writes_has_failed(more: dict[str, str]) -> None:
    assert not report(GOOD, **more).passed


def test_a_drill_in_which_nothing_was_acknowledged_shows_nothing() -> None:
    assert not report().passed


def test_the_report_says_how_it_went() -> None:
    unanswered = call(run_id="", status=503, code="DEPENDENCY_UNAVAILABLE", phase="outage")
    lines = "\n".join(report(GOOD, Fate(call("async"), "succeeded", 1, 1), others=[unanswered]).lines())

    assert "acknowledged     2 (1 async, 1 sync)" in lines
    assert "not acknowledged 1 (1 DEPENDENCY_UNAVAILABLE)" in lines
    assert "to standby       31.0 s" in lines
    assert "sync, home       p50 100 ms, p95 100 ms, 1 of 1 succeeded" in lines
    assert "verdict          passed" in lines


def test_ends_are_counted_in_a_runs_log() -> None:
    events = [{"stream": "lifecycle", "event": name} for name in ("started", "resumed", "succeeded")]

    assert ends_in([*events, {"stream": "assistant", "event": "failed"}]) == 1


def test_percentiles_are_by_nearest_rank() -> None:
    times = [float(number) for number in range(1, 101)]

    assert (percentile(times, 50), percentile(times, 95), percentile([1.0], 95)) == (50.0, 95.0, 1.0)


def test_what_is_no_problem_document_has_no_code() -> None:
    assert (problem_of('{"code": "X"}'), problem_of("oops")) == ("X", "")
