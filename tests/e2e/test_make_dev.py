"""What `make dev` promises, seen from outside: addresses, headers, limits, streams, and running it twice."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from scripts.local_platform import parts, processes
from scripts.local_platform.layout import layout_from_environment
from tests.local_stack import ROOT, LocalStack

pytestmark = pytest.mark.local_stack


def test_the_description_names_what_answers(platform: LocalStack) -> None:
    described = platform.described
    assert httpx.get(f"{described['apiUrl']}/v1/health").json()["status"] == "ok"
    assert "text/html" in httpx.get(described["spaUrl"]).headers["content-type"]
    assert httpx.get(f"{described['issuer']}/.well-known/openid-configuration").json()["issuer"] == described["issuer"]
    assert [tenant["id"] for tenant in described["tenants"]] == ["acme", "globex"]


def test_a_second_run_reuses_every_part(platform: LocalStack) -> None:
    layout = layout_from_environment()
    before = {name: processes.recorded(layout, name) for name in parts.ALL}
    command = [sys.executable, "-m", "scripts.local_platform.dev", "--detach"]
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert {name: processes.recorded(layout, name) for name in parts.ALL} == before


def test_every_answer_has_the_security_headers_once(platform: LocalStack) -> None:
    for path in ("/", "/v1/health", "/v1/agents"):
        headers = httpx.get(f"{platform.api_url}{path}").headers
        assert headers.get_list("x-content-type-options") == ["nosniff"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_body_over_ten_megabytes_is_413(acme: httpx.Client) -> None:
    body = json.dumps({"input": "x" * (10 * 1024 * 1024)})
    answer = acme.post("/v1/agents/echo-agent/invoke", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("path", ["/v1/agents/echo-stream/stream", "/v1/agents/echo-agent/invoke"])
def test_without_a_credential_both_roads_refuse_alike(platform: LocalStack, path: str) -> None:
    answer = httpx.post(f"{platform.api_url}{path}", json={"input": "x"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "UNAUTHENTICATED"


def test_a_client_cannot_write_its_own_identity_into_a_stream_request(platform: LocalStack) -> None:
    forged = {
        "authorizer": {"principalId": "usr:x:y", "tenantId": "globex", "credential": "jwt", "roles": "Tenant.Admin"}
    }
    answer = httpx.post(
        f"{platform.api_url}/v1/agents/echo-stream/stream",
        json={"input": "x"},
        headers={"x-amzn-request-context": json.dumps(forged)},
    )
    assert answer.status_code == 401


def test_the_streaming_functions_credentials_are_not_public(platform: LocalStack) -> None:
    assert httpx.get(f"{platform.api_url}/_edge/credentials").status_code == 404
    guessed = httpx.get(f"{platform.api_url}/_edge/credentials", headers={"authorization": "guess"})
    assert guessed.status_code == 404


def test_a_page_of_the_web_app_can_be_opened_directly(platform: LocalStack) -> None:
    assert "text/html" in httpx.get(f"{platform.api_url}/runs").headers["content-type"]
    assert httpx.get(f"{platform.api_url}/assets/missing.js").status_code == 404
