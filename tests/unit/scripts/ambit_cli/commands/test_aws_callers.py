import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

CALLER = {
    "callerId": "awc_1",
    "name": "ci",
    "roleArn": "arn:aws:iam::123456789012:role/ci",
    "scopes": ["agents:invoke", "runs:read"],
    "environment": "prod",
    "createdBy": "usr:1:ada",
    "createdAt": "2026-03-04T05:06:07.890Z",
}
CREATE = ("create", "ci", "--role-arn", CALLER["roleArn"], "--scope", "agents:invoke", "--scope", "runs:read")


def ambit(*words: Any) -> Result:
    return CliRunner().invoke(app, ["aws-callers", *words])


def test_the_roles_that_may_call_are_listed(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/aws-callers", answer(200, {"items": [CALLER], "nextCursor": "more"}))
    shown = ambit("list")
    assert "awc_1   ci    arn:aws:iam::123456789012:role/ci  agents:invoke runs:read" in shown.stdout
    assert "--cursor more" in shown.stderr
    assert json.loads(ambit("list", "--json").stdout)["items"] == [CALLER]
    platform.will_answer("GET /v1/aws-callers", answer(200, {"items": []}))
    assert "ambit aws-callers create" in ambit("list").stdout


def test_a_role_is_let_in_as_asked(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/aws-callers", answer(201, CALLER))
    shown = ambit(*CREATE, "--agent", "echo-agent", "--domain", "hr", "--ip-allow", "2001:db8::/32", "--rate", "5")
    assert (shown.exit_code, "agents:invoke, runs:read" in shown.stdout) == (0, True)
    assert json.loads(platform.asked[-1].body) == {
        "name": "ci",
        "roleArn": CALLER["roleArn"],
        "scopes": ["agents:invoke", "runs:read"],
        "agents": ["echo-agent"],
        "domains": ["hr"],
        "environment": "prod",
        "ipAllow": ["2001:db8::/32"],
        "ratePerSecond": 5,
    }
    assert json.loads(ambit(*CREATE, "--json").stdout) == CALLER


def test_a_role_that_is_taken_is_told(platform: Any, answer: Any) -> None:
    problem = {"detail": "It is bound to a tenant already, and can be bound to one only.", "code": "CONFLICT"}
    platform.will_answer("POST /v1/aws-callers", answer(409, problem))
    refused = ambit(*CREATE)
    assert (refused.exit_code, "bound to a tenant already" in refused.stderr) == (5, True)


def test_a_role_calls_no_more(platform: Any, answer: Any) -> None:
    platform.will_answer("DELETE /v1/aws-callers/awc_1", answer(204, b""))
    assert "awc_1 revoked" in ambit("revoke", "awc_1").stdout
    assert json.loads(ambit("revoke", "awc_1", "--json").stdout) == {"callerId": "awc_1", "status": "revoked"}


@pytest.mark.parametrize("words", [("create", "ci"), CREATE[:4], ("revoke",)])
def test_a_wrong_command_line_sends_nothing(platform: Any, words: tuple[str, ...]) -> None:
    assert ambit(*words).exit_code == 2
    assert platform.asked == []
