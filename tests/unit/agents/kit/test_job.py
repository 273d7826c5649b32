from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from ambit_agent import Gateway, Invocation, Job

from tests.unit.agents.gateway_server import FakeGateway

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    gateway.close()


@pytest.fixture
def job(server: FakeGateway) -> Iterator[Job]:
    invocation = Invocation.parse(server.payload())
    with Gateway(invocation, sleep=lambda _: None) as way:
        yield Job(invocation, way, heartbeat_seconds=0.05)


def wait_for(server: FakeGateway, path: str, count: int = 1) -> None:
    deadline = time.monotonic() + 5
    while server.paths().count(path) < count:
        assert time.monotonic() < deadline, f"{path} was not called {count} times"
        time.sleep(0.01)


def test_the_works_result_is_the_runs_output(server: FakeGateway, job: Job) -> None:
    job.run(lambda _: {"answer": 42})
    assert server.bodies("/complete") == [{"status": "succeeded", "output": {"answer": 42}}]


def test_an_exception_fails_the_run_with_its_name(server: FakeGateway, job: Job) -> None:
    def work(_: Job) -> None:
        raise ValueError("bad step")

    job.run(work)
    error = {"code": "AGENT_ERROR", "message": "ValueError: bad step"}
    assert server.bodies("/complete") == [{"status": "failed", "error": error}]


def test_it_beats_while_the_work_is_silent(server: FakeGateway, job: Job) -> None:
    job.run(lambda _: wait_for(server, "/heartbeat", 3))
    assert "/complete" in server.paths()


def test_progress_is_sent_at_once(server: FakeGateway, job: Job) -> None:
    def work(running: Job) -> None:
        wait_for(server, "/heartbeat")
        running.progress(40, "reading")
        wait_for(server, "/heartbeat", 2)

    job.run(work)
    assert {"progress": {"percent": 40, "message": "reading"}} in server.bodies("/heartbeat")


def test_a_cancelled_run_stops_its_work_and_completes_nothing(server: FakeGateway, job: Job) -> None:
    server.cancelled = True
    started = time.monotonic()
    job.run(lambda running: running.wait(30))
    assert time.monotonic() - started < 5
    assert "/complete" not in server.paths()


def test_a_run_that_ended_elsewhere_stops_its_work(server: FakeGateway, job: Job) -> None:
    server.status = "timed_out"
    job.run(lambda running: running.wait(30))
    assert job.cancelled


def test_a_gateway_that_fails_a_beat_does_not_stop_the_work(server: FakeGateway, job: Job) -> None:
    server.refusals = [(500, {})] * 4
    job.run(lambda _: wait_for(server, "/heartbeat", 6))
    assert server.bodies("/complete") == [{"status": "succeeded", "output": None}]


def test_no_thread_is_left_behind(job: Job) -> None:
    job.run(lambda _: None)
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}
