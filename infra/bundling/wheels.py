"""The locked dependencies of a package, installed once for each set of groups and target, and kept by content."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infra.bundling.bytecode import compile_tree, interpreter_for
from infra.config import PackageTarget

ROOT: Final = Path(__file__).resolve().parents[2]
# Changes of this module that alter what a wheel directory holds must alter this number: it is part of the key.
LAYOUT: Final = 2
_UNWANTED_DIRECTORIES: Final = frozenset({"bin", "tests", "test", "__pycache__"})
_UNWANTED_METADATA: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
_UNWANTED_SUFFIXES: Final = frozenset({".pyi", ".pyx", ".pxd", ".c", ".h"})


class BundlingError(Exception):
    """A package could not be made; says which command failed and what it printed."""


@dataclass(frozen=True)
class Requirements:
    """A hashed requirements file and the interpreter to resolve it for; paths in it are relative to `root`."""

    text: str
    target: PackageTarget
    root: Path = ROOT

    @property
    def key(self) -> str:
        """Names the result: same key, same bytes."""
        parts = (str(LAYOUT), self.text, repr(self.target), repr(interpreter_for(self.target.python) is not None))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def uv() -> str:
    """The `uv` to run: the clone's own, else the one on PATH."""
    own = ROOT / ".ambit" / "tools" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise BundlingError("uv is not installed: python3 -m pip install uv")
    return found


def run(arguments: Sequence[str], cwd: Path = ROOT) -> str:
    """Run a command and return what it printed; raises BundlingError with its complaint."""
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundlingError(f"{' '.join(arguments[:4])} … failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


@cache
def export_groups(groups: tuple[str, ...]) -> str:
    """The locked, hashed requirements of dependency groups."""
    only = [argument for group in groups for argument in ("--only-group", group)]
    return run(
        [uv(), "--color", "never", "export", "--frozen", "--no-header", "--no-annotate", "--no-emit-project", *only]
    )


def install(requirements: Requirements, cache: Path) -> Path:
    """The directory holding the installed wheels, pruned and compiled. Made once, then found by its key."""
    finished = cache / "wheels" / requirements.key
    if finished.exists():
        return finished
    finished.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=finished.parent) as scratch:
        tree = Path(scratch) / "tree"
        _install_into(tree, requirements, Path(scratch))
        prune(tree)
        compile_tree(tree, requirements.target.python, foreign=True)
        publish(tree, finished)
    return finished


def publish(tree: Path, finished: Path) -> None:
    """Rename into place; when another process was first, its identical result stays."""
    try:
        tree.rename(finished)
    except OSError:
        if not finished.exists():
            raise


def _install_into(tree: Path, requirements: Requirements, scratch: Path) -> None:
    listing = scratch / "requirements.txt"
    listing.write_text(requirements.text)
    command = [uv(), "pip", "install", "--quiet", "--target", str(tree), "--require-hashes", "-r", str(listing)]
    run([*command, "--link-mode", "copy", *_target_arguments(requirements.target)], cwd=requirements.root)


def _target_arguments(target: PackageTarget) -> list[str]:
    if target.platform is None:
        return ["--python", sys.executable]
    version = f"{target.python[0]}.{target.python[1]}"
    return ["--python-platform", target.platform, "--python-version", version, "--only-binary", ":all:"]


def prune(tree: Path) -> None:
    """Drop what a function never reads: scripts, tests, type stubs, installers' notes, somebody else's bytecode.

    `WHEEL` and `METADATA` stay: `importlib.metadata` reads the one, and tests of a package's tags the other.
    """
    for directory in sorted(path for path in tree.rglob("*") if path.is_dir() and path.name in _UNWANTED_DIRECTORIES):
        shutil.rmtree(directory, ignore_errors=True)
    for path in tree.rglob("*"):
        if path.is_file() and (path.suffix in _UNWANTED_SUFFIXES or path.name in _UNWANTED_METADATA | {".lock"}):
            path.unlink()
