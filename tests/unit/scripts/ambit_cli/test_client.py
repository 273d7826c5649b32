from typing import Any

import pytest
import typer

from scripts.ambit_cli.client import Client
from scripts.ambit_cli.exits import Exit

PROBLEM = {
    "title": "Invalid request body",
    "detail": "1 problem(s) in the request body; see errors.",
    "code": "INVALID_BODY",
    "requestId": "req-7",
    "errors": [{"pointer": "/input", "message": "too long"}],
}


def test_absent_query_parameters_are_not_sent(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/runs", answer(body={"items": []}))
    assert Client(platform.url, "t").get("/v1/runs", limit=5, cursor=None) == {"items": []}
    assert platform.asked[0].path == "/v1/runs?limit=5"
    assert platform.asked[0].headers["authorization"] == "Bearer t"


def test_a_problem_document_is_told_in_its_own_words(
    platform: Any, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.will_answer("POST /v1/agents/a/invoke", answer(400, PROBLEM))
    with pytest.raises(typer.Exit) as ended:
        Client(platform.url, "t").post("/v1/agents/a/invoke", {"input": "x"})
    told = capsys.readouterr().err
    assert ended.value.exit_code == Exit.REFUSED
    assert "/input: too long" in told
    assert "INVALID_BODY · request req-7" in told


def test_a_limit_says_how_long_to_wait(platform: Any, answer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    platform.will_answer("GET /v1/runs", answer(429, {"detail": "too fast"}, {"retry-after": "3"}))
    with pytest.raises(typer.Exit) as ended:
        Client(platform.url, "t").get("/v1/runs")
    assert ended.value.exit_code == Exit.LIMITED
    assert "try again in 3 s" in capsys.readouterr().err


def test_an_answer_that_is_no_problem_document_still_ends_in_words(
    platform: Any, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.will_answer("GET /v1/runs", answer(502, b"<html>bad gateway</html>"))
    with pytest.raises(typer.Exit) as ended:
        Client(platform.url, "t").get("/v1/runs")
    assert ended.value.exit_code == Exit.UNAVAILABLE
    assert "HTTP 502" in capsys.readouterr().err


def test_an_unreachable_platform_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        Client("http://127.0.0.1:9", "t").get("/v1/runs")
    assert ended.value.exit_code == Exit.UNAVAILABLE
    assert "make dev" in capsys.readouterr().err


def test_an_upload_carries_no_token(platform: Any, answer: Any) -> None:
    platform.will_answer("PUT /bucket/key", answer(200, b""))
    headers = {"content-type": "text/csv", "x-amz-server-side-encryption": "aws:kms"}
    Client(platform.url, "secret").upload(f"{platform.url}/bucket/key", b"abc", headers=headers, length=3)
    assert "authorization" not in platform.asked[0].headers
    assert platform.asked[0].headers.items() >= headers.items()
    assert platform.asked[0].body == b"abc"
