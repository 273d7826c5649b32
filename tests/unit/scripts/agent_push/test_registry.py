from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from governance.manifest import Manifest
from scripts.agent_push.errors import PushError
from scripts.agent_push.registry import Candidate, Pending, Registry, _pending, describe

MANIFEST = Manifest.parse(
    {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "handler": "e.a:app"}
)


class Api:
    """Answers by method and path; records what was sent."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.sent: list[tuple[str, str, Any]] = []
        self.keys: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else dict(request.url.params)
        self.keys.append(request.headers.get("idempotency-key"))
        self.sent.append((request.method, request.url.path, body))
        status, answer = self.answers[f"{request.method} {request.url.path}"].pop(0)
        return httpx.Response(status, json=answer)


def registry(answers: dict[str, Any]) -> tuple[Registry, Api]:
    api = Api(**answers)
    return Registry(httpx.Client(base_url="http://api", transport=httpx.MockTransport(api)), lambda _: None), api


def test_a_template_is_made_from_the_manifest() -> None:
    client, api = registry({"POST /v1/templates": [(201, {})]})
    assert client.ensure_template(MANIFEST) is True
    body = {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "tierMinimum": "basic"}
    body["domain"] = "general"
    assert api.sent == [("POST", "/v1/templates", body)]


def test_a_template_that_exists_is_fine() -> None:
    client, _ = registry({"POST /v1/templates": [(409, {})], "GET /v1/templates/echo-agent": [(200, {"owner": "t"})]})
    assert client.ensure_template(MANIFEST) is False


def test_somebody_elses_agent_of_that_name_gets_no_version() -> None:
    answers = {"POST /v1/templates": [(409, {})], "GET /v1/templates/echo-agent": [(200, {"owner": "platform"})]}
    client, _ = registry(answers)
    with pytest.raises(PushError, match=r"agent echo-agent of 'platform' already.*owner is 't': choose another name"):
        client.ensure_template(MANIFEST)


CANDIDATE = Candidate("a" * 64, "agents/echo-agent/a.zip", "b" * 64, {"p.md": "Be brief."}, MANIFEST, "arn:1")


@pytest.mark.parametrize(("status", "new"), [(201, True), (200, False)])
def test_content_that_was_registered_before_is_no_new_version(status: int, *, new: bool) -> None:
    client, api = registry({"POST /v1/templates/echo-agent/versions": [(status, {"versionId": "ver_1"})]})
    assert client.create_version(CANDIDATE) == ({"versionId": "ver_1"}, new)
    ((_, _, body),) = api.sent
    assert (body["artifactDigest"], body["lockDigest"], body["prompts"]) == ("a" * 64, "b" * 64, {"p.md": "Be brief."})
    assert "contentHash" not in body


def test_a_candidate_is_registered_once_however_often_it_is_sent() -> None:
    client, api = registry({"POST /v1/templates/echo-agent/versions": [(201, {"versionId": "ver_1"})] * 2})
    assert client.create_version(CANDIDATE) == client.create_version(CANDIDATE)
    assert len(set(api.keys)) == 1
    assert str(api.keys[0]).startswith("push-")


def test_a_version_that_another_push_registers_at_this_moment_is_waited_for() -> None:
    answers = [(409, {"code": "IDEMPOTENCY_IN_PROGRESS"}), (200, {"versionId": "ver_2"})]
    client, _ = registry({"POST /v1/templates/echo-agent/versions": answers})
    assert client.create_version(CANDIDATE) == ({"versionId": "ver_2"}, False)


def test_a_conflict_that_is_nobodys_push_is_told() -> None:
    refused = [(409, {"code": "CONFLICT", "detail": "No."})] * 10
    client, _ = registry({"POST /v1/templates/echo-agent/versions": refused})
    with pytest.raises(PushError, match=r"was not registered: 409 CONFLICT No\."):
        client.create_version(CANDIDATE)


@pytest.mark.parametrize(
    ("status", "approve", "steps"),
    [
        ("draft", True, ["candidate", "approved"]),
        ("draft", False, ["candidate"]),
        ("candidate", True, ["approved"]),
        ("candidate", False, []),
        ("rolled_back", True, ["candidate", "approved"]),
        ("rolled_back", False, ["candidate"]),
        ("deprecated", True, ["approved"]),
        ("deprecated", False, []),
        ("approved", True, []),
        ("approved", False, []),
    ],
)
def test_a_version_goes_as_far_as_it_is_asked_to(status: str, approve: bool, steps: list[str]) -> None:  # noqa: FBT001 - a case
    client, api = registry({"POST /v1/versions/ver_1/promote": [(200, {})] * 2})
    assert client.advance({"versionId": "ver_1", "status": status}, approve=approve) == [status, *steps][-1]
    assert [body["to"] for _, _, body in api.sent] == steps


def test_a_version_that_somebody_else_moves_meanwhile_is_met_where_it_is() -> None:
    answers = {
        "POST /v1/versions/ver_1/promote": [(409, {"detail": "It is candidate."}), (200, {})],
        "GET /v1/versions/ver_1": [(200, {"status": "candidate"})],
    }
    client, api = registry(answers)
    assert client.advance({"versionId": "ver_1", "status": "draft"}, approve=True) == "approved"
    assert [body.get("to") for method, _, body in api.sent if method == "POST"] == ["candidate", "approved"]


def test_a_promotion_that_is_refused_is_told_in_the_registrys_words() -> None:
    answers = {
        "POST /v1/versions/ver_1/promote": [(409, {"code": "GATES_FAILED", "detail": "No evaluation."})],
        "GET /v1/versions/ver_1": [(200, {"status": "candidate"})],
    }
    client, _ = registry(answers)
    with pytest.raises(PushError, match=r"ver_1 stays candidate: 409 GATES_FAILED No evaluation\."):
        client.advance({"versionId": "ver_1", "status": "candidate"}, approve=True)


def test_a_retired_version_is_not_brought_back() -> None:
    client, _ = registry({})
    with pytest.raises(PushError, match="ver_1 is retired"):
        client.advance({"versionId": "ver_1", "status": "retired"}, approve=True)


def test_a_refusal_is_told_in_the_apis_words_with_every_field() -> None:
    problem = {
        "code": "VALIDATION_FAILED", "detail": "The request is not valid.",
        "errors": [{"pointer": "/owner", "message": "is required"}],
    }  # fmt: skip
    client, _ = registry({"POST /v1/templates": [(400, problem)]})
    with pytest.raises(PushError, match=r"400 VALIDATION_FAILED The request is not valid\.; /owner: is required"):
        client.ensure_template(MANIFEST)


def test_an_api_that_is_not_there_is_told_with_its_address() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(refuse))
    with pytest.raises(PushError, match=r"http://api .*does not answer"):
        Registry(client).ensure_template(MANIFEST)


def test_an_answer_that_is_no_problem_json_is_shown_as_it_is() -> None:
    assert describe(httpx.Response(502, text="<html>")) == "502 <html>"


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([], Pending("golden", 0, 3, begun=False)),
        (["running", "failed"], Pending("golden", 2, 3, begun=True)),
        (["failed", "cancelled"], Pending("golden", 0, 3, begun=True, stopped=2)),
        (["failed", "succeeded"], None),
    ],
)
def test_a_suite_is_through_once_an_evaluation_came_to_its_end(statuses: list[str], found: Pending | None) -> None:
    suite = {"name": "golden", "digest": "d", "cases": 3}
    runs = [{"suite": "golden", "suiteDigest": "d", "status": status, "decided": 2} for status in statuses]
    assert _pending(suite, runs) == found


def test_a_changed_package_is_shown_to_the_platform_by_the_version_that_names_it() -> None:
    listed = [{"versionId": f"ver_{n}", "artifactDigest": n * 64} for n in "ab"]
    client, api = registry(
        {
            "GET /v1/versions": [(200, {"items": listed})] * 2,
            "GET /v1/versions/ver_b/artifact": [(409, {"code": "VERSION_TAMPERED"})],
        }
    )
    client.report_artifact("echo-agent", "b" * 64)
    assert [path for _, path, _ in api.sent] == ["/v1/versions", "/v1/versions/ver_b/artifact"]
    client.report_artifact("echo-agent", "c" * 64)
    assert len(api.sent) == 3


def test_what_is_required_of_a_version_is_what_its_gates_say() -> None:
    gates = {"requiredSuites": [{"suite": "golden", "by": ["manifest"]}]}
    client, _ = registry({"GET /v1/versions/ver_1/gates": [(200, gates)]})
    assert client.required_suites("ver_1") == ["golden"]


def test_only_required_suites_that_are_for_the_agent_are_waited_for() -> None:
    listed = [
        {"name": name, "digest": "d", "cases": 3, "agents": agents, "required": False}
        for name, agents in (("golden", ["a"]), ("foreign", ["b"]), ("optional", ["a"]))
    ]
    client, api = registry(
        {
            "GET /v1/evaluation-suites": [(200, {"items": listed})],
            "GET /v1/evaluation-runs": [(200, {"items": []})],
        }
    )
    assert [one.suite for one in client.pending_suites("a", "ver_1", ["golden", "foreign", "gone"])] == ["golden"]
    assert len(api.sent) == 2
    assert client.pending_suites("a", "ver_1", []) == []
    assert len(api.sent) == 2


def test_a_suite_that_somebody_else_pushes_at_this_moment_is_looked_at_again() -> None:
    client, _ = registry({"POST /v1/evaluation-suites": [(409, {}), (201, {"name": "golden", "version": 2})]})
    assert client.push_suite({"name": "golden"}) is None
    assert client.push_suite({"name": "golden"}) == {"name": "golden", "version": 2}
