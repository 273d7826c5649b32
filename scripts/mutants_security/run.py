"""Makes the copy, breaks it, runs the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scripts.mutants_security.mutants import Mutant

_TIMEOUT: Final = 300
_FAILED: Final = 1
"""pytest's exit code for tests that failed; any other is no verdict (https://docs.pytest.org/en/stable/reference/exit-codes.html)."""


class NoVerdict(Exception):
    """The tests could not be run, or fail without any mutant: nothing can be concluded."""


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant. `failed` is how many tests noticed it."""

    mutant: Mutant
    failed: int
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether the suite went red."""
        return self.failed > 0


def copy_tree(root: Path, target: Path) -> None:
    """What git knows or would add, and nothing that was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, place = root / name, target / name
        if source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def apply(mutant: Mutant, tree: Path) -> None:
    """Break the copy; NoVerdict when the text is not there exactly once."""
    path = tree / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.before) != 1:
        raise NoVerdict(f"{mutant.name}: what it breaks stands {text.count(mutant.before)} times in {mutant.file}")
    path.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")


def try_one(mutant: Mutant, root: Path, tree: Path) -> Verdict:
    """Break the copy, run the mutant's tests, mend it."""
    begun = time.monotonic()
    apply(mutant, tree)
    try:
        failed = failures(mutant.tests, tree)
    finally:
        shutil.copy2(root / mutant.file, tree / mutant.file)
    return Verdict(mutant, failed, time.monotonic() - begun)


def check_whole(mutants: Iterable[Mutant], tree: Path) -> None:
    """Every test that is used passes on the unbroken copy; NoVerdict otherwise. Levels of test share no process."""
    for test in sorted({test for mutant in mutants for test in mutant.tests}):
        if failures([test], tree):
            raise NoVerdict(f"{test} fails on the unbroken copy already")


def failures(tests: Iterable[str], tree: Path) -> int:
    """How many of the tests fail; NoVerdict when they could not be run."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "AMBIT_STATE": str(tree / ".ambit")}
    done = subprocess.run(
        command, cwd=tree, env=environment, check=False, text=True, capture_output=True, timeout=_TIMEOUT
    )
    failed = sum(line.startswith(("FAILED ", "ERROR ")) for line in done.stdout.splitlines())
    if done.returncode not in {0, _FAILED} or (failed > 0) != (done.returncode == _FAILED):
        raise NoVerdict(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-1000:]}")
    return failed
