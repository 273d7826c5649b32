"""npm packages of a folder of ours: installed from its lock (integrity hashes), again only when the lock changes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from scripts.bootstrap.paths import NODE_BIN, STAMPS
from scripts.bootstrap.stamps import Stamps, digest


def environment() -> dict[str, str]:
    """The caller's environment with our Node first on PATH."""
    return {**os.environ, "PATH": f"{NODE_BIN}{os.pathsep}{os.environ.get('PATH', '')}", "NO_UPDATE_NOTIFIER": "1"}


def install(folder: Path) -> None:
    """`npm ci` in `folder` when its lock changed since the last time; raises CalledProcessError with npm's words."""
    stamps, name = Stamps(STAMPS), f"npm-{folder.name}"
    wanted = digest([folder / "package.json", folder / "package-lock.json"])
    if stamps.is_fresh(name, wanted) and (folder / "node_modules").is_dir():
        return
    stamps.forget(name)
    run(folder, "npm", "ci", "--silent", "--no-audit", "--no-fund")
    stamps.mark(name, wanted)


def run(folder: Path, *command: str) -> None:
    """Run a command with our Node in `folder`; raises CalledProcessError when it fails."""
    subprocess.run(command, cwd=folder, env=environment(), check=True)
