import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from platform_kit import api_key
from scripts.ambit_cli.main import app

SECRET = api_key.mint()
KEY = {
    "keyId": "key_1",
    "name": "nightly",
    "prefix": SECRET[:8],
    "status": "active",
    "scopes": ["agents:invoke", "runs:read"],
    "environment": "prod",
    "expiresAt": "2026-06-04T05:06:07.000Z",
    "secrets": [
        {"prefix": SECRET[:8], "createdAt": "2026-03-04T05:06:07.000Z", "expiresAt": "2026-06-04T05:06:07.000Z"}
    ],
    "createdBy": "usr:1:ada",
    "createdAt": "2026-03-04T05:06:07.890Z",
    "useCount": 7,
    "lastUsedAt": "2026-03-05T00:00:00.000Z",
}
SCOPES = ("--scope", "agents:invoke", "--scope", "runs:read")


def ambit(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(app, ["keys", *words], input=text)


def test_keys_are_listed_with_their_use_and_never_a_secret(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/api-keys", answer(200, {"items": [KEY], "nextCursor": "more"}))
    shown = ambit("list", "--limit", "5", "--cursor", "c")
    assert f"key_1  nightly  {SECRET[:8]}  active  agents:invoke runs:read" in shown.stdout
    assert "7     2026-03-05T00:00:00.000Z" in shown.stdout
    assert "--cursor more" in shown.stderr
    assert platform.asked[-1].path == "/v1/api-keys?limit=5&cursor=c"
    assert json.loads(ambit("list", "--json").stdout)["items"] == [KEY]


def test_an_empty_list_says_how_to_make_one(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/api-keys", answer(200, {"items": []}))
    assert "ambit keys create" in ambit("list").stdout


def test_one_key_is_shown_with_each_secrets_end(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/api-keys/key_1", answer(200, KEY))
    shown = ambit("show", "key_1").stdout
    assert "agents:invoke, runs:read" in shown
    assert f"{SECRET[:8]}… until 2026-06-04T05:06:07.000Z" in shown
    assert json.loads(ambit("show", "key_1", "--json").stdout) == KEY


def test_a_made_key_shows_its_secret_once_and_warns(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/api-keys", answer(201, {**KEY, "secret": SECRET}))
    shown = ambit("create", "nightly", *SCOPES)
    assert (shown.exit_code, shown.stdout.count(SECRET)) == (0, 1)
    assert "not shown again" in shown.stderr
    assert SECRET not in shown.stderr
    sent = {"name": "nightly", "scopes": ["agents:invoke", "runs:read"], "environment": "prod"}
    assert json.loads(platform.asked[-1].body) == sent
    as_json = ambit("create", "nightly", *SCOPES, "--json")
    assert json.loads(as_json.stdout)["secret"] == SECRET
    assert "not shown again" in as_json.stderr


def test_a_key_is_limited_as_asked(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/api-keys", answer(201, {**KEY, "secret": SECRET}))
    limits = (
        "--agent",
        "echo-agent",
        "--domain",
        "hr",
        "--domain",
        "finance",
        "--environment",
        "test",
        "--ip-allow",
        "192.0.2.0/24",
        "--rate",
        "5",
    )
    assert ambit("create", "nightly", *SCOPES, *limits, "--days", "30").exit_code == 0
    sent = json.loads(platform.asked[-1].body)
    ends = datetime.fromisoformat(sent.pop("expiresAt"))
    assert abs(ends - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)
    assert (sent["agents"], sent["domains"]) == (["echo-agent"], ["hr", "finance"])
    assert (sent["environment"], sent["ipAllow"], sent["ratePerSecond"]) == ("test", ["192.0.2.0/24"], 5)


@pytest.mark.parametrize(
    "words",
    [
        ("create", "nightly"),
        ("create", "nightly", *SCOPES, "--days", "367"),
        ("create", "nightly", *SCOPES, "--rate", "0"),
        ("rotate", "key_1", "--overlap-seconds", "604801"),
        ("revoke",),
    ],
)
def test_a_wrong_command_line_sends_nothing(platform: Any, words: tuple[str, ...]) -> None:
    assert ambit(*words).exit_code == 2
    assert platform.asked == []


def test_a_rotated_key_shows_its_new_secret_once(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/api-keys/key_1/rotate", answer(201, {**KEY, "secret": SECRET}))
    shown = ambit("rotate", "key_1")
    assert shown.stdout.count(SECRET) == 1
    assert "not shown again" in shown.stderr
    assert json.loads(platform.asked[-1].body) == {"overlapSeconds": 86400}
    ambit("rotate", "key_1", "--overlap-seconds", "0", "--days", "1")
    sent = json.loads(platform.asked[-1].body)
    assert (sent["overlapSeconds"], "expiresAt" in sent) == (0, True)


def test_a_repeated_answer_without_a_secret_is_not_called_one(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/api-keys", answer(201, {**KEY, "secret": None}))
    shown = ambit("create", "nightly", *SCOPES)
    assert (shown.exit_code, shown.stderr) == (0, "")


def test_a_key_is_revoked(platform: Any, answer: Any) -> None:
    platform.will_answer("DELETE /v1/api-keys/key_1", answer(204, b""))
    assert "key_1 revoked" in ambit("revoke", "key_1").stdout
    assert json.loads(ambit("revoke", "key_1", "--json").stdout) == {"keyId": "key_1", "status": "revoked"}
    platform.will_answer("DELETE /v1/api-keys/key_1", answer(404, {"detail": "There is no such key."}))
    missing = ambit("revoke", "key_1")
    assert (missing.exit_code, missing.stdout) == (4, "")


def test_a_found_text_is_recognised_without_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMBIT_API_URL", raising=False)
    found = json.loads(ambit("inspect", "--json", text=f" {SECRET}\n").stdout)
    assert found == {"prefix": SECRET[:8], "sha256": api_key.digest(SECRET)}
    shown = ambit("inspect", text=SECRET)
    assert api_key.digest(SECRET) in shown.stdout
    assert SECRET not in shown.output


@pytest.mark.parametrize(
    "text",
    ["", "amb_", "eyJ.e.y", SECRET[:-1], f"{SECRET} {SECRET}"],
    ids=["empty", "prefix", "token", "short", "twice"],
)
def test_what_is_no_key_is_said_without_repeating_it(text: str) -> None:
    told = ambit("inspect", text=text)
    assert (told.exit_code, "no API key" in told.stderr) == (1, True)
    assert len(text) < 5 or text not in told.output


def test_keys_are_not_managed_with_a_key(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", SECRET)
    for words in (("list",), ("show", "key_1"), ("create", "x", *SCOPES), ("rotate", "key_1"), ("revoke", "key_1")):
        refused = ambit(*words)
        assert (refused.exit_code, "unset AMBIT_API_KEY" in refused.stderr) == (3, True)
    assert platform.asked == []
