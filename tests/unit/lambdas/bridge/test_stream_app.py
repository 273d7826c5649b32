import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from lambdas.bridge.stream_app import create_app
from platform_kit.asgi import CONTEXT_HEADER
from platform_kit.errors import NotFound
from run_lifecycle.conduct import Audience
from run_lifecycle.start import StartedRun
from tests.local_stack import sse

STREAM = "/v1/agents/echo/stream"
DEVELOPER = {"tenantId": "acme", "principalId": "usr:1", "roles": "Tenant.Developer", "credential": "jwt"}


def envelope(seq: int, event: str, stream: str = "lifecycle") -> dict[str, Any]:
    return {"seq": seq, "stream": stream, "event": event, "payload": {"type": event}}


class Service:
    """The bridge's service with one run in memory."""

    def __init__(self) -> None:
        self.timeouts = SimpleNamespace(invoke=1, stream=2)
        self.log = [envelope(1, "started")]
        self.fails = False
        self.asked: list[Any] = []

    def begin_stream(self, ask: Any) -> Any:
        from lambdas.bridge.service import LiveRun

        self.asked.append(ask)
        if ask.agent == "absent":
            raise NotFound("There is no such agent.")
        if ask.agent == "replayed":
            return "run_1"
        store: Any = None
        return LiveRun(StartedRun({"runId": "run_1"}, self.log[:1]), store, ask.trace)

    def lead_stream(self, _live: Any, audience: Audience) -> None:
        if self.fails:
            raise RuntimeError("table ambit-prod-runs")
        self.log += [envelope(2, "delta", "assistant"), envelope(3, "succeeded")]
        audience.show(self.log[1:])

    def events(self, _who: Any, _run_id: str, *, after: int, limit: int) -> Any:
        return self.log[after : after + limit], "succeeded" if len(self.log) > 1 else "running"

    def next_events(self, _who: Any, _run_id: str, *, after: int) -> Any:
        if len(self.log) == 1:
            self.log += [envelope(2, "delta", "assistant"), envelope(3, "cancelled")]
        return self.log[after:]

    def run(self, _who: Any, _run_id: str) -> dict[str, Any]:
        return {"status": "running", "lastSeq": len(self.log)}


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    fake: Any = service
    context = json.dumps({"requestId": "req-1", "authorizer": DEVELOPER})
    with TestClient(create_app(lambda: fake), headers={CONTEXT_HEADER: context}) as made:
        yield made


def test_every_admitted_caller_is_told_to_whoever_counts(service: Service) -> None:
    fake: Any = service
    seen: list[Any] = []
    for authorizer, admitted in ((DEVELOPER, 1), ({}, 1)):
        context = json.dumps({"requestId": "req-1", "authorizer": authorizer})
        with TestClient(create_app(lambda: fake, seen.append), headers={CONTEXT_HEADER: context}) as client:
            client.get("/v1/runs/run_1/events", headers={"accept": "application/json"})
        assert [who.principal_id for who in seen] == [DEVELOPER["principalId"]] * admitted


def events(answer: Any) -> list[str]:
    return [event["event"] for event in sse(iter(answer.text.split("\n")))]


def test_a_run_is_led_and_its_events_are_streamed(client: TestClient) -> None:
    answer = client.post(STREAM, json={"input": "hi"})
    assert events(answer) == ["started", "delta", "succeeded"]
    assert answer.headers["x-request-id"] == "req-1"
    assert answer.headers["traceparent"].startswith("00-")
    assert "idempotency-replayed" not in answer.headers


def test_the_callers_trace_and_key_reach_the_service(client: TestClient, service: Service) -> None:
    headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "idempotency-key": "k"}
    client.post(STREAM, json={"input": "hi"}, headers=headers)
    [asked] = service.asked
    assert (asked.trace.trace_id, asked.idempotency_key) == ("a" * 32, "k")


def test_a_repetition_is_the_recorded_events_and_is_followed_to_the_end(client: TestClient) -> None:
    answer = client.post("/v1/agents/replayed/stream", json={"input": "hi"})
    assert events(answer) == ["started", "delta", "cancelled"]
    assert answer.headers["idempotency-replayed"] == "true"


def test_a_failure_before_the_stream_is_a_problem_document(client: TestClient) -> None:
    answer = client.post("/v1/agents/absent/stream", json={"input": "hi"})
    assert (answer.status_code, answer.json()["code"], answer.json()["requestId"]) == (404, "NOT_FOUND", "req-1")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_failure_inside_the_stream_ends_it_and_tells_nothing(client: TestClient, service: Service) -> None:
    service.fails = True
    answer = client.post(STREAM, json={"input": "hi"})
    assert events(answer) == ["started"]
    assert "ambit-prod" not in answer.text


def test_an_unforeseen_failure_is_a_500_without_its_text(service: Service) -> None:
    def broken() -> Any:
        raise RuntimeError("table ambit-prod-runs")

    with TestClient(create_app(broken), headers={CONTEXT_HEADER: json.dumps({"authorizer": DEVELOPER})}) as client:
        answer = client.post(STREAM, json={"input": "hi"})
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "ambit-prod" not in answer.text


@pytest.mark.parametrize(
    ("context", "status"),
    [({}, 401), ({"authorizer": {}}, 401), ({"authorizer": {**DEVELOPER, "roles": "Tenant.Viewer"}}, 403), (7, 400)],
)
def test_who_is_not_admitted_runs_nothing(context: Any, status: int, client: TestClient, service: Service) -> None:
    answer = client.post(STREAM, json={"input": "hi"}, headers={CONTEXT_HEADER: json.dumps(context)})
    assert answer.status_code == status
    assert service.asked == []


def test_a_run_token_opens_no_stream(client: TestClient) -> None:
    run = {"credential": "run", "runId": "r", "agent": "a", "versionId": "v", "sessionId": "s", "mode": "sync"}
    context = {"authorizer": {**DEVELOPER, **run}}
    answer = client.post(STREAM, json={"input": "hi"}, headers={CONTEXT_HEADER: json.dumps(context)})
    assert answer.status_code == 403


def test_events_come_as_json_when_that_is_asked_for(client: TestClient, service: Service) -> None:
    service.log += [envelope(2, "delta", "assistant"), envelope(3, "succeeded")]
    answer = client.get("/v1/runs/run_1/events?after=1&limit=1", headers={"accept": "application/json"})
    assert answer.json() == {"items": service.log[1:2], "status": "succeeded", "nextAfter": 2}


def test_being_alive_needs_no_identity(service: Service) -> None:
    fake: Any = service
    with TestClient(create_app(lambda: fake)) as client:
        assert client.get("/healthz").status_code == 204
        assert client.delete(STREAM).status_code == 404
