"""Run the reliability proof and print its table: `make chaos`. 1 when a family is not proven, or a run broke.

Only files that mark a family are collected. Tests of data access want a process of their own. The soak comes last: it
starts the platform unless it is up.
"""

import os
import subprocess
import sys
from typing import Final

from scripts.bootstrap.paths import ROOT
from scripts.proofs import __main__ as proofs

HISTORIES: Final = "2500"
"""Of each of the four subjects."""
SOAK_MINUTES: Final = "2"
MARK: Final = "pytest.mark.chaos("
_SPREAD: Final = ("-n", "2", "--dist", "load")
RUNS: Final[dict[str, tuple[str, ...]]] = {
    "tests/unit": _SPREAD,
    "tests/functional": _SPREAD,
    "tests/long": ("-s",),
}


def main() -> int:
    """Forget what was counted before, run all of it, whatever fails on the way, and judge by what was counted."""
    proofs.main(["chaos", "--forget"])
    environment = {**os.environ, "AMBIT_HISTORIES": HISTORIES, "AMBIT_SOAK_MINUTES": SOAK_MINUTES}
    broken = 0
    for folder, options in RUNS.items():
        command = ["-m", "pytest", "-q", "-m", "chaos", "--timeout", "1200", *options, *marked(folder)]
        broken |= subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, check=False).returncode
    return max(proofs.main(["chaos"]), int(broken != 0))


def marked(folder: str) -> list[str]:
    """The test files of a folder that mark a family."""
    files = sorted((ROOT / folder).rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if MARK in file.read_text(encoding="utf-8")]


if __name__ == "__main__":
    sys.exit(main())
