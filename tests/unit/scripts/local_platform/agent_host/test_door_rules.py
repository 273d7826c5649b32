from __future__ import annotations

import base64
import json

import pytest

from platform_kit.access import ROUTES, Auth
from scripts.local_platform.agent_host import door_rules

HOSTS = frozenset({"127.0.0.1:8080"})
HEAD = [(b"host", b"127.0.0.1:8080"), (b"authorization", b"Bearer x"), (b"content-length", b"2")]


def token(**claims: object) -> bytes:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return b"Bearer e30." + body + b".c2ln"


def test_every_route_that_takes_run_tokens_passes() -> None:
    found = [route for route in ROUTES if route.auth is Auth.RUN]
    assert len(found) >= 5
    for route in found:
        assert door_rules.judge(route.method, route.path.replace("{id}", "a1"), HEAD, HOSTS) is None


def test_no_other_route_of_the_platform_passes() -> None:
    for route in ROUTES:
        if route.auth is not Auth.RUN:
            assert door_rules.judge(route.method, route.path, HEAD, HOSTS) is door_rules.NO_ROUTE


@pytest.mark.parametrize(
    "target",
    [
        "/v1/gateway/../runs", "/v1/gateway/%2e%2e/runs", "//v1/gateway/mcp", "/v1/gateway/mcp/", "/v1/gateway/MCP",
        "http://127.0.0.1:8080/v1/gateway/mcp", "/v1/gateway/mcp;a", "/v1/gateway/mcp#a", "*", "", "/v1/gateway/mcp\n",
        "/v1/gateway/mcp?" + "a" * 3000,
    ],
)  # fmt: skip
def test_a_target_is_a_route_to_the_letter(target: str) -> None:
    assert door_rules.judge("POST", target, HEAD, HOSTS) is door_rules.NO_ROUTE


@pytest.mark.parametrize(
    "more",
    [
        [(b"transfer-encoding", b"chunked")], [(b"content-length", b"2")], [(b"host", b"127.0.0.1:8080")],
        [(b"authorization", b"Bearer y")],
    ],
)  # fmt: skip
def test_a_request_that_says_a_thing_twice_is_ambiguous(more: list[tuple[bytes, bytes]]) -> None:
    assert door_rules.judge("POST", "/v1/gateway/mcp", [*HEAD, *more], HOSTS) is door_rules.AMBIGUOUS


def test_another_host_is_not_behind_the_door() -> None:
    head = [(b"host", b"169.254.169.254"), *HEAD[1:]]
    assert door_rules.judge("POST", "/v1/gateway/mcp", head, HOSTS) is door_rules.WRONG_HOST


def test_a_token_of_a_run_of_the_sessions_passes_and_anothers_does_not() -> None:
    assert door_rules.judge_token({b"authorization": token(run="run_1")}, ["run_1"]) is None
    assert door_rules.judge_token({b"authorization": token(run="run_2")}, ["run_1"]) is door_rules.ANOTHER_RUN
    assert door_rules.judge_token({b"authorization": token(run=["run_1"])}, ["run_1"]) is door_rules.ANOTHER_RUN


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer a.b", b"Bearer a.!!.c", b"Bearer a.W10.c", b"Basic eDp5"])
def test_what_names_no_run_is_left_to_the_gateway(value: bytes) -> None:
    assert door_rules.judge_token({b"authorization": value}, []) is None


def test_the_gateway_gets_what_it_needs_and_no_word_of_where_a_call_comes_from() -> None:
    sent = [
        *HEAD, (b"mcp-protocol-version", b"2025-06-18"), (b"traceparent", b"00"), (b"x-forwarded-for", b"1.2.3.4"),
        (b"connection", b"x"), (b"x-amzn-request-context", b"{}"), (b"x-log-only", b"1"),
    ]  # fmt: skip
    names = [name for name, _ in door_rules.passed_on(sent)]
    assert names == [b"authorization", b"mcp-protocol-version", b"traceparent", b"x-log-only"]
