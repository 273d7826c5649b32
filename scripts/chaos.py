"""Run the reliability proof and print its table: `make chaos`. 1 when a family is not proven, or a run broke.

Tests of data access want a process of their own. The soak comes last: it starts the platform unless it is up.
"""

import os
import subprocess
import sys
from typing import Final

from scripts.proofs import __main__ as proofs

HISTORIES: Final = "2500"
"""Of each of the four subjects."""
SOAK_MINUTES: Final = "2"
_PYTEST: Final = ("-m", "pytest", "-q", "-m", "chaos", "--timeout", "1200")
RUNS: Final = (
    (*_PYTEST, "-n", "2", "--dist", "loadfile", "tests/unit"),
    (*_PYTEST, "-n", "2", "--dist", "loadfile", "tests/functional"),
    (*_PYTEST, "-s", "tests/long"),
)


def main() -> int:
    """Forget what was counted before, run all of it, whatever fails on the way, and judge by what was counted."""
    proofs.main(["chaos", "--forget"])
    wanted = {"AMBIT_HISTORIES": HISTORIES, "AMBIT_SOAK_MINUTES": SOAK_MINUTES}
    codes = [
        subprocess.run([sys.executable, *run], env={**os.environ, **wanted}, check=False).returncode for run in RUNS
    ]
    return max(proofs.main(["chaos"]), *(int(code != 0) for code in codes))


if __name__ == "__main__":
    sys.exit(main())
