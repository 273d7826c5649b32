"""`ambit policy` as a tenant's people type it, over the wire."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

POLICY = {"policyId": "pol_1", "name": "read only", "agent": "analyst-agent", "version": 2, "updatedAt": "2026-01-02"}
SHOWN = {**POLICY, "override": {"autonomyTier": 1}}
DECISION = {"decision": "DENY", "ruleId": "deny-not-granted", "riskLevel": "medium", "requiredApprovals": []}
DECISION |= {"explanation": "No grant covers it.", "policies": [{"policyId": "pol_1", "version": 2}]}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["policy", *words])


def sent(platform: Any) -> Any:
    return json.loads(platform.asked[-1].body)


def test_policies_are_listed_with_the_agents_they_bind(platform: Any, answer: Any) -> None:
    everybody = {name: value for name, value in POLICY.items() if name != "agent"}
    platform.will_answer("GET /v1/policies", answer(body={"items": [POLICY, everybody]}))
    lines = ambit("list").stdout.splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["analyst-agent", "all"]
    platform.will_answer("GET /v1/policies", answer(body={"items": []}))
    assert "No policies" in ambit("list").stdout


def test_a_version_is_shown(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/policies/pol_1", answer(body=SHOWN))
    assert '{"autonomyTier": 1}' in ambit("show", "pol_1", "--version", "2").stdout
    assert json.loads(ambit("show", "pol_1", "--json").stdout) == SHOWN


def test_a_new_policy_is_made_of_a_file_or_of_json(platform: Any, answer: Any, tmp_path: Path) -> None:
    platform.will_answer("POST /v1/policies", answer(201, SHOWN))
    (tmp_path / "p.json").write_text('{"autonomyTier": 1}')
    for text in (str(tmp_path / "p.json"), '{"autonomyTier": 1}'):
        assert ambit("put", text, "--agent", "analyst-agent").exit_code == 0
        assert sent(platform) == {"name": "analyst-agent", "agent": "analyst-agent", "override": {"autonomyTier": 1}}


def test_a_change_names_the_version_that_it_follows(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/policies/pol_1", answer(body=SHOWN, headers={"etag": '"2"'}))
    platform.will_answer("PUT /v1/policies/pol_1", answer(body=SHOWN))
    assert ambit("put", "{}", "--id", "pol_1").exit_code == 0
    assert platform.asked[-1].headers["if-match"] == '"2"'
    assert sent(platform) == {"override": {}}


def test_what_is_no_override_is_told_before_anybody_is_asked(platform: Any) -> None:
    for words in (("put", "[]"), ("put", "no-such-file"), ("put", "{"), ("put", "{}", "--id", "p", "--agent", "a")):
        assert ambit(*words).exit_code != 0
    assert platform.asked == []


def test_a_call_is_asked_about(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/policy/evaluate", answer(body=DECISION))
    result = ambit("evaluate", "files.write", "--agent", "analyst-agent", "--params", '{"name": "x"}', "--calls", "3")
    assert "deny-not-granted" in result.stdout
    assert "pol_1 version 2" in result.stdout
    context = {"tool": "files.write", "params": {"name": "x"}, "costUsage": "0", "callsSoFar": 3}
    assert sent(platform) == {"agent": "analyst-agent", "context": context}


def test_evaluate_tells_what_the_run_was_asked(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/policy/evaluate", answer(body=DECISION))
    ambit("evaluate", "files.write", "--tainted", "--input", "Write to a.txt")
    assert (sent(platform)["context"]["tainted"], sent(platform)["context"]["input"]) == (True, "Write to a.txt")
