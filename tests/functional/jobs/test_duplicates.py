"""Each step of a run is delivered a hundred times, by four deliverers at once, and in any order: it has one effect."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.functional.fake_runtime import FakeRuntime
from tests.functional.jobs.test_steps import complete, log, record, store
from tests.functional.run_platform import budget

COPIES = 100


def deliver(step: Any, name: str, *given: Any, **fields: Any) -> None:
    """A hundred copies; what a step raises may be raised, since its workflow would try again."""

    def one(_: int) -> None:
        step(name, *given, **fields)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(COPIES)))


@pytest.mark.chaos("duplicates")
def test_a_hundred_starts_start_one_agent(queued: Any, step: Any, runtime: FakeRuntime) -> None:
    run = queued(act="accept")
    step("start", run)
    deliver(step, "start", run)
    assert (len(runtime.calls), log(run)) == (1, ["queued", "started"])


@pytest.mark.chaos("duplicates")
def test_a_hundred_settlements_end_a_run_once_and_settle_its_money_once(queued: Any, step: Any) -> None:
    run = queued(act="accept")
    step("start", run)
    complete(run, pendingOutput="done")
    deliver(step, "settle", run)
    assert len([event for event in log(run) if event in {"succeeded", "failed"}]) == 1
    assert budget("acme")["reserved"] == 0


@pytest.mark.chaos("duplicates")
def test_a_hundred_failures_end_a_run_once(queued: Any, step: Any) -> None:
    run = queued(act="accept")
    step("start", run)
    deliver(step, "fail", run, error={"Error": "States.Timeout"})
    assert log(run).count("timed_out") == 1
    assert budget("acme")["reserved"] == 0


@pytest.mark.chaos("duplicates")
def test_a_hundred_reapers_end_a_lost_run_once(queued: Any, step: Any) -> None:
    run = queued(act="accept")
    store(run).runs.amend(run["runId"], {"leaseUntil": 1})
    deliver(step, "reap")
    assert record(run)["status"] == "failed"
    assert log(run).count("failed") == 1
    assert budget("acme")["reserved"] == 0


@pytest.mark.chaos("duplicates")
@pytest.mark.parametrize("seed", range(5))
def test_steps_out_of_order_come_to_one_end(seed: int, queued: Any, step: Any) -> None:
    run = queued(act="accept")
    names = ["start", "settle", "fail", "reap"] * 5
    random.Random(seed).shuffle(names)  # noqa: S311 - an order that can be had again
    for name in names:
        more: dict[str, Any] = {"error": {"Error": "States.Timeout"}} if name == "fail" else {}
        step(name, *(() if name == "reap" else (run,)), **more)
    step("fail", run, error={"Error": "States.Timeout"})
    ends = [event for event in log(run) if event in {"succeeded", "failed", "timed_out", "cancelled", "halted"}]
    assert len(ends) == 1
    assert record(run)["status"] == ends[0]
    assert budget("acme")["reserved"] == 0
