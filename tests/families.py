"""Counts the cases of each family of a proof, prints the table at the end of a run and keeps the counts.

A test marked `@pytest.mark.family("bola")`, or `@pytest.mark.chaos("poison")`, is one case, or as many as it says with
`record_property("cases", n)`. A function's own mark goes before its module's. Runs of chosen tests (`-k`, a node id)
print and keep nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from scripts.proofs import record
from scripts.proofs.families import SECURITY

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.proofs.families import Proof
    from scripts.proofs.record import Tallies


class FamilyCounter:
    """A plugin: one of each proof for a whole run; under xdist it counts in the controller what the workers report."""

    def __init__(self, proof: Proof = SECURITY, path: Path | None = None) -> None:
        self.seen: Tallies = {}
        self._proof = proof
        self._path = path or record.path_of(proof)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse a family that does not exist: its cases would count nowhere."""
        for item in items:
            mark = item.get_closest_marker(self._proof.mark)
            if mark is None:
                continue
            if mark.args[0] not in self._proof.families:
                raise pytest.UsageError(f"{item.nodeid}: no family is called {mark.args[0]!r}")
            item.user_properties.append((self._proof.mark, mark.args[0]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: when it ran, or failed or was skipped before."""
        said: dict[str, Any] = dict(report.user_properties)
        if self._proof.mark not in said or (report.passed and report.when != "call"):
            return
        file = report.nodeid.partition("::")[0]
        tally = self.seen.setdefault(said[self._proof.mark], {}).setdefault(file, Counter())
        tally[report.outcome] += int(said.get("cases", 1)) if report.passed else 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """Print the families that took part, judged by all runs so far."""
        if not self.seen or is_partial(config, self._proof):
            return
        tallies = record.merge(self._path, self.seen)
        terminalreporter.section(f"{self._proof.name} proof")
        for line in record.table(tallies, [name for name in self._proof.families if name in self.seen]):
            terminalreporter.write_line(line)


def is_partial(config: pytest.Config, proof: Proof = SECURITY) -> bool:
    """Whether somebody chose single tests, or those of another proof: their counts say nothing about a file."""
    options = config.option
    chosen = [argument for argument in config.args if "::" in argument]
    others = options.markexpr not in {"", proof.mark}
    return bool(options.keyword or chosen or others or getattr(options, "lf", False) or options.collectonly)
