from typing import Any

import pytest

from governance.canary import Tally
from run_lifecycle.canarying import figures, seen_in

RUN: dict[str, Any] = {"status": "succeeded", "startedAt": "2026-01-01T00:00:00.000Z", "durationMs": 100}


def test_a_run_that_ended_well_counts_with_its_time() -> None:
    seen = seen_in(RUN)
    assert seen is not None
    assert (seen.runs, seen.failed, seen.blocked) == (1, 0, 0)
    assert seen.percentile(0.95) == pytest.approx(100, rel=0.2)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled", "error": {"code": "CANCELLED"}},
        {"status": "halted", "error": {"code": "KILL_SWITCH"}},
        {"status": "failed", "error": {"code": "RUNTIME_UNAVAILABLE"}, "startedAt": None},
    ],
)
def test_what_says_nothing_of_the_version_counts_neither_way(change: dict[str, Any]) -> None:
    assert seen_in({**RUN, **change}) is None


@pytest.mark.parametrize("code", ["AGENT_FAILED", "BUDGET_EXHAUSTED", "CANCELLED", "KILL_SWITCH", ""])
def test_a_version_cannot_talk_its_way_out_of_a_failure(code: str) -> None:
    seen = seen_in({**RUN, "status": "failed", "error": {"code": code}})
    assert seen is not None
    assert seen.failed == 1


def test_figures_are_whole_numbers() -> None:
    assert figures(Tally()) == {"runs": 0, "failed": 0, "blocked": 0, "p95Ms": 0}
