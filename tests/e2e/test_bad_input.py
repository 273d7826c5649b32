"""Bad input at the public address: each is refused with a clear problem document, and nothing else happens."""

import base64
import json
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.local_stack
ECHO = "/v1/agents/echo-agent/invoke"
JSON = {"content-type": "application/json"}


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code", "requestId"} <= body.keys()
    assert (body["status"], body["instance"]) == (answer.status_code, answer.request.url.path)
    return body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/input"),
        ({"input": ""}, "/input"),
        ({"input": "x" * 50_001}, "/input"),
        ({"input": 7}, "/input"),
        ({"input": "x", "tenantId": "globex"}, "/tenantId"),
        ({"input": "x", "context": "no object"}, "/context"),
        ({"input": "x", "files": "no list"}, "/files"),
        ({"input": "x", "sessionId": 7}, "/sessionId"),
    ],
)
def test_a_bad_field_is_named_by_its_pointer(body: dict[str, Any], pointer: str, acme: httpx.Client) -> None:
    answer = acme.post(ECHO, json=body)
    assert answer.status_code == 400
    assert pointer in [item["pointer"] for item in problem(answer)["errors"]]


def test_the_longest_input_is_accepted(acme: httpx.Client) -> None:
    assert acme.post(ECHO, json={"input": "x" * 50_000}).status_code == 200


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b'{"input": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(content: bytes, acme: httpx.Client) -> None:
    answer = acme.post(ECHO, content=content, headers=JSON)
    assert answer.status_code == 400
    problem(answer)


def test_another_media_type_is_refused(acme: httpx.Client) -> None:
    answer = acme.post(ECHO, content=b"input=x", headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    problem(answer)


def test_a_body_that_is_too_large_is_refused(acme: httpx.Client) -> None:
    content = json.dumps({"input": "x", "metadata": {"pad": "y" * 11_000_000}}).encode()
    answer = acme.post(ECHO, content=content, headers=JSON)
    assert answer.status_code == 413
    problem(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/agents/no-such-agent/invoke", 404),
        ("GET", "/v1/runs/run_00000000000000000000000000000000", 404),
        ("GET", "/v1/runs/nonsense", 404),
        ("GET", "/v1/jobs/job_00000000000000000000000000000000", 404),
        ("GET", "/v1/runs?cursor=forged", 400),
        ("GET", "/v1/runs?limit=0", 400),
        ("GET", "/v1/runs?limit=1000", 400),
        ("GET", "/v1/runs?no-such-parameter=1", 400),
        ("GET", "/v1/no-such-route", 404),
        ("DELETE", "/v1/agents", 404),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_said(method: str, path: str, status: int, acme: httpx.Client) -> None:
    body = {"input": "x"} if method == "POST" else None
    answer = acme.request(method, path, json=body)
    assert answer.status_code in {status, 403} if path == "/v1/no-such-route" or method == "DELETE" else status
    problem(answer)


def test_another_tenants_run_is_not_there(acme: httpx.Client, globex: httpx.Client) -> None:
    run_id = acme.post(ECHO, json={"input": "mine"}).json()["runId"]
    for method, path in [("GET", ""), ("GET", "/events"), ("POST", "/cancel")]:
        answer = globex.request(method, f"/v1/runs/{run_id}{path}", headers={"accept": "application/json"})
        assert (answer.status_code, problem(answer)["code"]) == (404, "NOT_FOUND")


def test_another_tenants_cursor_is_refused(acme: httpx.Client, globex: httpx.Client) -> None:
    for client in (acme, globex):
        for n in range(2):
            client.post(ECHO, json={"input": str(n)})
    cursor = acme.get("/v1/runs?limit=1").json()["nextCursor"]
    assert globex.get("/v1/runs", params={"cursor": cursor}).status_code == 400
    tampered = base64.urlsafe_b64encode(base64.urlsafe_b64decode(cursor + "==") + b"x").decode()
    assert acme.get("/v1/runs", params={"cursor": tampered}).status_code == 400


@pytest.mark.parametrize("header", ["x-tenant-id", "x-tenant", "x-ambit-tenant", "x-amzn-request-context", "host"])
def test_a_tenant_in_a_header_changes_nothing(header: str, acme: httpx.Client, globex: httpx.Client) -> None:
    run_id = acme.post(ECHO, json={"input": "mine"}).json()["runId"]
    spoofed = {"x-amzn-request-context": json.dumps({"authorizer": {"tenantId": "acme"}})}.get(header, "acme")
    answer = globex.get(f"/v1/runs/{run_id}", headers={header: spoofed})
    assert answer.status_code in {404, 400}
    assert "mine" not in answer.text


def test_a_viewer_may_look_and_not_invoke(connect: Any) -> None:
    viewer = connect("acme-viewer")
    assert viewer.get("/v1/agents").status_code == 200
    answer = viewer.post(ECHO, json={"input": "x"})
    assert answer.status_code == 403
    problem(answer)


def test_nobody_is_told_to_sign_in(connect: Any) -> None:
    answer = connect(None).get("/v1/agents")
    assert answer.status_code == 401
    problem(answer)


def test_health_is_for_everybody(connect: Any) -> None:
    answer = connect(None).get("/v1/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version", "stage"}
