from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from governance.manifest import Manifest
from scripts.agent_push.errors import PushError
from scripts.agent_push.registry import Registry, describe, smoke

MANIFEST = Manifest.parse(
    {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "handler": "e.a:app"}
)


class Api:
    """Answers by method and path; records what was sent."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.sent: list[tuple[str, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else dict(request.url.params)
        self.sent.append((request.method, request.url.path, body))
        status, answer = self.answers[f"{request.method} {request.url.path}"].pop(0)
        return httpx.Response(status, json=answer)


def registry(answers: dict[str, Any]) -> tuple[Registry, Api]:
    api = Api(**answers)
    return Registry(httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))), api


def test_a_template_is_made_from_the_manifest() -> None:
    client, api = registry({"POST /v1/templates": [(201, {})]})
    assert client.ensure_template(MANIFEST) is True
    body = {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "tierMinimum": "basic"}
    body["domain"] = "general"
    assert api.sent == [("POST", "/v1/templates", body)]


def test_a_template_that_exists_is_fine() -> None:
    client, _ = registry({"POST /v1/templates": [(409, {"code": "CONFLICT"})]})
    assert client.ensure_template(MANIFEST) is False


@pytest.mark.parametrize(("status", "new"), [(201, True), (200, False)])
def test_content_that_was_registered_before_is_no_new_version(status: int, *, new: bool) -> None:
    client, api = registry({"POST /v1/templates/echo-agent/versions": [(status, {"versionId": "ver_1"})]})
    assert client.create_version("echo-agent", {"artifactDigest": "0"}) == ({"versionId": "ver_1"}, new)
    assert api.sent[0][2] == {"artifactDigest": "0"}


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("draft", ["candidate", "approved"]),
        ("candidate", ["approved"]),
        ("deprecated", ["approved"]),
        ("approved", []),
        ("rolled_back", ["candidate", "approved"]),
    ],
)
def test_a_version_walks_to_approved_from_where_it_stands(status: str, steps: list[str]) -> None:
    client, api = registry({"POST /v1/versions/ver_1/promote": [(200, {})] * 2})
    assert client.approve({"versionId": "ver_1", "status": status}) is bool(steps)
    assert [body["to"] for _, _, body in api.sent] == steps


def test_a_retired_version_is_not_brought_back() -> None:
    client, _ = registry({})
    with pytest.raises(PushError, match="ver_1 is retired"):
        client.approve({"versionId": "ver_1", "status": "retired"})


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


def test_smoke_gives_the_runs_status() -> None:
    api = Api(**{"POST /v1/agents/echo-agent/invoke": [(200, {"status": "succeeded"})]})
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    assert smoke(client, MANIFEST) == "succeeded"


def test_smoke_gives_an_agent_that_reads_files_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    uploads: list[tuple[str, dict[str, str]]] = []

    def put(url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> httpx.Response:
        assert content
        uploads.append((url, headers))
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "put", put)
    answers = {
        "POST /v1/files": [(201, {"fileId": "fil_1", "uploadUrl": "http://s3/put"})],
        "POST /v1/agents/echo-agent/invoke": [(200, {"status": "succeeded"})],
    }
    api = Api(**answers)
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    reader = Manifest.parse(MANIFEST.as_dict() | {"tools": ["files.read"]})
    assert smoke(client, reader) == "succeeded"
    assert api.sent[-1][2]["files"] == ["fil_1"]
    assert uploads == [("http://s3/put", {"content-type": "text/csv"})]


def test_smoke_that_fails_is_an_error() -> None:
    api = Api(**{"POST /v1/agents/echo-agent/invoke": [(502, {"code": "AGENT_FAILED", "detail": "crashed"})]})
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    with pytest.raises(PushError, match="smoke: 502 AGENT_FAILED crashed"):
        smoke(client, MANIFEST)
