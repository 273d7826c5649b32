"""The control plane through boto3 against an application in this process; nothing is forked."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from scripts.local_platform.agent_host import sessions
from scripts.local_platform.agent_host.app import create_app
from scripts.local_platform.agent_host.errors import RuntimeClientError
from scripts.local_platform.agent_host.settings import HostSettings
from tests.unit.scripts.local_platform.agent_host.test_packages import OneObject
from tests.unit.scripts.local_platform.agent_host.test_signature import signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# starlette's test client warns of httpx's successor
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def package() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.py", "app = None")
    return buffer.getvalue()


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    async def warm(*_: object) -> None:
        pass

    monkeypatch.setattr(sessions.SessionPool, "warm", warm)
    s3: Any = OneObject(package())
    with TestClient(create_app(HostSettings(state_dir=tmp_path), s3)) as client:
        client.headers["authorization"] = signed("bedrock-agentcore")
        yield client


def request(**more: Any) -> dict[str, Any]:
    code = {"code": {"s3": {"bucket": "b", "prefix": "k"}}, "runtime": "PYTHON_3_13", "entryPoint": ["main.py"]}
    body = {"agentRuntimeName": "echo", "roleArn": "arn:aws:iam::000000000000:role/r",
            "agentRuntimeArtifact": {"codeConfiguration": code | more.pop("code", {})}}  # fmt: skip
    return {key: value for key, value in (body | more).items() if value is not ...}


def test_a_runtime_is_created_ready_and_described(client: TestClient) -> None:
    made = client.put("/runtimes/", json=request(environmentVariables={"A": "1"}))
    assert (made.status_code, made.json()["status"], made.json()["agentRuntimeVersion"]) == (202, "READY", "1")
    about = client.get(f"/runtimes/{made.json()['agentRuntimeId']}/").json()
    assert about["environmentVariables"] == {"A": "1"}
    assert about["agentRuntimeArtifact"]["codeConfiguration"]["entryPoint"] == ["main.py"]


def test_an_update_is_the_next_version_and_the_first_stays_known(client: TestClient) -> None:
    runtime = client.put("/runtimes/", json=request()).json()["agentRuntimeId"]
    changed = client.put(f"/runtimes/{runtime}/", json=request(description="second")).json()
    assert changed["agentRuntimeVersion"] == "2"
    assert client.get(f"/runtimes/{runtime}/", params={"version": "1"}).json()["description"] == "echo"
    versions = client.post(f"/runtimes/{runtime}/versions/").json()["agentRuntimes"]
    assert [entry["agentRuntimeVersion"] for entry in versions] == ["1", "2"]


def test_a_deleted_runtime_is_gone(client: TestClient) -> None:
    runtime = client.put("/runtimes/", json=request()).json()["agentRuntimeId"]
    assert client.delete(f"/runtimes/{runtime}/").json()["status"] == "DELETING"
    assert client.get(f"/runtimes/{runtime}/").headers["x-amzn-errortype"] == "ResourceNotFoundException"
    assert client.post("/runtimes/").json() == {"agentRuntimes": []}


def test_a_taken_name_is_a_conflict(client: TestClient) -> None:
    client.put("/runtimes/", json=request())
    again = client.put("/runtimes/", json=request())
    assert (again.status_code, again.headers["x-amzn-errortype"]) == (409, "ConflictException")


@pytest.mark.parametrize(
    "body",
    [
        request(agentRuntimeName="echo-agent"),
        request(agentRuntimeName=...),
        request(roleArn=...),
        request(agentRuntimeArtifact={"containerConfiguration": {"containerUri": "x"}}),
        request(agentRuntimeArtifact=7),
        request(code={"runtime": "NODE_22"}),
        request(code={"entryPoint": []}),
        request(code={"entryPoint": ["absent.py"]}),
        request(code={"entryPoint": ["../main.py"]}),
        request(code={"code": {"s3": {"bucket": "b"}}}),
        [1, 2],
    ],
)
def test_what_cannot_be_run_is_a_validation_error(client: TestClient, body: object) -> None:
    answer = client.put("/runtimes/", content=json.dumps(body))
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert answer.json()["message"]


def test_code_that_does_not_import_is_refused_at_the_push(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def warm(*_: object) -> None:
        raise RuntimeClientError("The agent does not import: KeyError")

    monkeypatch.setattr(sessions.SessionPool, "warm", warm)
    answer = client.put("/runtimes/", json=request())
    assert (answer.status_code, answer.json()["message"]) == (400, "The agent does not import: KeyError")
    assert client.post("/runtimes/").json() == {"agentRuntimes": []}


def test_an_unsigned_request_is_denied(client: TestClient) -> None:
    del client.headers["authorization"]
    assert client.put("/runtimes/", json=request()).status_code == 403
