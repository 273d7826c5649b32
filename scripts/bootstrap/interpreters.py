"""Finds the Python that the workspace runs on: the newest supported one that this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bootstrap.progress import PrerequisiteMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTED = ((3, 13), (3, 12), (3, 11))
PROBE = "import sys, venv, ensurepip; print(sys.executable); print(*sys.version_info[:2])"


def pyenv_versions() -> list[Path]:
    """Interpreters that pyenv has built, newest patch first, whether or not pyenv is on PATH."""
    root = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    return sorted(root.glob("3.*/bin/python"), reverse=True) if root.is_dir() else []


def candidates(version: tuple[int, int]) -> Iterator[str]:
    """Paths worth asking for one version: PATH, pyenv's folder, the Python that runs this."""
    wanted = f"{version[0]}.{version[1]}"
    on_path = shutil.which(f"python{wanted}")
    if on_path:
        yield on_path
    yield from (str(path) for path in pyenv_versions() if path.parts[-3].startswith(f"{wanted}."))
    if sys.version_info[:2] == version:
        yield sys.executable


def probe(executable: str, version: tuple[int, int]) -> Path | None:
    """The real path of an interpreter that starts, has venv and is of that version; else None.

    A pyenv shim answers "command not found" for versions that are not active, so each is started once.
    """
    answer = subprocess.run([executable, "-c", PROBE], capture_output=True, text=True, check=False)
    lines = answer.stdout.split("\n")
    if answer.returncode or lines[1].split() != [str(part) for part in version]:
        return None
    return Path(lines[0])


def best_python() -> Path:
    """The newest supported interpreter with the venv module; raises PrerequisiteMissing when there is none."""
    for version in SUPPORTED:
        for executable in candidates(version):
            found = probe(executable, version)
            if found:
                return found
    raise PrerequisiteMissing(
        "Python 3.11, 3.12 or 3.13 with venv is missing: run `apt-get install -y python3 python3-venv`"
    )
