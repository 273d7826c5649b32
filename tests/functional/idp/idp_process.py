"""The real identity provider as a process of its own, on a free loopback port, with its own state directory."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.bootstrap import npm
from scripts.bootstrap.node import resolve_node

IDP = Path(__file__).parents[3] / "scripts" / "local_platform" / "idp"
PUBLIC_ORIGIN = "http://127.0.0.1:18080"
START_SECONDS = 20


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
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "PUBLIC_URL": PUBLIC_ORIGIN,
            "STATE_DIR": str(self.state),
            "ACCESS_TOKEN_SECONDS": str(self.access_token_seconds),
        }
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [resolve_node().executable, "server.mjs"], cwd=IDP, env=environment, stdout=output, stderr=output
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


def install() -> None:
    """The locked packages, installed when a clone has none yet or the lock has changed."""
    resolve_node()
    npm.install(IDP)
