"""A steady rate on the running platform: nothing is lost, and its own processes do not grow. `make soak MINUTES=20`.

`make test` and `make chaos` have two minutes of it.
"""

import os
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import httpx
import pytest

from tests.local_stack import LocalStack, eventually, sse
from tests.processes import Watched, own_processes

MINUTES: Final = float(os.environ.get("AMBIT_SOAK_MINUTES", "20"))
PER_SECOND: Final = float(os.environ.get("AMBIT_SOAK_RATE", "2"))
EVERY_SECONDS: Final = 2.0
TOLD_SECONDS: Final = 60.0
MORE_MEMORY: Final = 1.10
SLACK: Final = {"memory": 16.0, "files": 64.0, "threads": 4.0}
"""MiB, and numbers: what a process may hold more of at the end than a tenth. As many idle connections are kept."""
WORKERS: Final = 6
TERMINAL: Final = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
pytestmark = [pytest.mark.local_stack, pytest.mark.chaos("soak"), pytest.mark.timeout(7200)]


def whole(client: httpx.Client, session: str | None, key: str) -> dict[str, Any]:
    body = {"input": key, **({"sessionId": session} if session else {})}
    answer = client.post("/v1/agents/echo-agent/invoke", json=body, headers={"idempotency-key": key})
    return dict(answer.raise_for_status().json())


def streamed(client: httpx.Client, session: str | None, key: str) -> dict[str, Any]:
    body = {"input": key, **({"sessionId": session} if session else {})}
    headers = {"idempotency-key": key}
    with client.stream("POST", "/v1/agents/echo-stream/stream", json=body, headers=headers) as answer:
        answer.raise_for_status()
        events = list(sse(answer.iter_lines()))
    assert events[-1]["event"] == "succeeded", events[-1]
    return {"runId": events[-1]["runId"], "sessionId": events[-1]["sessionId"], "status": "succeeded"}


def job(client: httpx.Client, _session: str | None, key: str) -> dict[str, Any]:
    headers = {"idempotency-key": key, "prefer": "respond-async"}
    answer = client.post("/v1/agents/echo-agent/invoke", json={"input": key}, headers=headers)
    return dict(answer.raise_for_status().json())


WAYS: Final[dict[str, Callable[[httpx.Client, str | None, str], dict[str, Any]]]] = {
    "sync": whole,
    "streaming": streamed,
    "async": job,
}
MIX: Final = ("sync", "sync", "sync", "streaming", "streaming", "async")


def test_nothing_is_lost_and_nothing_grows_at_a_steady_rate(platform: LocalStack, record_property: Any) -> None:
    watched = own_processes()
    assert {one.name for one in watched} == {"identity-provider", "agent-host", "edge"}
    with platform.client("acme-developer", patient=True) as client:
        asked = _asked(client, watched)
        kinds = Counter(kind for kind, _ in asked)
        lost = [f"{kind} {answer}" for kind, answer in asked if isinstance(answer, str)]
        assert not lost, f"{len(lost)} of {len(asked)}: {lost[:5]}"
        runs = {str(answer["runId"]): kind for kind, answer in asked if isinstance(answer, dict)}
        assert len(runs) == len(asked), "each request has a run of its own"
        for run_id, kind in runs.items():
            found = eventually(lambda: _over(client, run_id), seconds=180, every=0.5)  # noqa: B023 - asked at once
            assert found["status"] == "succeeded", f"{kind} {found}"
    _tell(watched, kinds)
    for one in watched:
        for what, slack in SLACK.items():
            first, last = one.grown(what)
            assert last <= first * MORE_MEMORY + slack, f"{one.name} holds more {what}: {first} before, {last} now"
    record_property("cases", 1)


def _asked(client: httpx.Client, watched: list[Watched]) -> list[tuple[str, dict[str, Any] | str]]:
    """Ask at the rate for as long as wanted; each request's kind and answer, a text where there was none."""
    sessions: dict[tuple[str, int], str] = {}
    pending: list[tuple[str, Future[dict[str, Any] | str]]] = []

    def ask(kind: str, worker: int, key: str) -> dict[str, Any] | str:
        try:
            answer = WAYS[kind](client, sessions.get((kind, worker)), key)
        except (httpx.HTTPError, AssertionError, KeyError) as error:
            return f"{type(error).__name__}: {error}"
        sessions.setdefault((kind, worker), str(answer.get("sessionId") or ""))
        return answer

    with ThreadPoolExecutor(WORKERS) as pool:
        looked, told = 0.0, time.monotonic()
        for number, now in _ticks():
            kind = MIX[number % len(MIX)]
            pending.append((kind, pool.submit(ask, kind, number % 2, uuid.uuid4().hex)))
            if now - looked >= EVERY_SECONDS:
                looked = now
                for one in watched:
                    one.look()
            if now - told >= TOLD_SECONDS:
                told = now
                done = sum(future.done() for _, future in pending)
                sys.stdout.write(f"soak: {done} of {len(pending)} requests answered\n")
                sys.stdout.flush()
        return [(kind, future.result()) for kind, future in pending]


def _ticks() -> Iterator[tuple[int, float]]:
    """The numbers of requests at their times, by the clock and not by how long the one before took."""
    began, number = time.monotonic(), 0
    while (due := began + number / PER_SECOND) < began + MINUTES * 60:
        time.sleep(max(0.0, due - time.monotonic()))
        yield number, time.monotonic()
        number += 1


def _over(client: httpx.Client, run_id: str) -> dict[str, Any] | None:
    answer = client.get(f"/v1/runs/{run_id}")
    found: dict[str, Any] = answer.raise_for_status().json()
    return found if found["status"] in TERMINAL else None


def _tell(watched: list[Watched], kinds: Counter[str]) -> None:
    told = ", ".join(f"{many} {kind}" for kind, many in sorted(kinds.items()))
    sys.stdout.write(f"\nsoak: {MINUTES:g} min at {PER_SECOND:g}/s, {told}; 0 lost\n")
    for one in watched:
        parts = (f"{what} {first:.0f} → {last:.0f}" for what in SLACK for first, last in [one.grown(what)])
        sys.stdout.write(f"  {one.name:18} {', '.join(parts)}\n")
