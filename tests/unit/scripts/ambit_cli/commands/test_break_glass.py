"""`ambit break-glass` as a platform administrator types it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

GRANTS = "/v1/tenants/acme/break-glass"
GRANT = {
    "grantId": "brk_1",
    "tenantId": "acme",
    "principalId": "usr:1:ada",
    "reason": "runs time out since noon",
    "status": "open",
    "openedAt": "2026-01-02T03:04:05.678Z",
    "expiresAt": "2026-01-02T03:34:05.678Z",
}
RUN = {"runId": "run_1", "agent": "echo-agent", "mode": "sync", "status": "succeeded", "output": "hello"}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["break-glass", *words])


@pytest.mark.parametrize(("words", "minutes"), [([], 30), (["--minutes", "5"], 5)])
def test_opening_sends_the_reason_and_the_time(words: list[str], minutes: int, platform: Any, answer: Any) -> None:
    platform.will_answer(f"POST {GRANTS}", answer(201, GRANT))
    result = ambit("open", "acme", "--reason", GRANT["reason"], *words)
    assert "expiresAt    2026-01-02T03:34:05.678Z" in result.stdout
    assert json.loads(platform.asked[-1].body) == {"reason": GRANT["reason"], "minutes": minutes}
    shown = ambit("open", "acme", "--reason", GRANT["reason"], *words, "--json").stdout
    assert json.loads(shown) == GRANT


@pytest.mark.parametrize("words", [[], ["--reason", "r", "--minutes", "61"], ["--reason", "r", "--minutes", "4"]])
def test_opening_without_a_reason_or_for_too_long_asks_nobody(words: list[str], platform: Any) -> None:
    assert ambit("open", "acme", *words).exit_code == 2
    assert platform.asked == []


def test_grants_are_listed_with_who_and_why(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {GRANTS}", answer(body={"items": [GRANT], "nextCursor": "c"}))
    result = ambit("list", "acme")
    assert "brk_1  open    2026-01-02T03:04:05.678Z" in result.stdout
    assert "usr:1:ada  runs time out since noon" in result.stdout
    assert "--cursor c" in result.stderr
    assert json.loads(ambit("list", "acme", "--json").stdout)["items"] == [GRANT]


def test_no_grants_are_said_to_be_none(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {GRANTS}", answer(body={"items": []}))
    assert "Nobody has opened this tenant." in ambit("list", "acme").stdout


def test_a_grant_is_closed(platform: Any, answer: Any) -> None:
    platform.will_answer(f"DELETE {GRANTS}/brk_1", answer(204, b""))
    assert ambit("close", "acme", "brk_1").stdout == "brk_1 ended\n"
    assert json.loads(ambit("close", "acme", "brk_1", "--json").stdout) == {"grantId": "brk_1", "ended": True}


def test_runs_are_listed_and_one_is_shown_whole(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/tenants/acme/runs", answer(body={"items": [RUN], "nextCursor": "c"}))
    platform.will_answer("GET /v1/tenants/acme/runs/run_1", answer(body=RUN))
    listed = ambit("runs", "acme", "--limit", "5")
    assert "run_1  echo-agent" in listed.stdout
    assert "--cursor c" in listed.stderr
    assert platform.asked[-1].path.endswith("?limit=5")
    assert "hello" in ambit("runs", "acme", "run_1").stdout
    assert json.loads(ambit("runs", "acme", "run_1", "--json").stdout) == RUN
    assert json.loads(ambit("runs", "acme", "--json").stdout)["items"] == [RUN]


def test_without_a_grant_the_platforms_answer_is_told(platform: Any, answer: Any) -> None:
    refusal = {"code": "BREAK_GLASS_REQUIRED", "detail": "You have no open break-glass grant for acme."}
    platform.will_answer("GET /v1/tenants/acme/runs", answer(403, refusal))
    result = ambit("runs", "acme")
    assert result.exit_code != 0
    assert "no open break-glass grant" in result.stderr
