from __future__ import annotations

import json

from scripts.local_platform.edge.problems import TOO_LARGE, UNREACHABLE, respond


def test_a_refusal_is_a_problem_document_with_its_request_id() -> None:
    answer = respond(TOO_LARGE, "/v1/x")
    document = json.loads(bytes(answer.body))
    assert answer.status_code == document["status"] == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["code"] == "PAYLOAD_TOO_LARGE"
    assert document["instance"] == "/v1/x"
    assert document["requestId"] == answer.headers["x-request-id"]


def test_an_outage_says_when_to_come_back() -> None:
    assert respond(UNREACHABLE, "/").headers["retry-after"] == "5"
