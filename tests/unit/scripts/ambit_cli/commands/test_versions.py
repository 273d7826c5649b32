"""`ambit templates`, `ambit versions` and `ambit instances` as people type them, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

VERSION = {
    "versionId": "ver_1",
    "agent": "a",
    "status": "approved",
    "contentHash": "c" * 64,
    "createdAt": "t0",
    "createdBy": "ada",
    "manifest": {},
    "prompts": {},
}
NODES = [
    {**VERSION, "depth": 0, "children": ["ver_2", "ver_3"]},
    {**VERSION, "versionId": "ver_2", "depth": 1, "children": ["ver_4"], "status": "draft"},
    {**VERSION, "versionId": "ver_3", "depth": 1, "children": [], "status": "draft"},
    {**VERSION, "versionId": "ver_4", "depth": 2, "children": [], "status": "draft"},
]


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def sent(platform: Any) -> Any:
    return json.loads(platform.asked[-1].body)


def test_the_lineage_is_drawn_as_a_tree(platform: Any, answer: Any) -> None:
    found = {"agent": "a", "approvedVersionId": "ver_1", "items": NODES}
    platform.will_answer("GET /v1/templates/a/lineage", answer(body=found))
    lines = ambit("templates", "lineage", "a").stdout.splitlines()
    assert [line.split("  t0")[0].rstrip() for line in lines[1:]] == [
        "ver_1      approved  default",
        "  ver_2    draft",
        "    ver_4  draft",
        "  ver_3    draft",
    ]


def test_templates_are_listed_and_shown(platform: Any, answer: Any) -> None:
    template = {"name": "a", "mode": "sync", "approvedVersionId": "ver_1", "secondVersionId": "ver_2"}
    platform.will_answer("GET /v1/templates", answer(body={"items": [template]}))
    assert "ver_1    ver_2" in ambit("templates").stdout
    platform.will_answer("GET /v1/templates/a", answer(body=template))
    assert "secondVersionId    ver_2" in ambit("templates", "show", "a").stdout


def test_versions_are_listed_of_one_agent(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/versions", answer(body={"items": [VERSION], "nextCursor": "n"}))
    result = ambit("versions", "--agent", "a")
    assert "ver_1    a      approved  cccccccccccc  t0    ada" in result.stdout
    assert "--cursor n" in result.stderr


def test_a_version_is_shown_with_what_it_lacks(platform: Any, answer: Any) -> None:
    gates = [{"gate": "policy", "holds": True}, {"gate": "evaluation", "holds": False, "why": "nothing judges it"}]
    platform.will_answer("GET /v1/versions/ver_1", answer(body=VERSION))
    suites = [{"suite": "core", "by": ["manifest", "approved"]}]
    platform.will_answer("GET /v1/versions/ver_1/gates", answer(body={"gates": gates, "requiredSuites": suites}))
    told = ambit("versions", "show", "ver_1").stdout
    assert "evaluation  closed  nothing judges it" in told
    assert "core            manifest, approved" in told
    assert json.loads(ambit("versions", "show", "ver_1", "--json").stdout)["gates"] == gates


def test_differences_are_told_place_by_place(platform: Any, answer: Any) -> None:
    changes = [{"pointer": "/manifest/tools", "before": ["a"], "after": ["a", "b"]}]
    platform.will_answer("GET /v1/versions/ver_2/diff", answer(body={"versionId": "ver_2", "changes": changes}))
    assert "/manifest/tools" in ambit("versions", "diff", "ver_2").stdout
    platform.will_answer("GET /v1/versions/ver_2/diff", answer(body={"versionId": "ver_2", "changes": []}))
    assert "Nothing" in ambit("versions", "diff", "ver_2", "--against", "ver_1").stdout


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["promote", "ver_1", "approved"], {"to": "approved"}),
        (["promote", "ver_1", "approved", "--second"], {"to": "approved", "asDefault": False}),
        (["quarantine", "ver_1", "--reason", "r"], {"to": "quarantined", "reason": "r"}),
        (["release", "ver_1", "--reason", "r"], {"to": "candidate", "reason": "r"}),
    ],
)
def test_a_version_is_moved(words: list[str], body: dict[str, Any], platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/versions/ver_1/promote", answer(body=VERSION))
    assert "approved" in ambit("versions", *words).stdout
    assert sent(platform) == body


def test_a_refusal_names_every_gate(platform: Any, answer: Any) -> None:
    errors = [{"pointer": f"/gates/{gate}", "message": "nothing judges it yet"} for gate in ("evaluation", "approvals")]
    problem = {"code": "PROMOTION_REFUSED", "status": 409, "detail": "Gates that do not hold.", "errors": errors}
    platform.will_answer("POST /v1/versions/ver_1/promote", answer(409, body=problem))
    result = ambit("versions", "promote", "ver_1", "approved")
    assert result.exit_code != 0
    assert all(f"/gates/{gate}" in result.stderr for gate in ("evaluation", "approvals"))


def test_an_agent_is_rolled_back_by_its_name(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/templates/a", answer(body={"name": "a", "approvedVersionId": "ver_2"}))
    done = {"agent": "a", "rolledBack": "ver_2", "approvedVersionId": "ver_1"}
    platform.will_answer("POST /v1/versions/ver_2/rollback", answer(body=done))
    assert "approvedVersionId  ver_1" in ambit("versions", "rollback", "a", "--reason", "it errs").stdout
    assert sent(platform) == {"reason": "it errs"}
    refused = ambit("versions", "rollback", "a", "--second", "--reason", "r")
    assert (refused.exit_code != 0, "no second version" in refused.stderr) == (True, True)


def test_instances_are_listed_a_tenants_own_or_anothers(platform: Any, answer: Any) -> None:
    page = {"items": [{"agent": "a", "status": "paused", "by": "ada"}]}
    for path, words in (("/v1/instances", []), ("/v1/tenants/acme/instances", ["--of", "acme"])):
        platform.will_answer(f"GET {path}", answer(body=page))
        assert "a      paused" in ambit("instances", "list", *words).stdout


@pytest.mark.parametrize(("word", "status"), [("drain", "draining"), ("read-only", "read_only")])
def test_an_instance_is_changed_as_it_is_now(word: str, status: str, platform: Any, answer: Any) -> None:
    instance = {"agent": "a", "status": "active", "transitions": []}
    platform.will_answer("GET /v1/instances/a", answer(body=instance, headers={"etag": '"3"'}))
    platform.will_answer("PATCH /v1/instances/a", answer(body={**instance, "status": status}))
    assert status in ambit("instances", word, "a", "--reason", "r").stdout
    assert sent(platform) == {"status": status, "reason": "r"}
    assert platform.asked[-1].headers["if-match"] == '"3"'


def test_of_several_each_is_told_and_a_failure_is_no_success(platform: Any, answer: Any) -> None:
    failed = {"agent": "b", "done": False, "code": "CONFLICT", "detail": "cannot"}
    items = [{"agent": "a", "done": True, "status": "paused", "ended": 0}, failed]
    for path, words in (("/v1/instances/bulk", []), ("/v1/tenants/acme/instances/bulk", ["--of", "acme"])):
        platform.will_answer(f"POST {path}", answer(body={"done": 1, "failed": 1, "items": items}))
        result = ambit("instances", "bulk", "paused", "a", "b", "--reason", "r", *words)
        assert (result.exit_code, "CONFLICT" in result.stdout) == (1, True)
        assert sent(platform) == {"agents": ["a", "b"], "status": "paused", "reason": "r"}
