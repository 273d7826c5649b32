"""`ambit incidents`, `ambit instances` and `ambit kill` as people type them, over the wire."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from platform_kit import api_key
from scripts.ambit_cli.main import app

ENTRY = {"at": "2026-01-02T03:04:05.678Z", "type": "fact", "title": "it fell", "source": "run_1"}
SUMMARY = {
    "incidentId": "inc_1",
    "kind": "run-halted",
    "severity": "S3",
    "status": "open",
    "title": "a: it fell",
    "about": "agent:a",
    "count": 2,
    "openedAt": "t0",
    "lastEventAt": "t1",
}
INCIDENT = {**SUMMARY, "timeline": [ENTRY], "transitions": ["resolved"]}
RESET = {"by": "ada", "reason": "repaired", "state": "halted", "at": "t2"}
HOLD = {"agent": "a", "state": "active", "graveHalts": 0, "resets": [RESET]}
SWITCH = {
    "switchId": "ksw_1",
    "scope": "run",
    "target": "acme/run_1",
    "reason": "r",
    "createdBy": "o",
    "createdAt": "t",
}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def sent(platform: Any) -> Any:
    return json.loads(platform.asked[-1].body)


@pytest.mark.parametrize(("words", "path"), [([], "/v1/incidents"), (["--platform"], "/v1/platform/incidents")])
def test_incidents_are_listed_with_what_happened(words: list[str], path: str, platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {path}", answer(body={"items": [SUMMARY], "nextCursor": "c"}))
    result = ambit("incidents", "list", "--status", "open", *words)
    assert "inc_1     S3        open    run-halted  2       t1    a: it fell" in result.stdout
    assert "--cursor c" in result.stderr


def test_an_incident_is_shown_with_its_timeline(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/incidents/inc_1", answer(body=INCIDENT))
    told = ambit("incidents", "show", "inc_1").stdout
    assert "severity     S3" in told
    assert "2026-01-02T03:04:05.678Z  fact  it fell" in told
    assert json.loads(ambit("incidents", "show", "inc_1", "--json").stdout) == INCIDENT


def test_a_change_names_the_version_it_saw(platform: Any, answer: Any, tmp_path: Path) -> None:
    platform.will_answer("GET /v1/incidents/inc_1", answer(body=INCIDENT, headers={"etag": '"7"'}))
    platform.will_answer("PATCH /v1/incidents/inc_1", answer(body={**INCIDENT, "status": "resolved"}))
    learnt = tmp_path / "learnt.md"
    learnt.write_text("the loop had no end")
    done = ambit("incidents", "patch", "inc_1", "--status", "resolved", "--postmortem", f"@{learnt}")
    assert "resolved" in done.stdout
    assert sent(platform) == {"status": "resolved", "postmortem": "the loop had no end"}
    assert platform.asked[-1].headers["if-match"] == '"7"'


def test_something_is_done_about_it(platform: Any, answer: Any) -> None:
    done = {"incidentId": "inc_1", "action": "revoke", "target": "key_1", "ended": 0, "status": "mitigated"}
    platform.will_answer("POST /v1/incidents/inc_1/mitigations", answer(body={**done, "auditSeq": 4}))
    assert "mitigated" in ambit("incidents", "mitigate", "inc_1", "revoke", "key_1", "--reason", "leaked").stdout
    assert sent(platform) == {"action": "revoke", "target": "key_1", "reason": "leaked"}


def test_no_key_does_what_people_do(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", api_key.mint())
    for words in (
        ("incidents", "mitigate", "inc_1", "pause", "--reason", "r"),
        ("instances", "pause", "a", "--reason", "r"),
        ("instances", "reset", "a", "--reason", "r"),
        ("kill", "platform", "--reason", "r"),
    ):
        assert ambit(*words).exit_code == 3
    assert platform.asked == []


@pytest.mark.parametrize(("verb", "state"), [("pause", "paused"), ("quarantine", "quarantined")])
def test_an_agent_is_held_as_it_was_seen(verb: str, state: str, platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/agents/a/hold", answer(body=HOLD, headers={"etag": '"3"'}))
    platform.will_answer("PUT /v1/agents/a/hold", answer(body={**HOLD, "state": state}))
    assert state in ambit("instances", verb, "a", "--reason", "r").stdout
    assert sent(platform) == {"state": state, "reason": "r"}
    assert platform.asked[-1].headers["if-match"] == '"3"'


def test_a_reset_tells_who_did_it(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/agents/a/reset", answer(body=HOLD))
    assert "t2 by ada: repaired" in ambit("instances", "reset", "a", "--reason", "repaired").stdout
    platform.will_answer("GET /v1/agents/a/hold", answer(body={**HOLD, "resets": []}))
    assert "last reset" not in ambit("instances", "show", "a").stdout


def test_a_run_is_killed_in_one_line(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/kill-switches", answer(body=SWITCH))
    assert "ksw_1" in ambit("kill", "run", "acme/run_1", "--reason", "r").stdout
    assert sent(platform) == {"scope": "run", "target": "acme/run_1", "reason": "r"}
