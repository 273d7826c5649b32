from __future__ import annotations

from typing import Any

import pytest

from scripts.local_platform.edge.buckets import KeyRefused, Limit, TokenBuckets
from scripts.local_platform.edge.gateway import (
    Call,
    GatewayRefusal,
    StreamingGateway,
    allows,
    arn_matches,
    call_from,
    match,
    text,
)

ARN = "arn:aws:execute-api:us-east-1:000000000000:api1/local/POST/v1/agents/echo/stream"


def policy(*statements: tuple[str, Any]) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Resource": resource} for effect, resource in statements]}


class FakeAuthoriser:
    def __init__(self, answer: dict[str, Any] | None) -> None:
        self.answer = answer
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> dict[str, Any] | None:
        self.events.append(event)
        return self.answer


ANSWER = {
    "principalId": "usr:1",
    "usageIdentifierKey": "key-1",
    "policyDocument": policy(
        ("Allow", "arn:aws:execute-api:us-east-1:000000000000:api1/local/POST/v1/agents/*/stream")
    ),
    "context": {"tenantId": "acme", "credential": "jwt", "fresh": True, "nothing": None},
}


def gateway(authoriser: FakeAuthoriser, burst: float = 100, cache_seconds: float = 30) -> StreamingGateway:
    limits = {"key-1": Limit(0, burst)}
    return StreamingGateway("api1", "local", authoriser, TokenBuckets(limits.get, clock=lambda: 0.0), cache_seconds)


def call(
    path: str = "/v1/agents/echo/stream", method: str = "POST", ip: str = "192.0.2.1", credential: str = "t"
) -> Call:
    found = match(method, path)
    assert found is not None
    headers = {"authorization": f"Bearer {credential}"} if credential else {}
    return Call(found, path, headers, {}, ip)


def refusal(authoriser: FakeAuthoriser, asked: Call) -> str:
    with pytest.raises(GatewayRefusal) as refused:
        gateway(authoriser).authorise(asked)
    return refused.value.kind


def test_only_the_streaming_routes_match() -> None:
    assert match("POST", "/v1/agents/echo-agent/stream") is not None
    assert match("GET", "/v1/runs/run_1/events") is not None
    assert match("GET", "/v1/agents/echo-agent/stream") is None
    assert match("POST", "/v1/agents/echo-agent/invoke") is None
    assert match("POST", "/v1/agents/a/b/stream") is None
    assert match("POST", "/v1/agents/echo/stream\n") is None


def test_path_parameters_are_decoded_once() -> None:
    found = match("GET", "/v1/runs/run%2F1/events")
    assert found is not None
    assert found.parameters == {"id": "run/1"}


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (policy(("Allow", ARN)), True),
        (policy(("Allow", [ARN])), True),
        (policy(("Allow", "*"), ("Deny", ARN)), False),
        (policy(("Allow", ARN.replace("POST", "GET"))), False),
        (policy(), False),
        ({}, False),
    ],
)
def test_a_policy_allows_only_what_it_names_and_deny_wins(document: dict[str, Any], *, verdict: bool) -> None:
    assert allows(document, ARN) is verdict


def test_patterns_know_stars_and_question_marks_and_nothing_else() -> None:
    assert arn_matches("a/*/c", "a/b/x/c")
    assert arn_matches("a?c", "abc")
    assert not arn_matches("a.c", "abc")


def test_an_allowed_call_gets_the_authorisers_context_as_text() -> None:
    context = gateway(FakeAuthoriser(ANSWER)).authorise(call())
    assert context == {"tenantId": "acme", "credential": "jwt", "fresh": "true", "principalId": "usr:1"}
    assert text(3) == "3"


def test_a_decision_is_kept_for_the_same_credential_and_address_only() -> None:
    authoriser = FakeAuthoriser(ANSWER)
    edge = gateway(authoriser)
    for asked in (call(), call(), call(ip="192.0.2.2"), call(credential="other")):
        edge.authorise(asked)
    assert len(authoriser.events) == 3


def test_a_repeated_header_reaches_the_authoriser_whole_and_is_no_ones_kept_decision() -> None:
    authoriser = FakeAuthoriser(ANSWER)
    edge = gateway(authoriser)
    edge.authorise(call())
    sent = [(b"authorization", b"Bearer other"), (b"authorization", b"Bearer t"), (b"accept", b"*/*")]
    scope = {"headers": sent, "query_string": b"", "path": "/v1/agents/echo/stream"}
    edge.authorise(call_from(scope, call().match, "192.0.2.1"))
    event = authoriser.events[1]
    assert event["headers"]["authorization"] == "Bearer t"
    assert event["multiValueHeaders"] == {"authorization": ["Bearer other", "Bearer t"], "accept": ["*/*"]}


def test_a_kept_decision_is_evaluated_anew_for_another_route() -> None:
    edge = gateway(FakeAuthoriser(ANSWER))
    edge.authorise(call())
    with pytest.raises(GatewayRefusal, match="ACCESS_DENIED"):
        edge.authorise(call("/v1/runs/run_1/events", "GET"))


def test_a_call_without_a_credential_is_unauthorised_without_asking() -> None:
    authoriser = FakeAuthoriser(ANSWER)
    assert refusal(authoriser, call(credential="")) == "UNAUTHORIZED"
    assert authoriser.events == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"errorMessage": "Unauthorized"}, "UNAUTHORIZED"),
        ({"errorMessage": "control table: ClientError"}, "AUTHORIZER_FAILURE"),
        (None, "AUTHORIZER_FAILURE"),
        ({"principalId": "p"}, "AUTHORIZER_CONFIGURATION_ERROR"),
    ],
)
def test_a_failing_authoriser_refuses(answer: dict[str, Any] | None, kind: str) -> None:
    assert refusal(FakeAuthoriser(answer), call()) == kind


def test_a_failure_is_not_kept() -> None:
    authoriser = FakeAuthoriser(None)
    edge = gateway(authoriser)
    with pytest.raises(GatewayRefusal):
        edge.authorise(call())
    authoriser.answer = ANSWER
    assert edge.authorise(call())["tenantId"] == "acme"


def test_the_plans_burst_bounds_the_key() -> None:
    edge = gateway(FakeAuthoriser(ANSWER), burst=2)
    edge.authorise(call())
    edge.authorise(call())
    with pytest.raises(KeyRefused, match="THROTTLED"):
        edge.authorise(call())


def test_the_event_names_route_method_and_caller() -> None:
    authoriser = FakeAuthoriser(ANSWER)
    gateway(authoriser).authorise(call())
    event = authoriser.events[0]
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == ARN
    assert event["resource"] == "/v1/agents/{agent}/stream"
    assert event["pathParameters"] == {"agent": "echo"}
    assert event["requestContext"]["identity"]["sourceIp"] == "192.0.2.1"


@pytest.mark.parametrize(("cache_seconds", "asked"), [(30, 1), (0, 3)])
def test_an_answer_is_kept_for_as_long_as_the_deployed_api_says(cache_seconds: float, asked: int) -> None:
    authoriser = FakeAuthoriser(ANSWER)
    edge = gateway(authoriser, cache_seconds=cache_seconds)
    for _ in range(3):
        edge.authorise(call())
    assert len(authoriser.events) == asked
