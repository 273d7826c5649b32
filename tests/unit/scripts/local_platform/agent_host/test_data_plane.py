from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from scripts.local_platform.agent_host.data_plane import (
    SESSION_HEADER,
    ClientGoneError,
    agent_headers,
    session_of,
    unless_gone,
)
from scripts.local_platform.agent_host.errors import ValidationError

SESSION = "acme-" + "s" * 32


def request(messages: list[dict[str, Any]] | None = None, **headers: str) -> Request:
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    queue = list(messages or [])

    async def receive() -> Any:
        if queue:
            return queue.pop(0)
        return await asyncio.Event().wait()

    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


def with_session(value: str) -> Request:
    headers = {SESSION_HEADER: value}
    return request(None, **headers)


def test_the_callers_session_is_taken() -> None:
    assert session_of(with_session(SESSION), required=True) == SESSION


def test_a_call_without_a_session_gets_one_of_its_own() -> None:
    first, second = session_of(request(), required=False), session_of(request(), required=False)
    assert first != second
    assert len(first) >= 33


@pytest.mark.parametrize("length", [0, 32, 257])
def test_a_session_id_of_the_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(ValidationError, match="33 to 256"):
        session_of(with_session("x" * length), required=False)


def test_stopping_needs_a_session_id() -> None:
    with pytest.raises(ValidationError):
        session_of(request(), required=True)


def test_the_agent_sees_no_credential_of_the_caller() -> None:
    seen = agent_headers(
        request(authorization="AWS4", x_amz_security_token="t", cookie="c", content_type="application/json",
                traceparent="00-1", x_amzn_bedrock_agentcore_runtime_custom_a="1"),
        SESSION,
    )  # fmt: skip
    assert set(seen) == {
        "content-type",
        "traceparent",
        "x-amzn-bedrock-agentcore-runtime-custom-a",
        SESSION_HEADER.lower(),
    }


async def test_the_agents_answer_is_given_while_the_caller_waits() -> None:
    async def answer() -> httpx.Response:
        return httpx.Response(200)

    assert (await unless_gone(request(), answer())).status_code == 200


async def test_a_caller_that_hangs_up_cancels_the_call() -> None:
    cancelled = asyncio.Event()

    async def never() -> httpx.Response:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    with pytest.raises(ClientGoneError):
        await unless_gone(request([{"type": "http.disconnect"}]), never())
    assert cancelled.is_set()
