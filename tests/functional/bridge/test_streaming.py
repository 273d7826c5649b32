"""The function `stream` under uvicorn, on moto, with agents behind a real socket: order, timing, replay, ends."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from lambdas.bridge import event_stream
from lambdas.bridge.handler import build
from lambdas.bridge.stream_app import create_app
from platform_kit.asgi import CONTEXT_HEADER
from tests.functional.fake_runtime import Exchange, FakeRuntime
from tests.functional.moto_platform import person
from tests.functional.run_platform import budget, stored_run
from tests.local_stack import eventually, sse

STREAM = "/v1/agents/echo-stream/stream"


def context(who: dict[str, str]) -> dict[str, str]:
    return {CONTEXT_HEADER: json.dumps({"requestId": "req-7", "authorizer": who})}


@pytest.fixture
def client(runtime: FakeRuntime) -> Iterator[httpx.Client]:
    """Someone in acme, past the edge: the request context is what API Gateway puts there."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(build), log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=url, headers=context(person("acme")), timeout=20) as made:
        yield made
    runtime.release.set()
    server.should_exit = True
    thread.join(5)
    for leading in threading.enumerate():
        if leading.name == "stream-run":  # a run whose client has gone is still being ended: not in the next test
            leading.join(5)


def stream(client: httpx.Client, body: dict[str, Any], path: str = STREAM, **headers: str) -> list[dict[str, Any]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("POST", path, json=body, headers=named) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(sse(answer.iter_lines()))


def script(*lines: Any, then: str = "end") -> dict[str, Any]:
    return {"input": "x", "context": {"act": "script", "lines": list(lines), "then": then}}


def words(text: str, delay_ms: int = 0) -> dict[str, Any]:
    return {"input": text, "context": {"act": "words", "delayMs": delay_ms}}


def test_events_are_ordered_and_framed_by_the_life_of_the_run(client: httpx.Client) -> None:
    events = stream(client, words("one two three"))
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["stream"], events[0]["event"]) == ("lifecycle", "started")
    last = events[-1]
    assert (last["stream"], last["event"], last["payload"]["type"]) == ("lifecycle", "succeeded", "succeeded")
    text = "".join(event["payload"]["text"] for event in events if event["event"] == "delta")
    assert text == last["payload"]["output"] == "one two three "
    assert last["payload"]["cost"]["currency"] == "USD"


def test_the_first_token_arrives_before_the_second_is_produced(client: httpx.Client, runtime: FakeRuntime) -> None:
    released: list[bool] = []

    def held(exchange: Exchange, _payload: dict[str, Any]) -> None:
        exchange.begin()
        exchange.say("one ")
        released.append(runtime.release.wait(20))
        exchange.say("two ")
        exchange.end()

    runtime.acts["held"] = held
    said: list[str] = []
    with client.stream("POST", STREAM, json={"input": "x", "context": {"act": "held"}}) as answer:
        for event in sse(answer.iter_lines()):
            if event["event"] == "delta":
                said.append(event["payload"]["text"])
                runtime.release.set()
    assert (said, released) == (["one ", "two "], [True])


def test_a_burst_costs_few_writes_and_loses_nothing(client: httpx.Client) -> None:
    deltas = [f"{number} " for number in range(400)]
    events = stream(client, script(*deltas))
    text = "".join(event["payload"]["text"] for event in events if event["event"] == "delta")
    assert text == "".join(deltas)
    assert len(events) < 100


def test_findings_pass_through_and_the_named_output_wins(client: httpx.Client) -> None:
    events = stream(client, script("a ", {"type": "finding", "rows": 3}, {"type": "output", "output": {"n": 1}}))
    assert [event["event"] for event in events] == ["started", "delta", "finding", "output", "succeeded"]
    assert events[2]["payload"] == {"type": "finding", "rows": 3}
    assert events[-1]["payload"]["output"] == {"n": 1}


def test_a_sync_agent_streams_one_answer(client: httpx.Client) -> None:
    events = stream(client, {"input": "hi"}, "/v1/agents/echo-agent/stream")
    assert [(event["stream"], event["event"]) for event in events] == [
        ("lifecycle", "started"),
        ("assistant", "output"),
        ("lifecycle", "succeeded"),
    ]


def test_an_async_agent_does_not_stream(client: httpx.Client) -> None:
    answer = client.post("/v1/agents/echo-async/stream", json={"input": "hi"})
    assert (answer.status_code, answer.json()["code"]) == (409, "MODE_MISMATCH")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "req-7"


def test_a_replay_is_exactly_what_the_live_client_saw(client: httpx.Client) -> None:
    live = stream(client, words("a b c d"))
    path = f"/v1/runs/{live[0]['runId']}/events"
    with client.stream("GET", path) as answer:
        assert list(sse(answer.iter_lines())) == live
    page = client.get(path, headers={"accept": "application/json"}).json()
    assert (page["items"], page["status"]) == (live, "succeeded")


def test_a_replay_resumes_after_the_last_event_seen(client: httpx.Client) -> None:
    live = stream(client, script("a", {"type": "note"}, "b", {"type": "note"}))
    path = f"/v1/runs/{live[0]['runId']}/events"
    with client.stream("GET", path, headers={"last-event-id": "2"}) as answer:
        assert list(sse(answer.iter_lines())) == live[2:]
    page = client.get(path, params={"after": 2, "limit": 2}, headers={"accept": "application/json"}).json()
    assert (page["items"], page["nextAfter"]) == (live[2:4], 4)


def test_a_replay_from_the_end_ends_at_once(client: httpx.Client) -> None:
    live = stream(client, words("a"))
    with client.stream("GET", f"/v1/runs/{live[0]['runId']}/events?after={len(live)}") as answer:
        assert list(sse(answer.iter_lines())) == []


def test_a_second_client_follows_a_run_while_it_runs(client: httpx.Client) -> None:
    with client.stream("POST", STREAM, json=words("a b c", 300)) as answer:
        events = sse(answer.iter_lines())
        first = next(events)
        with client.stream("GET", f"/v1/runs/{first['runId']}/events") as other:
            followed = list(sse(other.iter_lines()))
        live = [first, *events]
    assert followed == live


def test_heartbeats_keep_a_quiet_stream_open(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.bridge.stream_app.HEARTBEAT_SECONDS", 0.2)
    assert event_stream.HEARTBEAT_SECONDS > 1
    with client.stream("POST", STREAM, json=words("a b", 900)) as answer:
        lines = list(answer.iter_lines())
    assert lines.count(": heartbeat") >= 2


def test_a_client_that_leaves_cancels_the_run_and_stops_the_agent(client: httpx.Client, runtime: FakeRuntime) -> None:
    with client.stream("POST", STREAM, json=words("a b c d e f", 400)) as answer:
        events = sse(answer.iter_lines())
        run_id = next(events)["runId"]
        next(events)
    eventually(lambda: stored_run("acme", run_id)["status"] == "cancelled", seconds=5)
    eventually(lambda: bool(runtime.stopped), seconds=5)
    assert budget("acme")["reserved"] == 0
    log = client.get(f"/v1/runs/{run_id}/events", headers={"accept": "application/json"}).json()["items"]
    assert log[-1]["event"] == "cancelled"


def test_an_explicit_cancellation_ends_the_stream_promptly(
    client: httpx.Client, call: Any, runtime: FakeRuntime
) -> None:
    with client.stream("POST", STREAM, json=script("a ", then="hang")) as answer:
        events = sse(answer.iter_lines())
        run_id = next(events)["runId"]
        next(events)
        cancelled = time.monotonic()
        assert call("POST /v1/runs/{id}/cancel", path={"id": run_id}).status == 200
        last = list(events)[-1]
    assert last["event"] == "cancelled"
    assert time.monotonic() - cancelled < 2.5
    assert runtime.stopped


def test_a_run_that_takes_too_long_is_timed_out(client: httpx.Client, runtime: FakeRuntime, impatient: None) -> None:
    events = stream(client, script("a", then="hang"))
    assert events[-1]["event"] == "timed_out"
    assert events[-1]["payload"]["error"]["code"] == "AGENT_TIMEOUT"
    assert runtime.stopped
    assert budget("acme")["reserved"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"input": "x", "context": {"act": "crash"}}, "AGENT_FAILED"),
        (script("one ", then="die"), "AGENT_FAILED"),
        (script({"type": "output", "output": 1}, then="die"), "AGENT_FAILED"),
        (script("one ", {"error": "boom", "error_type": "ValueError"}), "AGENT_FAILED"),
        ({"input": "x", "context": {"act": "malformed"}}, "AGENT_FAILED"),
        ({"input": "x", "context": {"act": "oversize"}}, "AGENT_OUTPUT_TOO_LARGE"),
        ({"input": "x", "context": {"act": "busy"}}, "RUNTIME_UNAVAILABLE"),
    ],
    ids=["before", "during", "after", "reported", "malformed", "oversize", "refused"],
)
def test_an_agent_that_goes_wrong_ends_the_stream_with_failed(
    body: dict[str, Any], code: str, client: httpx.Client
) -> None:
    events = stream(client, body)
    assert (events[-1]["event"], events[-1]["payload"]["error"]["code"]) == ("failed", code)
    assert sum(event["stream"] == "lifecycle" for event in events) == 2
    assert budget("acme")["reserved"] == 0


def test_a_replayed_stream_is_the_recorded_events(client: httpx.Client, runtime: FakeRuntime) -> None:
    first = stream(client, words("x y"), idempotency_key="k-1")
    with client.stream("POST", STREAM, json=words("x y"), headers={"idempotency-key": "k-1"}) as answer:
        assert list(sse(answer.iter_lines())) == first
        assert answer.headers["idempotency-replayed"] == "true"
    assert len(runtime.calls) == 1


def test_a_key_of_a_running_stream_is_in_progress(client: httpx.Client) -> None:
    with client.stream("POST", STREAM, json=words("x y", 500), headers={"idempotency-key": "k-2"}) as answer:
        events = sse(answer.iter_lines())  # held: an iterator that nobody holds any more hangs up, which ends the run
        next(events)
        again = client.post(STREAM, json=words("x y", 500), headers={"idempotency-key": "k-2"})
        assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_IN_PROGRESS")


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"input": ""}', {}, 400),
        (b'{"input": "x"}', {"content-type": "text/plain"}, 415),
        (b"x" * (6 * 1024 * 1024 + 1), {}, 413),
    ],
)
def test_bad_bodies_are_refused_before_anything_happens(
    content: bytes, headers: dict[str, str], status: int, client: httpx.Client, runtime: FakeRuntime
) -> None:
    answer = client.post(STREAM, content=content, headers={"content-type": "application/json", **headers})
    assert answer.status_code == status
    assert runtime.calls == []


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999", "limit=0", "other=1"])
def test_bad_queries_are_refused(query: str, client: httpx.Client) -> None:
    live = stream(client, words("a"))
    assert client.get(f"/v1/runs/{live[0]['runId']}/events?{query}").status_code == 400


def test_another_tenants_events_are_not_there(client: httpx.Client) -> None:
    live = stream(client, words("a"))
    answer = client.get(f"/v1/runs/{live[0]['runId']}/events", headers=context(person("globex")))
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("sent", ["", "not json", "[]"])
def test_a_request_that_did_not_come_through_the_api_is_refused(sent: str, client: httpx.Client) -> None:
    answer = client.post(STREAM, json=words("a"), headers={CONTEXT_HEADER: sent or "{}"})
    assert answer.status_code in {400, 401}


def test_a_viewer_may_replay_and_not_invoke(client: httpx.Client) -> None:
    live = stream(client, words("a"))
    viewer = context(person("acme", "Tenant.Viewer"))
    assert client.post(STREAM, json=words("a"), headers=viewer).status_code == 403
    path = f"/v1/runs/{live[0]['runId']}/events"
    assert client.get(path, headers={**viewer, "accept": "application/json"}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", STREAM), ("POST", "/v1/runs/x/events"), ("GET", "/nowhere")])
def test_other_routes_do_not_exist(method: str, path: str, client: httpx.Client) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
