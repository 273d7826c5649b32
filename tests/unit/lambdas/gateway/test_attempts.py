import json
from typing import Any

import pytest

from data_access_lib.signals import AgentAttempt
from lambdas.gateway.attempts import Attempts, refusal

EVENT = {
    "httpMethod": "POST",
    "resource": "/v1/gateway/mcp",
    "requestContext": {"authorizer": {"principalId": "run:run_1", "tenantId": "acme", "agent": "hostile-agent"}},
}


class Signals:
    def __init__(self) -> None:
        self.told: list[AgentAttempt] = []

    def agent_refused(self, attempt: AgentAttempt) -> None:
        self.told.append(attempt)


def answer(status: int, /, **body: Any) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps(body)}


def watched(*answers: dict[str, Any], events: list[Any] | None = None) -> list[AgentAttempt]:
    """What is taken down of these answers."""
    signals, left = Signals(), list(answers)
    handle = Attempts(lambda: signals).watch(lambda _event, _context: left.pop(0))
    for event in events or [EVENT] * len(answers):
        handle(event, None)
    return signals.told


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(400, code="INVALID_BODY"), "INVALID_BODY"),
        (answer(409, code="CONFLICT"), "CONFLICT"),
        (answer(200, jsonrpc="2.0", id=1, error={"code": -32602, "message": "Unknown tool."}), "RPC-32602"),
        (answer(409, jsonrpc="2.0", id=1, error={"code": -32000, "data": {"code": "RUN_CLOSED"}}), "RUN_CLOSED"),
        (answer(200, jsonrpc="2.0", id="a" * 200, error={"code": -32600}), "RPC-32600"),
        ({"statusCode": 403, "body": "<html>"}, "UNREADABLE"),
    ],
)
def test_a_refusal_is_told_by_its_code(given: dict[str, Any], reason: str) -> None:
    assert refusal(given) == reason


@pytest.mark.parametrize(
    "given",
    [
        answer(200, jsonrpc="2.0", id=1, result={"isError": False}),
        answer(200, jsonrpc="2.0", id=1, result={"isError": True, "structuredContent": {"code": "POLICY_DENIED"}}),
        answer(200, status="running", cancelled=True),
        {"statusCode": 202, "body": ""},
        answer(429, code="TOO_MANY_REQUESTS"),
        answer(405, code="METHOD_NOT_ALLOWED"),
        answer(503, code="DEPENDENCY_UNAVAILABLE"),
    ],
)
def test_success_policys_answers_throttling_and_our_own_faults_are_no_attempts(given: dict[str, Any]) -> None:
    assert refusal(given) is None


def test_an_attempt_names_who_tried_what() -> None:
    (told,) = watched(answer(400, code="INVALID_BODY"))
    assert told == AgentAttempt("acme", "run:run_1", "hostile-agent", "POST /v1/gateway/mcp", "INVALID_BODY")


def test_an_agent_that_tries_a_thing_again_and_again_fills_no_log() -> None:
    refused = answer(400, code="INVALID_BODY")
    assert len(watched(*[refused] * 100)) == 1
    other = {**EVENT, "resource": "/v1/gateway/events"}
    assert len(watched(refused, refused, answer(409, code="CONFLICT"), events=[EVENT, other, EVENT])) == 3


def test_every_attempt_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    watched(*[answer(400, code="INVALID_BODY")] * 3)
    assert capsys.readouterr().out.count('"AgentRefused":') >= 3


def test_the_answer_is_the_agents_as_it_was() -> None:
    refused = answer(400, code="INVALID_BODY")
    assert Attempts(Signals).watch(lambda _event, _context: refused)(EVENT, None) is refused
