"""Runs a deployed streaming function: its package, its environment, its role, under uvicorn instead of Lambda."""

from __future__ import annotations

import io
import secrets
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import httpx

from scripts.bootstrap.paths import EMULATOR_PYTHON
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import REGION
from scripts.local_platform.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.local_platform.edge.deployed import DeployedStage

APPS = {"stream": "lambdas.bridge.stream_app:app", "models": "lambdas.models.app:app"}
"""The streaming functions by name, and what each of them serves. A contract test compares them with the functions."""
SESSION_SECONDS = 3600
STOP_SECONDS = 5


class StreamFunction:
    """A function's process. `credentials_url` is where it fetches its role's credentials, with `secret`."""

    def __init__(self, name: str, stage: DeployedStage, folder: Path, credentials_url: str) -> None:
        self.name = name
        self.secret = secrets.token_urlsafe(32)
        self.port = free_port()
        self._stage, self._folder, self._credentials_url = stage, folder, credentials_url
        self._process: subprocess.Popen[bytes] | None = None
        self._role = ""

    @property
    def url(self) -> str:
        """Where the process listens, on loopback."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Fetch the deployed package, unpack it and start it. Its output joins the edge's log."""
        function = aws_client("lambda", self._stage.endpoint).get_function(
            FunctionName=self._stage.outputs[f"{self.name.capitalize()}Function"]
        )
        self._unpack(function["Code"]["Location"])
        configuration = function["Configuration"]
        self._role = configuration["Role"]
        command = [
            str(EMULATOR_PYTHON),
            "-m",
            "uvicorn",
            APPS[self.name],
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        options = ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "2"]
        self._process = subprocess.Popen(
            [*command, *options], cwd=self._folder, env=self._environment(configuration), stdin=subprocess.DEVNULL
        )

    def _unpack(self, location: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        package = httpx.get(location, timeout=60).raise_for_status().content
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(self._folder)

    def _environment(self, configuration: dict[str, Any]) -> dict[str, str]:
        """The deployed variables and what Lambda adds; credentials come from the edge, which renews them."""
        variables: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
        return {
            **variables,
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(self._folder),
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.get("MemorySize", 512)),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self._credentials_url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.secret,
        }

    def credentials(self) -> dict[str, str]:
        """Credentials of the function's role in the form that AWS SDKs expect of a container endpoint."""
        answer = aws_client("sts", self._stage.endpoint).assume_role(
            RoleArn=self._role, RoleSessionName=self.name, DurationSeconds=SESSION_SECONDS
        )
        found = answer["Credentials"]
        return {
            "AccessKeyId": found["AccessKeyId"],
            "SecretAccessKey": found["SecretAccessKey"],
            "Token": found["SessionToken"],
            "Expiration": found["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def is_running(self) -> bool:
        """False once the process has ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process, by force after a few seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
