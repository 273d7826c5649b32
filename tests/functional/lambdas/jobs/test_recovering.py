"""Asynchronous runs that are broken off: they go on from their checkpoint or end cleanly, with every effect once."""

import json
from typing import Any

import pytest
from ambit_agent import Job, Retry, RunEndedError

from tests.functional.killing import Fault
from tests.functional.long_runs import Plant, ProcessGone, plant_on_moto, stepwise, write_once
from tests.functional.run_platform import budget, stored_run

BLOCK = 4
WRITES_OF_A_RUN = 20


def test_a_run_that_nothing_disturbs_has_one_attempt(plant: Plant) -> None:
    run = plant.queue()
    assert plant.lead(run) == "succeeded"
    assert plant.life(run) == ["queued", "started", "succeeded"]
    assert plant.files(run) == ["part-0.txt", "part-1.txt", "part-2.txt"]
    assert len(plant.runtime.calls) == 1


def test_an_agent_that_dies_goes_on_from_its_checkpoint(plant: Plant) -> None:
    def dies_once(job: Job) -> list[str]:
        if job.invocation.attempt == 1:
            job.checkpoint([write_once(job, "part-0.txt")])
            raise ProcessGone
        assert job.state == ["part-0.txt"]
        return stepwise(job)

    plant.work = dies_once
    run = plant.queue()
    assert plant.lead(run) == "succeeded"
    assert plant.life(run) == ["queued", "started", "retrying", "resumed", "succeeded"]
    assert plant.files(run) == ["part-0.txt", "part-1.txt", "part-2.txt"]
    assert plant.runtime.stopped == [f"acme-{run['sessionId']}"]


def test_what_was_done_after_the_last_checkpoint_is_not_done_again(plant: Plant) -> None:
    def dies_before_its_checkpoint(job: Job) -> str:
        name = write_once(job, "only.txt")
        if job.invocation.attempt == 1:
            raise ProcessGone
        resumed = job.invocation.resumed
        assert resumed is not None
        assert [(call.tool, call.status) for call in resumed.calls] == [("files.write", "succeeded")]
        return name

    plant.work = dies_before_its_checkpoint
    run = plant.queue()
    assert plant.lead(run) == "succeeded"
    assert plant.files(run) == ["only.txt"]


def test_after_a_checkpoint_of_its_own_an_attempt_may_make_the_call_again(plant: Plant) -> None:
    def means_it(job: Job) -> str:
        if job.invocation.attempt == 1:
            write_once(job, "twice.txt")
            raise ProcessGone
        job.checkpoint("I know")
        return write_once(job, "twice.txt")

    plant.work = means_it
    run = plant.queue()
    assert plant.lead(run) == "succeeded"
    assert plant.files(run) == ["twice.txt", "twice.txt"]


def test_an_agent_that_is_not_made_for_it_is_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(_: Job) -> None:
        raise ProcessGone

    with plant_on_moto(monkeypatch, dies, maxAttempts=1) as plant:
        run = plant.queue()
        assert plant.lead(run) == "timed_out"
        assert json.loads(stored_run("acme", run["runId"])["error"])["code"] == "AGENT_SILENT"
        assert len(plant.runtime.calls) == 1


def test_attempts_are_bounded(plant: Plant) -> None:
    def dies(_: Job) -> None:
        raise ProcessGone

    plant.work = dies
    run = plant.queue()
    assert plant.lead(run) == "timed_out"
    assert len(plant.runtime.calls) == 4
    assert plant.machines[0].waits == [2, 4, 8]
    assert budget("acme")["reserved"] == 0


@pytest.mark.parametrize(("failure", "attempts", "status"), [(Retry, 2, "succeeded"), (ValueError, 1, "failed")])
def test_what_an_agent_says_of_its_failure_decides_whether_it_is_begun_again(
    failure: type[Exception], attempts: int, status: str, plant: Plant
) -> None:
    def fails_once(job: Job) -> str:
        if job.invocation.attempt == 1:
            raise failure("no luck")
        return "done"

    plant.work = fails_once
    assert plant.lead(plant.queue()) == status
    assert len(plant.runtime.calls) == attempts


@pytest.mark.chaos("paused-holders")
def test_an_older_attempt_that_lives_on_can_do_nothing_any_more(plant: Plant) -> None:
    old: list[Job] = []

    def slow(job: Job) -> str:
        if job.invocation.attempt == 1:
            old.append(job)
            raise ProcessGone  # silent, but not dead
        for act in (
            lambda: old[0].gateway.tools.call("files.write", name="late.txt", contentType="text/plain", text="x"),
            lambda: old[0].gateway.checkpoint("late"),
            lambda: old[0].gateway.complete("late"),
            old[0].gateway.heartbeat,
            lambda: old[0].gateway.events([{"stream": "assistant", "event": "late", "payload": {}}]),
            lambda: old[0].gateway._refresh(force=True),
        ):
            with pytest.raises(RunEndedError):
                act()
        return "mine"

    plant.work = slow
    run = plant.queue()
    assert plant.lead(run) == "succeeded"
    assert plant.files(run) == []
    assert json.loads(stored_run("acme", run["runId"])["output"]) == "mine"


@pytest.mark.chaos("kills")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("when", ["after", "before"])
@pytest.mark.parametrize("first", range(1, 1 + 6 * BLOCK, BLOCK))
def test_killed_at_any_write_a_run_goes_on_or_ends_cleanly(
    first: int, when: str, plant: Plant, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    """Every persisted step of jobs and gateway, one after the other; each time a whole run."""
    for number in range(first, first + BLOCK):
        run = plant.queue()
        fault = Fault(number, after=when == "after")
        with fault.lurking(monkeypatch):
            status = plant.lead(run)
        assert fault.struck == (number <= WRITES_OF_A_RUN), f"a run has {fault.seen} writes"
        _check_clean(plant, run, status, f"write {number}")
    record_property("cases", len(range(first, min(first + BLOCK, WRITES_OF_A_RUN + 1))))


def _check_clean(plant: Plant, run: dict[str, Any], status: str, where: str) -> None:
    files = plant.files(run)
    assert len(files) == len(set(files)), f"{where}: an effect happened twice: {files}"
    life = plant.life(run)
    assert [name for name in life if name == status] == [status] == life[-1:], f"{where}: {life}"
    if run["runId"] in plant.acknowledged:
        assert status == "succeeded", f"{where}: what the agent was told is kept was lost"
    if status == "succeeded":
        assert files == ["part-0.txt", "part-1.txt", "part-2.txt"], where
    else:
        assert json.loads(stored_run("acme", run["runId"])["error"])["code"], where
    assert budget("acme")["reserved"] == 0, where
