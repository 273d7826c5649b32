"""Duplicates at the running API: one effect however often and however fast, and nobody else ever sees the answer."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx
import pytest

from tests.local_stack import eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.family("idempotency"), pytest.mark.timeout(240)]
MANY: Final = 100
AT_ONCE: Final = 25
FILE: Final = {"name": "twice.txt", "contentType": "text/plain", "bytes": 4}
WAYS: Final[dict[str, tuple[str, dict[str, Any], dict[str, str]]]] = {
    "a file": ("/v1/files", FILE, {}),
    "a run": ("/v1/agents/echo-agent/invoke", {"input": "once"}, {}),
    "a stream": ("/v1/agents/echo-stream/stream", {"input": "once"}, {}),
    "a job": ("/v1/agents/echo-agent/invoke", {"input": "once"}, {"prefer": "respond-async"}),
}


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def admin(connect: Any) -> httpx.Client:
    client: httpx.Client = connect("acme-admin")
    return client


def send(client: httpx.Client, way: str, key: str, **changes: Any) -> httpx.Response:
    """The request; a plan's limit and the first one still running are waited for."""
    path, body, headers = WAYS[way]

    def settled() -> httpx.Response | None:
        answer = client.post(path, json=body | changes, headers=headers | {"idempotency-key": key})
        waits = answer.status_code == 429 or (answer.status_code == 409 and "IN_PROGRESS" in answer.text)
        return None if waits else answer

    return eventually(settled, seconds=120)


def made(answer: httpx.Response) -> str:
    """The id of what the request made."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        return answer.text.partition('"runId":"')[2][:36]
    body = answer.json()
    return str(body.get("fileId") or body.get("jobId") or body["runId"])


@pytest.mark.parametrize("way", WAYS)
def test_a_hundred_duplicates_have_one_effect(way: str, acme: httpx.Client, key: str) -> None:
    marked = {} if way == "a file" else {"metadata": {"mark": key}}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: send(acme, way, key, **marked), range(MANY)))
    assert {answer.status_code for answer in answers} <= {200, 201, 202}
    assert len({made(answer) for answer in answers}) == 1
    replayed = Counter("idempotency-replayed" in answer.headers for answer in answers)
    assert replayed[False] == 1


@pytest.mark.parametrize("way", WAYS)
def test_another_tenant_with_the_same_key_gets_its_own(
    way: str, acme: httpx.Client, globex: httpx.Client, key: str
) -> None:
    first, other = send(acme, way, key), send(globex, way, key)
    assert made(first) != made(other)
    assert "idempotency-replayed" not in other.headers
    assert made(first) not in other.text


@pytest.mark.parametrize("way", WAYS)
def test_another_principal_with_the_same_key_gets_its_own(
    way: str, acme: httpx.Client, admin: httpx.Client, key: str
) -> None:
    first, other = send(acme, way, key), send(admin, way, key)
    assert made(first) != made(other)
    assert "idempotency-replayed" not in other.headers


@pytest.mark.parametrize("way", WAYS)
def test_another_route_with_the_same_key_gets_its_own(way: str, acme: httpx.Client, key: str) -> None:
    others = {path: other for other, (path, _, _) in WAYS.items() if path != WAYS[way][0]}.values()
    first = made(send(acme, way, key))
    answers = [send(acme, other, key) for other in others]
    assert first not in {made(answer) for answer in answers}
    assert made(send(acme, way, key)) == first


@pytest.mark.parametrize("way", WAYS)
def test_another_body_with_the_same_key_does_nothing(way: str, acme: httpx.Client, key: str) -> None:
    change = {"name": "other.txt"} if way == "a file" else {"input": "other"}
    first = made(send(acme, way, key))
    refused = send(acme, way, key, **change)
    assert (refused.status_code, refused.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    assert made(send(acme, way, key)) == first


def test_another_agent_with_the_same_key_is_another_request(acme: httpx.Client, key: str) -> None:
    headers = {"idempotency-key": key}
    acme.post("/v1/agents/echo-agent/invoke", json={"input": "x"}, headers=headers).raise_for_status()
    refused = acme.post("/v1/agents/echo-stream/invoke", json={"input": "x"}, headers=headers)
    assert refused.status_code == 409


@pytest.mark.parametrize("near", ["{upper}", "{key}\u00e9", "{key},{key}", "", "x" * 256])
def test_a_key_that_is_nearly_the_same_is_another_or_none(near: str, acme: httpx.Client, key: str) -> None:
    first = made(send(acme, "a file", key))
    wanted = near.format(key=key, upper=key.upper()).encode("utf-8")
    answer = acme.post("/v1/files", json=FILE, headers={b"idempotency-key": wanted})
    assert answer.status_code == 400 or made(answer) != first


def test_a_refused_request_frees_its_key(acme: httpx.Client, key: str) -> None:
    refused = acme.post(
        WAYS["a run"][0], json={"input": "x", "sessionId": "ses_" + "0" * 32}, headers={"idempotency-key": key}
    )
    assert refused.status_code == 404
    assert send(acme, "a run", key).status_code == 200


def test_a_replay_costs_nothing(acme: httpx.Client, key: str) -> None:
    first = send(acme, "a run", key, metadata={"mark": key})
    again = send(acme, "a run", key, metadata={"mark": key})
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
