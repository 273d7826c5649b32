"""A real agent host in its own process, with agents built from this repository and a small stand-in for S3."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
import tomllib
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config

from infra.bundling.agents import AGENTS, agent_package
from infra.bundling.bundler import Bundler
from infra.config import settings_for
from scripts.local_platform.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient

ROOT = Path(__file__).parents[3]
ROLE = "arn:aws:iam::000000000000:role/ambit-local-agent-execution"


class ObjectServer(BaseHTTPRequestHandler):
    """GetObject and no more: `/<bucket>/<key>` of what the test put there, its SHA-256 in the metadata."""

    objects: dict[str, bytes]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.objects.get(self.path.split("?")[0])
        self.send_response(404 if body is None else 200)
        if body is not None:
            self.send_header("x-amz-meta-sha256", hashlib.sha256(body).hexdigest())
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture(scope="session")
def objects() -> Iterator[tuple[str, dict[str, bytes]]]:
    """The stand-in's address and its content."""
    handler = type("Objects", (ObjectServer,), {"objects": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler.objects  # type: ignore[attr-defined] # set above
    server.shutdown()
    server.server_close()


@dataclass
class Host:
    """A running host and what a test needs to use it."""

    url: str
    process: subprocess.Popen[bytes]
    state: Path
    objects: dict[str, bytes]
    _arns: dict[str, str] = field(default_factory=dict)

    def client(self, *, retries: int = 0, read_timeout: float = 30) -> BedrockAgentCoreClient:
        """boto3's own client, only its endpoint set."""
        return boto3.client("bedrock-agentcore", config=_config(retries, read_timeout), **self._where())

    def control(self) -> BedrockAgentCoreControlClient:
        """boto3's own control-plane client."""
        return boto3.client("bedrock-agentcore-control", config=_config(0, 90), **self._where())

    def _where(self) -> dict[str, Any]:
        return {
            "endpoint_url": self.url,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }

    def upload(self, name: str, body: bytes) -> dict[str, Any]:
        """Put a package into S3; returns the artifact that names it."""
        self.objects[f"/packages/{name}"] = body
        location = {"bucket": "packages", "prefix": name}
        code = {"code": {"s3": location}, "runtime": "PYTHON_3_13", "entryPoint": ["main.py"]}
        return {"codeConfiguration": code}

    def deploy(self, agent: str) -> str:
        """The ARN of an agent of this repository, deployed when first asked for."""
        if agent not in self._arns:
            artifact = self.upload(f"{agent}.zip", package(agent).read_bytes())
            self._arns[agent] = self.create(agent.replace("-", "_"), artifact)
        return self._arns[agent]

    def create(self, name: str, artifact: dict[str, Any], **more: Any) -> str:
        """Create a runtime; returns its ARN."""
        created = self.control().create_agent_runtime(
            agentRuntimeName=name,
            agentRuntimeArtifact=artifact,  # type: ignore[arg-type] # a plain dict
            roleArn=ROLE,
            networkConfiguration={"networkMode": "PUBLIC"},
            **more,
        )
        return created["agentRuntimeArn"]


def _config(retries: int, read_timeout: float) -> Config:
    return Config(retries={"total_max_attempts": retries + 1}, read_timeout=read_timeout)


def package(agent: str) -> Path:
    """The package of an agent for this machine, from the bundler's cache when nothing changed."""
    folder = AGENTS / agent.replace("-", "_")
    described = agent_package(folder, tomllib.loads((folder / "pyproject.toml").read_text()))
    return Bundler(settings_for("local").target).agent(described)


def start_host(state: Path, endpoint: str, *options: str) -> tuple[str, subprocess.Popen[bytes]]:
    """Start the host as the local platform does and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "scripts.local_platform.agent_host", "--port", str(port)]
    log = (state.parent / f"{state.name}.log").open("ab")
    with closing(log):
        process = subprocess.Popen(
            [*command, "--aws-endpoint", endpoint, "--state-dir", str(state), *options],
            cwd=ROOT, stdout=log, stderr=log,
            env={"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(f"{url}/ping"), 30)
    return url, process


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).is_success
    except httpx.TransportError:
        return False


def wait_until(condition: Any, seconds: float = 10) -> None:
    """Poll until true; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the deadline passed"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(scope="session")
def host(objects: tuple[str, dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One host for all tests that leave it as it was."""
    state = tmp_path_factory.mktemp("host") / "state"
    url, process = start_host(state, objects[0])
    yield Host(url, process, state, objects[1])
    process.terminate()
    process.wait(10)


@pytest.fixture
def new_session() -> str:
    """A session id as the platform makes them: `<tenant>-<session id>`."""
    return f"acme-ses_{uuid.uuid4().hex}"


def payload(text: str = "hello there, agent", **context: Any) -> dict[str, Any]:
    """An invocation's payload."""
    return {
        "input": text, "context": context, "files": [], "metadata": {},
        "ambit": {
            "runId": "run_1", "sessionId": "ses_1", "agent": "a", "version": "ver_1", "mode": "sync",
            "gatewayUrl": "http://127.0.0.1:9/v1/gateway", "runToken": "t",
            "runTokenExpiresAt": time.time() + 300,
        },
    }  # fmt: skip
