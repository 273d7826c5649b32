"""`ambit policy test|simulate|diff|shadow|rollback|export` as a tenant's people type them, over the wire."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

PRESENT = {"policyId": "pol_1", "name": "p", "agent": "echo-agent", "version": 3, "override": {"autonomyTier": 1}}
EARLIER = {**PRESENT, "version": 1, "override": {"autonomyTier": 0}}
DENIED = {"decision": "DENY", "ruleId": "deny-not-granted", "riskLevel": "low", "requiredApprovals": []}
DENIED |= {"explanation": "No grant covers it.", "policies": []}
OUTCOME = {"decision": "DENY", "ruleId": "deny-not-granted", "explanation": "No grant covers it."}
CHANGE = {"runId": "run_1", "event": 4, "tool": "files.write", "direction": "stricter", "after": OUTCOME}
SIMULATED = {"runs": 2, "total": 3, "changed": 1, "undecidable": 1, "changes": [{**CHANGE, "before": OUTCOME}]}
SIMULATED |= {"counts": [{"from": "ALLOW", "to": "DENY", "count": 1}]}
PATH = "/v1/policies/pol_1"


def ambit(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["policy", *words], input=typed)


def sent(platform: Any) -> Any:
    return json.loads(platform.asked[-1].body)


@pytest.fixture
def kept(platform: Any, answer: Any) -> Any:
    """A policy of three versions; whatever is read of it is the newest, unless a test says otherwise."""
    platform.will_answer(f"GET {PATH}", answer(body={**PRESENT, "shadow": {"tools": []}}, headers={"etag": '"3"'}))
    platform.will_answer(f"PUT {PATH}", answer(body={**PRESENT, "version": 4}))
    return platform


def cases(folder: Path, *wanted: dict[str, Any], **named: str) -> str:
    place = folder / "cases.json"
    place.write_text(json.dumps({**(named or {"agent": "echo-agent"}), "cases": list(wanted)}))
    return str(place)


def test_a_case_that_is_answered_otherwise_fails_the_command(platform: Any, answer: Any, tmp_path: Path) -> None:
    platform.will_answer("POST /v1/policy/evaluate", answer(body=DENIED))
    case = {"tool": "files.read", "callsSoFar": 2, "decision": "DENY"}
    held = ambit("test", cases(tmp_path, case))
    assert (held.exit_code, sent(platform)["context"]) == (0, {"tool": "files.read", "callsSoFar": 2})
    assert "1 of 1 as expected" in held.stdout
    for other in ({"decision": "ALLOW"}, {"ruleId": "deny-cost"}):
        found = ambit("test", cases(tmp_path, case, {**case, **other}))
        assert found.exit_code == 1
        assert "1 of 2 as expected" in found.stdout
    assert ambit("test", cases(tmp_path, {**case, "decision": "ALLOW"}), "--json").exit_code == 1


@pytest.mark.parametrize("text", ["{}", '{"agent": "a"}', '{"agent": "a", "cases": []}', '{"cases": [{"tool": "t"}]}'])
def test_a_file_that_expects_nothing_is_no_test(platform: Any, text: str) -> None:
    assert ambit("test", text).exit_code == 2
    assert platform.asked == []


def test_a_simulation_tells_what_becomes_of_what_and_why(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/policy/simulate", answer(body=SIMULATED))
    found = ambit("simulate", '{"tools": []}', "--agent", "echo-agent", "--runs", "5")
    assert sent(platform) == {"agent": "echo-agent", "override": {"tools": []}, "runs": 5}
    assert "stricter  files.write  run_1 event 4  deny-not-granted: No grant covers it." in found.stdout
    assert "1 of 3 calls in 2 runs would change, 1 undecidable" in found.stdout
    assert json.loads(ambit("simulate", "{}", "--agent", "a", "--json").stdout) == SIMULATED


def test_two_versions_are_compared(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(body=EARLIER), answer(body=PRESENT), answer(body=PRESENT))
    lines = ambit("diff", "pol_1", "--from", "1").stdout.splitlines()
    assert lines[:2] == ["--- version 1", "+++ version 3"]
    assert {'-  "autonomyTier": 0', '+  "autonomyTier": 1'} <= set(lines)


def test_what_shall_be_asked_beside_changes_nothing_that_is_in_force(kept: Any) -> None:
    assert ambit("shadow", "pol_1", '{"autonomyTier": 0}').exit_code == 0
    assert sent(kept) == {"override": {"autonomyTier": 1}, "shadow": {"autonomyTier": 0}}
    assert kept.asked[-1].headers["if-match"] == '"3"'


@pytest.mark.parametrize(("option", "override"), [("--end", {"autonomyTier": 1}), ("--promote", {"tools": []})])
def test_a_shadow_is_ended_or_put_in_force(kept: Any, option: str, override: object) -> None:
    assert ambit("shadow", "pol_1", option).exit_code == 0
    assert sent(kept) == {"override": override}


def test_a_shadow_that_is_not_there_is_neither(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(body=PRESENT))
    assert ambit("shadow", "pol_1", "--promote").exit_code == 5
    assert ambit("shadow", "pol_1").exit_code == ambit("shadow", "pol_1", "{}", "--end").exit_code == 2
    assert [request.method for request in platform.asked] == ["GET"]


def test_an_earlier_version_is_put_in_force_again_once_its_difference_was_seen(platform: Any, answer: Any) -> None:
    tagged = answer(body=PRESENT, headers={"etag": '"3"'})
    platform.will_answer(f"GET {PATH}", tagged, answer(body=EARLIER), tagged, answer(body=EARLIER))
    platform.will_answer(f"PUT {PATH}", answer(body={**EARLIER, "version": 4}))
    assert ambit("rollback", "pol_1", "--to", "1", typed="n\n").exit_code == 1
    assert platform.asked[-1].method == "GET"
    found = ambit("rollback", "pol_1", "--to", "1", "--yes")
    assert '+  "autonomyTier": 0' in found.stdout
    assert sent(platform) == {"override": {"autonomyTier": 0}}
    assert platform.asked[-1].headers["if-match"] == '"3"'


def test_an_envelope_is_exported_as_three_files(platform: Any, answer: Any, tmp_path: Path) -> None:
    body = {"policies": "permit", "cedarSchema": "entity", "entities": "[]"}
    platform.will_answer("GET /v1/policy/cedar", answer(body=body))
    ambit("export", "--agent", "echo-agent", "--into", str(tmp_path / "out"))
    found = {place.name: place.read_text() for place in (tmp_path / "out").iterdir()}
    assert found == {
        "echo-agent.cedar": "permit",
        "echo-agent.cedarschema": "entity",
        "echo-agent.entities.json": "[]",
    }
