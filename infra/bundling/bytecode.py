"""Compiled bytecode inside a package, or none at all: never another interpreter's."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

_DEPLOYED_AT: Final = "/var/task"


@cache
def interpreter_for(python: tuple[int, int]) -> str | None:
    """An interpreter of this version on this machine, or None."""
    if sys.version_info[:2] == python:
        return sys.executable
    from infra.bundling.wheels import uv

    wanted = f"{python[0]}.{python[1]}"
    command = [uv(), "python", "find", "--no-python-downloads", "--system", wanted]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None if found.returncode == 0 else None


def compile_tree(tree: Path, python: tuple[int, int], *, foreign: bool = False) -> bool:
    """Compile every module in place; False when no interpreter of that version is here.

    CalledProcessError for what is no Python; in `foreign` trees it stays as it is, since other people's wheels carry
    templates and examples that are none.

    The bytecode is trusted without looking at its source (PEP 552 `unchecked-hash`): a package is immutable, and its
    files' times differ from machine to machine. One process in a fixed order with a fixed hash seed, and paths as
    they will be in the function, make the bytes the same everywhere.
    """
    interpreter = interpreter_for(python)
    if interpreter is None:
        return False
    options = ["-q", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", _DEPLOYED_AT]
    subprocess.run(
        [interpreter, "-m", "compileall", *options, str(tree)],
        env={"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"},
        cwd=tree,
        check=not foreign,
        capture_output=True,
    )
    return True
