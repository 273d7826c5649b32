"""Packages that only one measurement needs, in an environment of their own: `python -m bench.apart NAME`.

Pinned and hashed, `bench/NAME/requirements.txt` goes to `.ambit/NAME`; nothing is done when it is there already.
"""

import subprocess
import sys
from pathlib import Path

from scripts.bootstrap.paths import ROOT, STATE, UV


def python_of(name: str) -> Path:
    """The Python of an environment."""
    return STATE / name / "bin" / "python"


def install(name: str) -> None:
    """Make the environment on the Python that runs this, and fill it."""
    python = python_of(name)
    if not python.exists():
        _uv("venv", "--python", sys.executable, str(STATE / name))
    requirements = ROOT / "bench" / name / "requirements.txt"
    _uv("pip", "sync", "--require-hashes", "--python", str(python), str(requirements))


def _uv(*arguments: str) -> None:
    subprocess.run([str(UV), *arguments, "--quiet"], cwd=ROOT, check=True)  # noqa: S603 - arguments of ours


if __name__ == "__main__":
    install(sys.argv[1])
