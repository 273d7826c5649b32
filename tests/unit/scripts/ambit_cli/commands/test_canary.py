"""`ambit canary` as people type it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.exits import Exit
from scripts.ambit_cli.main import app

PATH = "/v1/instances/a/canary"
SEEN = {"runs": 9, "failed": 1, "blocked": 0, "failureRate": 0.1111, "blockRate": 0.0, "p95Ms": 90.5}
CANARY = {
    "agent": "a",
    "status": "on",
    "canaryId": "can_1",
    "percent": 5.0,
    "verdict": "as_well",
    "stable": {"versionId": "ver_1", **SEEN},
    "candidate": {"versionId": "ver_2", **SEEN, "runs": 3},
}
NONE = {"agent": "a", "status": "none"}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["canary", *words])


def stands(platform: Any, answer: Any, found: dict[str, Any]) -> None:
    platform.will_answer(f"GET {PATH}", answer(body=found, headers={"etag": '"7"'}))


def test_a_canary_is_started_by_the_version_of_the_record_that_was_read(platform: Any, answer: Any) -> None:
    stands(platform, answer, NONE)
    platform.will_answer(f"PUT {PATH}", answer(body=CANARY))
    result = ambit("start", "a", "--percent", "5.25", "--version", "ver_2", "--reason", "new prompts")
    assert result.exit_code == 0, result.output
    asked = platform.asked[-1]
    assert json.loads(asked.body) == {"percent": 5.25, "versionId": "ver_2", "reason": "new prompts"}
    assert asked.headers["if-match"] == '"7"'
    assert "candidate  ver_2    3     1" in result.stdout


def test_one_that_is_on_is_not_started_over_and_one_that_is_not_is_not_changed(platform: Any, answer: Any) -> None:
    stands(platform, answer, CANARY)
    refused = ambit("start", "a", "--percent", "5", "--reason", "x")
    assert (refused.exit_code, "canary set a" in refused.stderr) == (Exit.REFUSED, True)
    stands(platform, answer, {**CANARY, "status": "ended"})
    assert ambit("set", "a", "--percent", "9", "--reason", "x").exit_code == Exit.REFUSED
    assert ambit("stop", "a").exit_code == Exit.REFUSED
    assert {asked.method for asked in platform.asked} <= {"GET", "POST"}


def test_a_change_names_the_candidate_that_it_is_of(platform: Any, answer: Any) -> None:
    stands(platform, answer, CANARY)
    platform.will_answer(f"PUT {PATH}", answer(body={**CANARY, "percent": 9.0}))
    assert ambit("set", "a", "--percent", "9", "--reason", "x").exit_code == 0
    assert json.loads(platform.asked[-1].body) == {"percent": 9, "versionId": "ver_2", "reason": "x"}


def test_it_is_stopped_by_the_version_that_was_read(platform: Any, answer: Any) -> None:
    stands(platform, answer, {**CANARY, "status": "void"})
    platform.will_answer(f"DELETE {PATH}", answer(body={**CANARY, "status": "ended"}))
    assert "ended" in ambit("stop", "a").stdout
    assert platform.asked[-1].headers["if-match"] == '"7"'


def test_both_versions_are_shown_with_what_was_seen(platform: Any, answer: Any) -> None:
    stands(platform, answer, CANARY)
    shown = ambit("show", "a").stdout
    assert "verdict   as_well" in shown
    assert [line.split()[1] for line in shown.splitlines()[-2:]] == ["ver_1", "ver_2"]
    assert json.loads(ambit("show", "a", "--json").stdout) == CANARY
    stands(platform, answer, NONE)
    assert "none" in ambit("show", "a").stdout


def test_operators_set_it_for_several_tenants(platform: Any, answer: Any) -> None:
    for tenant in ("acme", "globex"):
        platform.will_answer(f"POST /v1/tenants/{tenant}/instances/a/canary", answer(body=CANARY))
    of = ("--of", "acme", "--of", "globex")
    told = ambit("start", "a", "--percent", "5", "--reason", "x", *of).stdout
    assert [line.split()[:2] for line in told.splitlines()[1:]] == [["acme", "on"], ["globex", "on"]]
    assert ambit("set", "a", "--percent", "5", "--reason", "x", *of).exit_code == 0
    assert json.loads(ambit("stop", "a", *of, "--json").stdout)["items"][1]["tenantId"] == "globex"
    assert json.loads(platform.asked[-1].body) == {"percent": 0, "reason": "ended by an operator"}


def test_when_one_tenants_is_refused_those_before_it_are_told(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/tenants/acme/instances/a/canary", answer(body=CANARY))
    problem = {"code": "NOT_FOUND", "detail": "There is no such instance."}
    platform.will_answer("POST /v1/tenants/globex/instances/a/canary", answer(404, problem))
    stopped = ambit("stop", "a", "--of", "acme", "--of", "globex", "--of", "initech")
    assert (stopped.exit_code != 0, "acme: on" in stopped.stderr, "initech" in stopped.stderr) == (True, True, False)


def test_promoting_is_said_and_left_to_operators(platform: Any, answer: Any) -> None:
    stands(platform, answer, CANARY)
    assert ambit("promote", "a").stdout == "ambit versions promote ver_2 approved\n"
    stands(platform, answer, NONE)
    assert ambit("promote", "a").exit_code == Exit.REFUSED


@pytest.mark.parametrize("percent", ["0", "100.5", "many"])
def test_a_share_that_is_none_is_refused_before_anything_is_sent(platform: Any, percent: str) -> None:
    assert ambit("start", "a", "--percent", percent, "--reason", "x").exit_code == 2
    assert platform.asked == []
