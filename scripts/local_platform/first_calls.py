"""Invokes the echo agents once in each mode through the public URL: the proof that the platform works."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from scripts.local_platform.tokens import client_token

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

JOB_SECONDS = 60
POLL_SECONDS = 0.2
BODY = {"input": "Hello, Ambit"}


class CallFailed(Exception):
    """A first call did not do what it should; the message is what came back."""


def expect(answer: httpx.Response, status: int) -> httpx.Response:
    """The answer, if it has the status; CallFailed with its body otherwise."""
    if answer.status_code != status:
        answer.read()
        raise CallFailed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:500]}")
    return answer


def call_sync(api: httpx.Client) -> str:
    """One buffered call; what the agent said."""
    answer = expect(api.post("/v1/agents/echo-agent/invoke", json=BODY), httpx.codes.OK).json()
    return f"{answer['status']}: {str(answer['output'])[:40]}"


def call_stream(api: httpx.Client) -> str:
    """One stream; how many events came and which was last."""
    with api.stream("POST", "/v1/agents/echo-stream/stream", json=BODY) as answer:
        lines = list(expect(answer, httpx.codes.OK).iter_lines())
    events = [line for line in lines if line.startswith("data:")]
    if not events or '"succeeded"' not in events[-1]:
        raise CallFailed(f"the stream ended with {events[-1:] or 'nothing'}")
    return f"{len(events)} events"


def call_async(api: httpx.Client) -> str:
    """One job, polled until it ends; its last state."""
    job = expect(api.post("/v1/agents/echo-async/invoke", json=BODY), httpx.codes.ACCEPTED).json()
    deadline = time.monotonic() + JOB_SECONDS
    while True:
        state = expect(api.get(f"/v1/jobs/{job['jobId']}"), httpx.codes.OK).json()
        if state["status"] not in {"queued", "running"}:
            break
        if time.monotonic() > deadline:
            raise CallFailed(f"job {job['jobId']} is still {state['status']} after {JOB_SECONDS} s")
        time.sleep(POLL_SECONDS)
    if state["status"] != "succeeded":
        raise CallFailed(f"job {job['jobId']} ended {state['status']}: {state.get('error')}")
    return "succeeded"


MODES = {"sync": call_sync, "streaming": call_stream, "async": call_async}


def developer(layout: Layout) -> httpx.Client:
    """The public API as a developer of acme."""
    token = client_token(layout.issuer, "acme-developer")
    return httpx.Client(base_url=layout.public_url, headers={"authorization": f"Bearer {token}"}, timeout=90)
