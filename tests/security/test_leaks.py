"""What must not be written down: words that stand nowhere else are sent through the running platform, then looked for.

Secrets (tokens, keys, signatures, invites) may be nowhere at all; what tenants say and who they are may be in their own
records and nowhere else: not in a log, a workflow's history, a security event or somebody's error.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from tests.local_stack import eventually
from tests.security.callers import BY_NAME, Credentials
from tests.security.deployed_roles import TABLES, DeployedRoles

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.family("leaks"), pytest.mark.timeout(180)]
LOGS: Final = ("functions", "edge", "emulator", "agent-host", "identity-provider")
SECRETS: Final = (
    *("a person's token", "a run token", "an API key", "an invite", "an upload address", "a download address"),
    *("a cookie", "a password", "a forged token", "a stray key", "a client's secret"),
)
CONTENT: Final = ("an input", "a context", "a file name", "a file content", "a bad field", "a header", "a query")
PEOPLE: Final = ("an address",)
EVERYWHERE: Final = (*(f"{name}.log" for name in LOGS), "workflow history", "security events", "errors")
RECORDS: Final = ("records",)
Words = dict[str, str]


def word() -> str:
    return f"canary{uuid.uuid4().hex}"


class Exercise:
    """Sends each canary where it belongs, in requests that succeed and requests that fail."""

    def __init__(self, platform: LocalStack) -> None:
        self.words: Words = {kind: word() for kind in (*CONTENT, *SECRETS)} | {"an address": f"{word()}@acme.test"}
        self.errors: list[str] = []
        self.request_id = ""
        self._platform = platform
        self._credentials = Credentials(platform)

    def run(self) -> None:
        with self._platform.client("acme-developer") as developer, self._platform.client("acme-admin") as admin:
            self.words["a person's token"] = signature(self._platform.token("acme-developer"))
            self._agents(developer)
            self._files(developer)
            self._failures(developer)
            self._members(admin)
        self._machines()
        self._strangers()

    def note(self, answer: httpx.Response) -> httpx.Response:
        """Keep what an error says, without the path that it repeats."""
        if answer.is_error:
            self.errors.append(answer.text.replace(answer.request.url.path, ""))
        return answer

    def _agents(self, developer: httpx.Client) -> None:
        said = {"input": self.words["an input"], "context": {"note": self.words["a context"]}}
        path = "/v1/agents/echo-agent/invoke"
        headers = {"x-note": self.words["a header"]}
        answer = developer.post(path, json=said, headers=headers).raise_for_status()
        self.request_id = answer.headers["x-request-id"]
        job = developer.post(path, json=said, headers={"prefer": "respond-async"}).raise_for_status().json()["jobId"]
        eventually(lambda: developer.get(f"/v1/jobs/{job}").json()["status"] == "succeeded")
        developer.post("/v1/agents/echo-stream/stream", json=said).raise_for_status()
        self._run(developer.get(f"/v1/runs/{answer.json()['runId']}").json())

    def _run(self, run: dict[str, Any]) -> None:
        token = self._credentials.run_token("acme", run)
        self.words["a run token"] = signature(token)
        headers = {"authorization": f"Bearer {token}"}
        self.note(httpx.post(f"{self._platform.api_url}/v1/gateway/heartbeat", json={}, headers=headers))
        self.note(httpx.get(f"{self._platform.api_url}/v1/agents", headers=headers))

    def _files(self, developer: httpx.Client) -> None:
        content = self.words["a file content"].encode()
        described = {"name": f"{self.words['a file name']}.txt", "contentType": "text/plain", "bytes": len(content)}
        made = (
            developer.post("/v1/files", json=described, headers={"idempotency-key": word()}).raise_for_status().json()
        )
        httpx.put(
            made["uploadUrl"], content=content, headers=made.get("uploadHeaders") or {"content-type": "text/plain"}
        )
        found = developer.get(f"/v1/files/{made['fileId']}").json()
        self.words["an upload address"] = httpx.URL(made["uploadUrl"]).params["X-Amz-Signature"]
        if "downloadUrl" in found:
            self.words["a download address"] = httpx.URL(found["downloadUrl"]).params["X-Amz-Signature"]

    def _failures(self, developer: httpx.Client) -> None:
        bad = self.words["a bad field"]
        for body in ({"input": 7, "sessionId": bad}, {"input": "x", "files": [bad]}, {"input": "x", "webhookId": bad}):
            self.note(developer.post("/v1/agents/echo-agent/invoke", json=body))
        self.note(developer.post("/v1/files", json={"name": f"../{bad}", "contentType": bad, "bytes": -1}))
        self.note(developer.post("/v1/files", content=f'{{"{bad}', headers={"content-type": "application/json"}))
        self.note(developer.get("/v1/runs", params={"cursor": self.words["a query"]}))
        self.note(developer.get("/v1/runs", params={"limit": self.words["a query"]}))

    def _members(self, admin: httpx.Client) -> None:
        body = {"email": self.words["an address"], "roles": ["Tenant.Viewer"]}
        invite = admin.post("/v1/users/invites", json=body, headers={"idempotency-key": word()})
        self.words["an invite"] = str(self.note(invite).raise_for_status().json()["token"])
        self.note(admin.post("/v1/users/invites/accept", json={"token": self.words["an invite"]}))

    def _machines(self) -> None:
        key = self._credentials.api_key(BY_NAME["acme-narrow-key"])
        self.words["an API key"] = key.removeprefix("amb_")[:43]
        for path in ("/v1/runs", "/v1/agents", "/v1/tenants"):
            self.note(httpx.get(self._platform.api_url + path, headers={"authorization": f"Bearer {key}"}))

    def _strangers(self) -> None:
        url, forged = self._platform.api_url, self.words["a forged token"]
        for header in (f"Bearer {forged}", f"Bearer e30.e30.{forged}", f"Basic {forged}", f"AmbitSTS {forged}"):
            self.note(httpx.get(f"{url}/v1/runs", headers={"authorization": header}))
        stranger = f"amb_{(self.words['a stray key'] + 'x' * 43)[:43]}_000000"
        self.note(httpx.get(f"{url}/v1/runs", headers={"authorization": f"Bearer {stranger}"}))
        self.note(httpx.get(f"{url}/bff/session", headers={"cookie": f"__Host-ambit={self.words['a cookie']}"}))
        self.note(httpx.post(f"{url}/bff/token", headers={"cookie": f"ambit={self.words['a cookie']}"}))
        form = {"grant_type": "client_credentials", "client_id": "acme-developer"}
        secret = self.words["a client's secret"]
        httpx.post(f"{self._platform.issuer}/token", data=form | {"client_secret": secret})
        form = {"grant_type": "password", "username": "dev@acme.test", "password": self.words["a password"]}
        httpx.post(f"{self._platform.issuer}/token", data=form)


def signature(token: str) -> str:
    """What makes a token worth stealing."""
    return token.rpartition(".")[2][:60]


@pytest.fixture(scope="module")
def exercise(platform: LocalStack) -> Exercise:
    done = Exercise(platform)
    done.run()
    return done


@pytest.fixture(scope="module")
def sinks(platform: LocalStack, exercise: Exercise) -> dict[str, str]:
    """Everything that is written down, as text."""
    roles, logs = DeployedRoles(platform), Path(str(platform.described["logs"]))
    eventually(lambda: exercise.request_id in (logs / "functions.log").read_text(errors="replace"))
    found = {f"{name}.log": (logs / f"{name}.log").read_text(errors="replace") for name in LOGS}
    tables = {kind: items(roles, kind) for kind in TABLES}
    security = [item for item in tables["ops"] if item["pk"]["S"].startswith("TENANT#platform#SECURITY#")]
    return found | {
        "workflow history": "".join(histories(roles)),
        "security events": json.dumps(security, default=repr),
        "errors": "\n".join(exercise.errors),
        "records": json.dumps(tables, default=repr),
    }


def items(roles: DeployedRoles, kind: str) -> list[dict[str, Any]]:
    pages = roles.root("dynamodb").get_paginator("scan").paginate(TableName=roles.tables[kind])
    return [item for page in pages for item in page["Items"]]


def histories(roles: DeployedRoles) -> list[str]:
    """What the latest executions were given, did and gave."""
    states = roles.root("stepfunctions")
    machine = roles.outputs["RunStateMachineArn"]
    latest = states.list_executions(stateMachineArn=machine, maxResults=20)["executions"]
    arns = [execution["executionArn"] for execution in latest]
    told = [states.get_execution_history(executionArn=arn, maxResults=500)["events"] for arn in arns]
    return [json.dumps([states.describe_execution(executionArn=arn) for arn in arns] + told, default=str)]


@pytest.fixture(scope="module")
def look(exercise: Exercise, sinks: dict[str, str]) -> Callable[[str, str], None]:
    def absent(kind: str, sink: str) -> None:
        text, canary = sinks[sink], exercise.words[kind]
        at = text.find(canary)
        assert at < 0, f"{kind} is in {sink}: …{text[max(0, at - 300) : at + 100]}…"

    return absent


@pytest.mark.parametrize("sink", [*EVERYWHERE, *RECORDS])
@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_written_down(kind: str, sink: str, look: Callable[[str, str], None]) -> None:
    look(kind, sink)


@pytest.mark.parametrize("sink", EVERYWHERE)
@pytest.mark.parametrize("kind", [*CONTENT, *PEOPLE])
def test_what_tenants_say_and_who_they_are_stays_in_their_own_records(
    kind: str, sink: str, look: Callable[[str, str], None]
) -> None:
    look(kind, sink)


def test_what_may_be_written_down_is_found(exercise: Exercise, sinks: dict[str, str]) -> None:
    """The search would be worth nothing if it looked in the wrong place."""
    assert exercise.request_id in sinks["functions.log"]
    assert "TENANT#acme#RUN#" in sinks["records"]
    assert "input" in sinks["workflow history"]
    assert len(exercise.errors) >= 10
