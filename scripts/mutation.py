"""How good the tests of the data access library are: break it in small ways, and count how many breaks a test notices.

    python -m scripts.mutation [module …]     such as `table keys repositories.tenants`; all of the library by default

Prints the score and the mutants that survived; fails below 85 %. `mutmut show <name>` shows one.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
ENOUGH: Final = 85.0
NOTICED: Final = frozenset({"killed", "timeout", "segfault", "caught by type check"})
MISSED: Final = frozenset({"survived", "suspicious", "no tests"})


def main(modules: list[str]) -> int:
    """Make the mutants, run the tests against them, print the score; the exit code."""
    _mutmut("run", *_names(modules), "--max-children", os.environ.get("AMBIT_MUTATION_PROCESSES", "2"))
    results = _results(modules)
    for name, status in results.items():
        if status in MISSED:
            print(f"{status}: {name}")
    return _verdict(Counter(results.values()))


def score(counts: Counter[str]) -> float:
    """The share of decided mutants that a test noticed, in percent; 0 when there are none."""
    noticed, missed = (sum(counts[status] for status in group) for group in (NOTICED, MISSED))
    return 100 * noticed / (noticed + missed) if noticed + missed else 0.0


def parse(report: str) -> dict[str, str]:
    """The mutants and their states, from `mutmut results --all true`."""
    pairs = (line.strip().rpartition(": ") for line in report.splitlines() if ": " in line)
    return {name: status for name, _, status in pairs}


def _verdict(counts: Counter[str]) -> int:
    reached = score(counts)
    print(f"mutation score {reached:.1f} % ({dict(counts)}), at least {ENOUGH:.0f} % is demanded")
    return 0 if reached >= ENOUGH else 1


def _results(modules: list[str]) -> dict[str, str]:
    report = _mutmut("results", "--all", "true", capture=True)
    prefixes = tuple(f"data_access_lib.{module}." for module in modules) or ("data_access_lib.",)
    return {name: status for name, status in parse(report).items() if name.startswith(prefixes)}


def _names(modules: list[str]) -> list[str]:
    return [f"data_access_lib.{module}.*" for module in modules]


def _mutmut(*arguments: str, capture: bool = False) -> str:
    # Fewer, fixed examples for the property tests: a mutant's fate must not depend on luck.
    environment = {**os.environ, "AMBIT_HYPOTHESIS_PROFILE": "mutation"}
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=ROOT,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE if capture else None,
    )
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]} failed: see above")
    return done.stdout or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
