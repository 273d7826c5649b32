"""Streams through the public address: order, timing, replay, cancellation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.local_stack import eventually, sse

pytestmark = pytest.mark.local_stack
STREAM = "/v1/agents/echo-stream/stream"
TERMINAL = {"succeeded", "failed", "halted", "cancelled", "timed_out"}


@contextmanager
def streaming(client: httpx.Client, body: dict[str, Any], path: str = STREAM, **headers: str) -> Iterator[Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("POST", path, json=body, headers=named) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield sse(answer.iter_lines())


def finish(client: httpx.Client, run_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run = client.get(f"/v1/runs/{run_id}").json()
        return run if run["status"] in TERMINAL else None

    return eventually(look)


def test_events_are_ordered_and_framed_by_the_life_of_the_run(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "one two three"}) as events:
        found = list(events)
    assert [event["seq"] for event in found] == list(range(1, len(found) + 1))
    assert (found[0]["stream"], found[0]["event"]) == ("lifecycle", "started")
    assert (found[-1]["stream"], found[-1]["event"]) == ("lifecycle", "succeeded")
    text = "".join(event["payload"]["text"] for event in found if event["event"] == "delta")
    assert text.split() == ["one", "two", "three"]
    assert found[-1]["payload"]["output"].split() == ["one", "two", "three"]
    assert found[-1]["payload"]["cost"]["currency"] == "USD"


def test_the_first_token_arrives_before_the_second_is_produced(acme: httpx.Client) -> None:
    pause = 1.5
    with streaming(acme, {"input": "one two", "context": {"delayMs": int(pause * 1000)}}) as events:
        arrived = {event["payload"]["text"].strip(): time.monotonic() for event in events if event["event"] == "delta"}
    assert arrived["two"] - arrived["one"] > pause / 2


def test_a_replay_is_exactly_what_the_live_client_saw(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "a b c d"}) as events:
        live = list(events)
    path = f"/v1/runs/{live[0]['runId']}/events"
    with acme.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
        assert list(sse(answer.iter_lines())) == live
    assert acme.get(path, headers={"accept": "application/json"}).json()["items"] == live


def test_a_replay_resumes_after_the_last_event_seen(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "a b c d"}) as events:
        live = list(events)
    path = f"/v1/runs/{live[0]['runId']}/events"
    headers = {"accept": "text/event-stream", "last-event-id": "3"}
    with acme.stream("GET", path, headers=headers) as answer:
        assert list(sse(answer.iter_lines())) == live[3:]
    assert acme.get(path, params={"after": 3}, headers={"accept": "application/json"}).json()["items"] == live[3:]


def test_a_second_client_follows_a_run_while_it_runs(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "a b c", "context": {"delayMs": 400}}) as events:
        first = next(events)
        with acme.stream("GET", f"/v1/runs/{first['runId']}/events", headers={"accept": "text/event-stream"}) as other:
            followed = list(sse(other.iter_lines()))
        live = [first, *events]
    assert followed == live


def test_a_dropped_connection_cancels_the_run(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "a b c d e f", "context": {"delayMs": 1000}}) as events:
        run_id = next(events)["runId"]
        next(events)
    assert finish(acme, run_id)["status"] == "cancelled"


def test_an_explicit_cancellation_ends_the_stream_with_cancelled(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "a b c d e f g h", "context": {"delayMs": 1000}}) as events:
        run_id = next(events)["runId"]
        assert acme.post(f"/v1/runs/{run_id}/cancel").status_code == 200
        last = list(events)[-1]
    assert last["event"] == "cancelled"
    assert acme.get(f"/v1/runs/{run_id}").json()["status"] == "cancelled"


def test_a_sync_agent_streams_one_answer(acme: httpx.Client) -> None:
    with streaming(acme, {"input": "hi"}, "/v1/agents/echo-agent/stream") as events:
        found = list(events)
    assert [event["stream"] for event in found] == ["lifecycle", "assistant", "lifecycle"]


def test_an_async_agent_does_not_stream(acme: httpx.Client) -> None:
    answer = acme.post("/v1/agents/echo-async/stream", json={"input": "hi"})
    assert (answer.status_code, answer.json()["code"]) == (409, "MODE_MISMATCH")


def test_a_replayed_stream_is_the_recorded_events(acme: httpx.Client) -> None:
    key = f"stream-{time.time_ns()}"
    with streaming(acme, {"input": "x y"}, idempotency_key=key) as events:
        first = list(events)
    with streaming(acme, {"input": "x y"}, idempotency_key=key) as events:
        assert list(events) == first
