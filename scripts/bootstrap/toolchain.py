"""Installs everything a clone needs, pinned and hashed: uv, the workspace, the emulator, Node, the CDK CLI.

    python3 -m scripts.bootstrap.toolchain

Standard library only: it runs on a fresh machine's Python before anything is installed. Every step is
skipped while its inputs are unchanged.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from scripts.bootstrap import node as node_runtime
from scripts.bootstrap.interpreters import best_python
from scripts.bootstrap.paths import (
    CDK,
    CDK_HOME,
    EMULATOR_PYTHON,
    EMULATOR_VENV,
    NODE_BIN,
    ROOT,
    STAMPS,
    TOOLS,
    UV,
    VENV_PYTHON,
)
from scripts.bootstrap.progress import PrerequisiteMissing, step
from scripts.bootstrap.stamps import Stamps, digest

if TYPE_CHECKING:
    from pathlib import Path

HERE = ROOT / "scripts" / "bootstrap"
UV_REQUIREMENTS = HERE / "uv.requirements.txt"
EMULATOR_REQUIREMENTS = HERE / "emulator.requirements.txt"
CDK_SOURCES = (HERE / "cdk_cli" / "package.json", HERE / "cdk_cli" / "package-lock.json")


class CommandFailed(Exception):
    """A step's command ended with an error; the message is the command and the end of its output."""


def run(command: list[str | Path], cwd: Path = ROOT, **environment: str) -> None:
    """Run a command quietly; on failure raise CommandFailed with the last lines it printed."""
    # an active virtual environment of the caller's must not become the one that uv fills
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    answer = subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, "UV_PYTHON_DOWNLOADS": "never", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode:
        tail = "\n".join(answer.stdout.strip().splitlines()[-15:])
        raise CommandFailed(f"{' '.join(map(str, command))} (exit {answer.returncode})\n{tail}")


def with_node() -> dict[str, str]:
    """The environment change that puts our choice of Node first."""
    return {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def install_uv(stamps: Stamps, python: Path) -> None:
    """Make the tools' virtual environment and install uv into it, checked against its hashes."""
    wanted = digest([UV_REQUIREMENTS, str(python)])
    with step("uv") as progress:
        if stamps.is_fresh("uv", wanted) and UV.exists():
            progress.note = "unchanged"
            return
        run([python, "-m", "venv", TOOLS])
        pip: list[str | Path] = [TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet"]
        run([*pip, "--require-hashes", "--no-deps", "-r", UV_REQUIREMENTS])
        stamps.mark("uv", wanted)


def workspace_inputs(python: Path) -> list[Path | str]:
    """What decides the content of `.venv`: the lock and every member's manifest."""
    manifests = sorted(ROOT.glob("agents/*/pyproject.toml"))
    return [ROOT / "uv.lock", ROOT / "pyproject.toml", *manifests, str(python)]


def install_workspace(stamps: Stamps, python: Path) -> None:
    """Install the locked workspace with every group into `.venv`."""
    wanted = digest(workspace_inputs(python))
    with step("Python packages") as progress:
        progress.note = str(python)
        if stamps.is_fresh("workspace", wanted) and VENV_PYTHON.exists():
            return
        run([UV, "sync", "--frozen", "--all-packages", "--python", python])
        stamps.mark("workspace", wanted)


def install_emulator(stamps: Stamps, python: Path) -> None:
    """Install the emulator into its own environment, on the same Python as ours: its interpreter runs Lambdas."""
    wanted = digest([EMULATOR_REQUIREMENTS, str(python)])
    with step("AWS emulator") as progress:
        if stamps.is_fresh("emulator", wanted) and EMULATOR_PYTHON.exists():
            progress.note = "unchanged"
            return
        run([UV, "venv", "--quiet", "--clear", "--python", python, EMULATOR_VENV])
        install: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", EMULATOR_PYTHON]
        run([*install, "--require-hashes", "--compile-bytecode", "-r", EMULATOR_REQUIREMENTS])
        stamps.mark("emulator", wanted)


def install_node() -> node_runtime.Node:
    """Choose the Node that builds and deploys."""
    with step("Node") as progress:
        node = node_runtime.resolve_node()
        progress.note = f"{node.version} ({node.executable})"
        return node


def install_cdk(stamps: Stamps, node: node_runtime.Node) -> None:
    """`npm ci` the pinned CDK command line."""
    wanted = digest([*CDK_SOURCES, node.version])
    with step("CDK command line") as progress:
        if stamps.is_fresh("cdk", wanted) and CDK.exists():
            progress.note = "unchanged"
            return
        CDK_HOME.mkdir(parents=True, exist_ok=True)
        for source in CDK_SOURCES:
            shutil.copy(source, CDK_HOME / source.name)
        run([NODE_BIN / "npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=CDK_HOME, **with_node())
        stamps.mark("cdk", wanted)


def install() -> None:
    """Install everything, in order."""
    stamps = Stamps(STAMPS)
    python = best_python()
    install_uv(stamps, python)
    install_workspace(stamps, python)
    install_emulator(stamps, python)
    install_cdk(stamps, install_node())


def main() -> int:
    """Install, or say in plain words what stands in the way."""
    try:
        install()
    except (PrerequisiteMissing, CommandFailed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
