"""Runs at a time: counted where the money is, so that a crash between start and end leaks no place."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from governance import tiers
from governance.tiers import Tier
from lambdas.jobs.reaping import Reaper
from lambdas.jobs.recovering import Recovery
from platform_kit.clock import SystemClock
from platform_kit.errors import TooManyRuns
from run_lifecycle.outcome import Outcome, RunStatus
from run_lifecycle.workflows import RunWorkflows
from tests.functional.run_lifecycle.conftest import Stage
from tests.functional.run_platform import budget


class Later(SystemClock):
    """An hour from now."""

    def now(self) -> Any:
        return super().now() + timedelta(hours=1)


@pytest.fixture(autouse=True)
def three_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {**tiers.LIMITS, Tier.STANDARD: replace(tiers.LIMITS[Tier.STANDARD], concurrent_runs=3)}
    monkeypatch.setattr(tiers, "LIMITS", small)


def running(stage: Stage) -> int:
    return stage.store.budgets.status(1).running


def end(stage: Stage, run: dict[str, Any]) -> None:
    stage.parts.conductor.end(run, Outcome(RunStatus.SUCCEEDED, output="x"), stage.store)


def test_a_tenant_has_as_many_runs_at_a_time_as_its_tier_includes(stage: Stage) -> None:
    runs = [stage.start().run for _ in range(3)]
    with pytest.raises(TooManyRuns) as refused:
        stage.start()
    assert (refused.value.code, refused.value.retry_after) == ("TOO_MANY_RUNS", 5)
    end(stage, runs[0])
    assert running(stage) == 2
    stage.start()


def test_jobs_count_from_their_acceptance(stage: Stage) -> None:
    for _ in range(3):
        stage.start(job=True)
    with pytest.raises(TooManyRuns):
        stage.start()


def test_a_run_is_freed_once_however_often_it_is_ended(stage: Stage) -> None:
    run, other = stage.start().run, stage.start().run
    for _ in range(3):
        end(stage, run)
    assert running(stage) == 1
    end(stage, other)
    assert running(stage) == 0


@pytest.mark.parametrize("status", [s for s in RunStatus if s.value in {"failed", "cancelled", "timed_out", "halted"}])
def test_every_end_frees_the_place(stage: Stage, status: RunStatus) -> None:
    stage.parts.conductor.end(stage.start().run, Outcome(status), stage.store)
    assert running(stage) == 0


def test_a_crash_between_start_and_end_leaks_nothing(stage: Stage) -> None:
    """The process that led them is gone; these runs end when the reaper comes by."""
    for job in (False, True, False):
        stage.start(job=job)
    with pytest.raises(TooManyRuns):
        stage.start()
    late, never = Later(), Mock(side_effect=AssertionError("no workflow took these runs up"))
    reaper = Reaper(
        open_store=stage.parts.open_store,
        recovery=Recovery(stage.parts.open_store, replace(stage.parts.conductor, clock=late), late),
        tasks=never,
        workflows=RunWorkflows(never, "none"),
        tenants=lambda: stage.parts.catalogue.tenants,
        clock=late,
    )
    assert len(reaper.reap("acme")) == 3
    assert (running(stage), budget("acme")["reserved"]) == (0, 0)
    assert reaper.reap("acme") == []
    assert [stage.start() for _ in range(3)]
