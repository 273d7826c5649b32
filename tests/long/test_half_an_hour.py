"""A real job of over half an hour on the running platform, whose agent is killed twice on the way: `make long-job`.

Not part of `make test`. What it shows and scaled time cannot: run tokens, credentials and sessions that expire on the
way, and a workflow that waits for longer than any of them lives.
"""

import sys
import time

import httpx
import pytest

from tests.e2e.test_long_jobs import Machines, end_of, life, look, machines, start
from tests.local_stack import eventually

__all__ = ["machines"]
pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(3000)]
STEPS, STEP_MS = 62, 30_000
HALF_AN_HOUR = 1800


def test_a_job_of_half_an_hour_survives_two_deaths_and_leaves_everything_once(
    acme: httpx.Client, machines: Machines
) -> None:
    began, job = time.monotonic(), start(acme, steps=STEPS, stepMs=STEP_MS)
    for percent in (25, 60):
        _say(f"{job['runId']}: its agent is killed at {percent} %")
        eventually(lambda: _percent(acme, job) >= percent, seconds=HALF_AN_HOUR, every=5)  # noqa: B023 - asked at once
        assert machines.kill(acme, job)
    _say("killed twice: it goes on to its end")
    found = end_of(acme, job, seconds=HALF_AN_HOUR)
    assert found["status"] == "succeeded", found
    assert time.monotonic() - began > HALF_AN_HOUR
    names = [one["name"] for one in found["result"]["output"]]
    assert names == [f"{job['runId']}-{step:05d}.txt" for step in range(1, STEPS + 1)]
    assert life(acme, job).count("resumed") == 2


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _percent(client: httpx.Client, job: dict[str, str]) -> float:
    return float((look(client, job).get("progress") or {}).get("percent", 0))
