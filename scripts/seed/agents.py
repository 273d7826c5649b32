"""Pushes the reference agents the way a developer does: `make agent-push`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from scripts.bootstrap.paths import ROOT
from scripts.seed.errors import SeedFailed

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.local_platform.layout import Layout

REFERENCE = ("echo-agent", "echo-stream", "echo-async", "analyst-agent")


def reference_agents() -> list[tuple[str, Path]]:
    """The agents by name, with their folders."""
    return [(name, ROOT / "agents" / name.replace("-", "_")) for name in REFERENCE]


def push(layout: Layout, name: str) -> str:
    """Package, upload, register, approve; its output goes to `agent-push.log`. SeedFailed with the end of it.

    Without agent-push's own smoke call: the first calls follow at once, and the analyst needs a file to say anything.
    """
    command = [sys.executable, "-m", "scripts.agent_push", "--agent", name, "--env", "local", "--no-smoke"]
    environment = {**os.environ, "AMBIT_STATE": str(layout.state)}
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    with (layout.logs / "agent-push.log").open("a", encoding="utf-8") as log:
        log.write(answer.stdout)
    if answer.returncode:
        tail = "\n".join(answer.stdout.strip().splitlines()[-15:])
        raise SeedFailed(f"agent-push of {name} failed:\n{tail}")
    return ""
