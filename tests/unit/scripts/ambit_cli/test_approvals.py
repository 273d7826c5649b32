"""`ambit approvals` as a tenant's people type it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

HELD = {"approvalId": "apr_1", "status": "pending", "risk": "high", "tool": "files.write", "kind": "tool"}
HELD |= {"agent": "echo-agent", "approvals": 0, "quorum": 2, "expiresAt": "2026-01-02T03:04:05.000Z"}
HELD |= {"requiredRoles": ["Tenant.Admin"]}
VOTE = {"principalId": "usr:1:ada", "role": "Tenant.Admin", "decision": "approve", "reason": "fine", "at": "x"}
TEXT = '{\n  "n": 9007199254740993,\n  "name": "\\u202etxt"\n}'
WHOLE = {**HELD, "votes": [VOTE], "arguments": {"n": 1}, "argumentsText": TEXT, "mayDecide": True}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["approvals", *words])


def test_what_is_pending_is_listed_unless_told(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/approvals", answer(body={"items": [HELD]}))
    for words in ((), ("list", "--status", "pending")):
        lines = ambit(*words).stdout.splitlines()
        assert lines[1].split()[:5] == ["apr_1", "pending", "high", "files.write", "echo-agent"]
        assert "0 of 2" in lines[1]
        assert platform.asked[-1].path == "/v1/approvals?limit=50&status=pending"
    platform.will_answer("GET /v1/approvals", answer(body={"items": []}))
    assert "Nothing is waiting" in ambit("list", "--status", "all").stdout
    assert platform.asked[-1].path == "/v1/approvals?limit=50"


def test_arguments_are_shown_as_the_platform_wrote_them(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/approvals/apr_1", answer(body=WHOLE))
    told = ambit("show", "apr_1").stdout
    assert TEXT in told
    assert "usr:1:ada (Tenant.Admin): fine" in told
    assert json.loads(ambit("show", "apr_1", "--json").stdout) == WHOLE


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_a_decision_is_sent_with_its_reason(platform: Any, answer: Any, decision: str) -> None:
    decided = {**HELD, "votes": [VOTE], "status": "approved"}
    platform.will_answer("POST /v1/approvals/apr_1/decision", answer(body=decided))
    assert "approved" in ambit(decision, "apr_1", "--reason", "looked at it", "--digest", "d" * 64).stdout
    assert json.loads(platform.asked[-1].body) == {"decision": decision, "reason": "looked at it", "digest": "d" * 64}


def test_no_decision_goes_without_a_reason(platform: Any) -> None:
    assert ambit("approve", "apr_1").exit_code == 2


def test_no_key_decides(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", "amb_x")
    refused = ambit("approve", "apr_1", "--reason", "x")
    assert refused.exit_code != 0
    assert "no API key" in refused.output
