from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from ambit_agent import AgentApp, Gateway, Invocation, Job, delta, output
from starlette.testclient import TestClient

from tests.unit.agents.gateway_server import FakeGateway

if TYPE_CHECKING:
    from collections.abc import Iterator

# bedrock-agentcore's log formatter uses datetime.utcnow; starlette's client warns of httpx's successor.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def server() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    gateway.close()


def test_a_function_answers(server: FakeGateway) -> None:
    app = AgentApp()

    @app.entrypoint
    def answer(invocation: Invocation) -> str:
        return invocation.input.upper()

    assert TestClient(app).post("/invocations", json=server.payload("hi")).json() == "HI"


def test_a_handler_with_two_parameters_gets_the_gateway(server: FakeGateway) -> None:
    app = AgentApp()

    @app.entrypoint
    def answer(_invocation: Invocation, gateway: Gateway) -> str:
        return gateway.heartbeat().status

    assert TestClient(app).post("/invocations", json=server.payload()).json() == "running"


def test_a_generator_function_streams(server: FakeGateway) -> None:
    app = AgentApp()

    @app.entrypoint
    def answer(invocation: Invocation) -> Iterator[Any]:
        yield delta("a ")
        yield output(invocation.input)

    lines = TestClient(app).post("/invocations", json=server.payload("hi")).text.strip().split("\n\n")
    assert [json.loads(line.removeprefix("data: ")) for line in lines] == [
        {"type": "delta", "text": "a "},
        {"type": "output", "output": "hi"},
    ]


def test_a_payload_that_is_not_the_platforms_fails_the_call_of_a_stream_too() -> None:
    app = AgentApp()

    @app.entrypoint
    def answer(_invocation: Invocation) -> Iterator[Any]:
        yield "never"

    assert TestClient(app).post("/invocations", json={"input": "x"}).status_code == 500


def test_a_job_is_accepted_at_once_and_busy_until_it_is_done(server: FakeGateway) -> None:
    app = AgentApp()

    @app.job
    def work(job: Job) -> str:
        job.wait(0.3)
        return job.invocation.input

    client = TestClient(app)
    assert client.post("/invocations", json=server.payload("hi")).json() == {"accepted": True}
    assert client.get("/ping").json()["status"] == "HealthyBusy"
    deadline = time.monotonic() + 5
    while client.get("/ping").json()["status"] != "Healthy":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert server.bodies("/complete") == [{"status": "succeeded", "output": "hi"}]
