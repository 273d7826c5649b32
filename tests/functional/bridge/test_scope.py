"""A run that its caller narrows: what is kept of it, and what is refused before it starts."""

import json
from typing import Any

import pytest

from tests.functional.run_platform import release, stored_run


@pytest.fixture
def agent_with_tools(runtime: object) -> None:
    release("echo-agent", {"tools": ["files.read", "files.write"]})


@pytest.mark.usefixtures("agent_with_tools")
@pytest.mark.parametrize("scope", [{"tools": ["files.read"], "autonomyTier": 1}, {"tools": []}, {"autonomyTier": 0}])
def test_a_scope_is_kept_with_the_run_and_told(invoke: Any, call: Any, scope: dict[str, Any]) -> None:
    answer = invoke({"input": "hello", "scope": scope})
    assert (answer.status, answer.json["scope"]) == (200, scope)
    assert json.loads(stored_run("acme", answer.json["runId"])["scope"]) == scope
    assert call("GET /v1/runs/{id}", path={"id": answer.json["runId"]}).json["scope"] == scope


@pytest.mark.usefixtures("agent_with_tools")
def test_without_one_nothing_is_said_of_it(invoke: Any) -> None:
    assert "scope" not in invoke({"input": "hello"}).json
    assert "scope" not in invoke({"input": "hello", "scope": None}).json


@pytest.mark.usefixtures("agent_with_tools")
@pytest.mark.parametrize("name", ["files.delete", "http.send", "files.*", "*", "Files.read", "files.read ", ""])
def test_a_tool_that_the_agent_does_not_have_is_a_400_that_names_it(invoke: Any, runtime: Any, name: str) -> None:
    answer = invoke({"input": "hello", "scope": {"tools": ["files.read", name]}})
    assert (answer.status, answer.json["code"]) == (400, "BAD_REQUEST")
    assert repr(name) in answer.json["detail"]
    assert [error["pointer"] for error in answer.json["errors"]] == ["/scope/tools/1"]
    assert runtime.calls == []


@pytest.mark.parametrize(
    ("scope", "pointer"),
    [
        ({"autonomyTier": 6}, "/scope/autonomyTier"),
        ({"autonomyTier": True}, "/scope/autonomyTier"),
        ({"tools": "files.read"}, "/scope/tools"),
        ({"tools": ["x"] * 101}, "/scope/tools"),
        ({"egress": ["*"]}, "/scope/egress"),
    ],
)
def test_what_is_no_scope_is_refused_with_its_place(invoke: Any, scope: object, pointer: str) -> None:
    answer = invoke({"input": "hello", "scope": scope})
    assert answer.status == 400
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.usefixtures("agent_with_tools")
def test_another_scope_is_another_request(invoke: Any) -> None:
    first = invoke({"input": "hello", "scope": {"tools": []}}, idempotency_key="k1")
    assert invoke({"input": "hello", "scope": {"tools": []}}, idempotency_key="k1").json == first.json
    assert invoke({"input": "hello"}, idempotency_key="k1").status == 409
