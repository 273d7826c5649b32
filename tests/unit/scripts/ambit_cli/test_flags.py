"""`ambit flags` and `ambit kill-switches` as an operator types them, over the wire."""

import base64
import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from governance.flags import CAPABILITIES
from scripts.ambit_cli.main import app

FLAG = {"name": "agents.invoke", "description": "d", "enabled": True, "rules": [{"tiers": ["premium"], "percent": 5}]}
FLAG |= {"updatedBy": "usr:1:ops", "updatedAt": "2026-01-02T03:04:05.678Z"}
PATH = "/v1/platform/flags/agents.invoke"
SWITCH = {"switchId": "ksw_1", "scope": "tenant", "target": "acme", "reason": "runs away"}
SWITCH |= {"createdBy": "usr:1:ops", "createdAt": "2026-01-02T03:04:05.678Z"}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def sent(platform: Any) -> Any:
    return json.loads(platform.asked[-1].body)


def test_flags_are_listed_with_those_they_are_for(platform: Any, answer: Any) -> None:
    everybody = {**FLAG, "name": "agents.stream", "enabled": False, "rules": [{}]}
    platform.will_answer("GET /v1/platform/flags", answer(body={"items": [FLAG, everybody], "nextCursor": "c"}))
    result = ambit("flags", "list")
    assert "agents.invoke  on     premium and 5 %" in result.stdout
    assert "agents.stream  off    everybody" in result.stdout
    assert "--cursor c" in result.stderr
    assert json.loads(ambit("flags", "list", "--json").stdout)["items"][0] == FLAG


def test_no_flags_are_said_to_stop_everything(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/platform/flags", answer(body={"items": []}))
    assert "ambit flags defaults" in ambit("flags", "list").stdout


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["--off"], {"enabled": False, "rules": FLAG["rules"]}),
        (["--on", "--everybody"], {"enabled": True, "rules": [{}]}),
        (["--on", "--percent", "30"], {"enabled": True, "rules": [{"percent": 30}]}),
        (["--on", "--percent", "0"], {"enabled": True, "rules": [{"percent": 0}]}),
        (
            ["--on", "--tier", "basic", "--tenant", "acme", "--tenant", "globex", "--agent", "echo-agent"],
            {
                "enabled": True,
                "rules": [{"tiers": ["basic"], "tenants": ["acme", "globex"], "agents": ["echo-agent"]}],
            },
        ),
        (
            ["--on", "--rule", '{"tiers": ["premium"]}', "--rule", '{"percent": 5}', "--description", "x"],
            {"enabled": True, "rules": [{"tiers": ["premium"]}, {"percent": 5}], "description": "x"},
        ),
    ],
)
def test_a_flag_is_changed_in_the_version_that_was_read(
    platform: Any, answer: Any, words: list[str], body: dict[str, Any]
) -> None:
    platform.will_answer(f"GET {PATH}", answer(200, FLAG, {"etag": '"7"'}))
    platform.will_answer(f"PUT {PATH}", answer(200, FLAG))
    result = ambit("flags", "set", "agents.invoke", *words)
    assert result.exit_code == 0, result.stderr
    assert (platform.asked[-1].headers["if-match"], sent(platform)) == ('"7"', body)


def test_a_new_flag_is_for_everybody_and_sent_without_a_version(platform: Any, answer: Any) -> None:
    platform.will_answer(f"PUT {PATH}", answer(201, FLAG))
    assert ambit("flags", "set", "agents.invoke", "--on").exit_code == 0
    assert "if-match" not in platform.asked[-1].headers
    assert sent(platform) == {"enabled": True, "rules": [{}]}


@pytest.mark.parametrize(
    "words", [["--on", "--rule", "{"], ["--on", "--rule", "[]"], ["--on", "--percent", "5", "--everybody"], []]
)
def test_bad_words_change_nothing(platform: Any, answer: Any, words: list[str]) -> None:
    platform.will_answer(f"GET {PATH}", answer(200, FLAG, {"etag": '"7"'}))
    assert ambit("flags", "set", "agents.invoke", *words).exit_code == 2
    assert [asked.method for asked in platform.asked if asked.method != "GET"] == []


def test_a_flag_that_changed_meanwhile_is_told(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(200, FLAG, {"etag": '"7"'}))
    platform.will_answer(f"PUT {PATH}", answer(412, {"detail": "The resource has changed.", "code": "X"}))
    result = ambit("flags", "set", "agents.invoke", "--off")
    assert (result.exit_code, "has changed" in result.stderr) == (5, True)


def test_defaults_make_what_is_missing_and_touch_nothing_else(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(200, FLAG, {"etag": '"7"'}))
    for name in CAPABILITIES:
        platform.will_answer(f"PUT /v1/platform/flags/{name}", answer(201, FLAG))
    assert ambit("flags", "defaults").exit_code == 0
    made = {asked.path.rsplit("/", 1)[1] for asked in platform.asked if asked.method == "PUT"}
    assert made == set(CAPABILITIES) - {"agents.invoke"}


def test_a_switch_is_set_listed_and_cleared(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/kill-switches", answer(201, SWITCH))
    platform.will_answer("GET /v1/kill-switches", answer(body={"items": [SWITCH]}))
    platform.will_answer("DELETE /v1/kill-switches/ksw_1", answer(204, b""))
    assert ambit("kill-switches", "set", "tenant", "acme").exit_code == 2
    assert "ksw_1" in ambit("kill-switches", "set", "tenant", "acme", "--reason", "runs away").stdout
    assert sent(platform) == {"scope": "tenant", "target": "acme", "reason": "runs away"}
    ambit("kill-switches", "set", "platform", "--reason", "r")
    assert sent(platform) == {"scope": "platform", "reason": "r"}
    assert "ksw_1   tenant  acme    runs away" in ambit("kill-switches", "list").stdout
    assert "cleared" in ambit("kill-switches", "clear", "ksw_1").stdout
    assert platform.asked[-1].method == "DELETE"


def token_of(*roles: str) -> str:
    """What a sign-in gives: only its claims are looked at here."""
    middle = base64.urlsafe_b64encode(json.dumps({"roles": roles}).encode()).decode().rstrip("=")
    return f"h.{middle}.s"


@pytest.mark.parametrize(("words", "roles"), [(["--own"], ()), ([], ("Tenant.Admin",)), (["--own"], ("Tenant.Admin",))])
def test_a_tenants_administrator_stops_what_is_the_tenants_own(
    platform: Any, answer: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], roles: tuple[str, ...]
) -> None:
    if roles:
        monkeypatch.setenv("AMBIT_TOKEN", token_of(*roles))
    own = "/v1/tenant/kill-switches"
    made = {**SWITCH, "scope": "agent", "target": "echo-agent"}
    platform.will_answer(f"POST {own}", answer(201, made))
    platform.will_answer(f"GET {own}", answer(body={"items": [made]}))
    platform.will_answer(f"DELETE {own}/ksw_1", answer(204, b""))
    assert "ksw_1" in ambit("kill", "agent", "echo-agent", "--reason", "runs away", *words).stdout
    assert sent(platform) == {"scope": "agent", "target": "echo-agent", "reason": "runs away"}
    ambit("kill", "tenant", "--reason", "r", *words)
    assert sent(platform) == {"scope": "tenant", "reason": "r"}
    assert "echo-agent" in ambit("kill-switches", "list", *words).stdout
    assert "cleared" in ambit("kill-switches", "clear", "ksw_1", *words).stdout


@pytest.mark.parametrize("roles", [("Platform.Operator",), ("Tenant.Admin", "Platform.Operator"), ()])
def test_whoever_is_an_operator_asks_as_one(
    platform: Any, answer: Any, monkeypatch: pytest.MonkeyPatch, roles: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AMBIT_TOKEN", token_of(*roles))
    platform.will_answer("POST /v1/kill-switches", answer(201, SWITCH))
    assert ambit("kill", "tenant", "acme", "--reason", "r").exit_code == 0


def test_no_api_key_stops_what_is_a_tenants_own(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", "amb_" + "x" * 50)
    assert ambit("kill", "tenant", "--reason", "r", "--own").exit_code == 3
    assert platform.asked == []


def test_nothing_stopped_is_said(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/kill-switches", answer(body={"items": []}))
    assert ambit("kill-switches", "list").stdout == "Nothing is stopped.\n"
