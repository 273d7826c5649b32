"""Counts the cases of each family of the security proof, prints the table at the end of a run and keeps the counts.

A test marked `@pytest.mark.family("bola")` is one case, or as many as it says with `record_property("cases", n)`. A
function's own mark goes before its module's. Runs of chosen tests (`-k`, a node id) print and keep nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from scripts.security_tests import record
from scripts.security_tests.families import FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.security_tests.record import Tallies


class FamilyCounter:
    """A plugin: one for a whole run; under xdist it counts in the controller what the workers report."""

    def __init__(self, path: Path = record.RECORD) -> None:
        self.seen: Tallies = {}
        self._path = path

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse a family that does not exist: its cases would count nowhere."""
        for item in items:
            mark = item.get_closest_marker("family")
            if mark is None:
                continue
            if mark.args[0] not in FAMILIES:
                raise pytest.UsageError(f"{item.nodeid}: no family is called {mark.args[0]!r}")
            item.user_properties.append(("family", mark.args[0]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: when it ran, or failed or was skipped before."""
        said: dict[str, Any] = dict(report.user_properties)
        if "family" not in said or (report.passed and report.when != "call"):
            return
        file = report.nodeid.partition("::")[0]
        tally = self.seen.setdefault(said["family"], {}).setdefault(file, Counter())
        tally[report.outcome] += int(said.get("cases", 1)) if report.passed else 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """Print the families that took part, judged by all runs so far."""
        if not self.seen or is_partial(config):
            return
        tallies = record.merge(self._path, self.seen)
        terminalreporter.section("security proof")
        for line in record.table(tallies, [name for name in FAMILIES if name in self.seen]):
            terminalreporter.write_line(line)


def is_partial(config: pytest.Config) -> bool:
    """Whether somebody chose single tests: their counts say nothing about a file."""
    options = config.option
    chosen = [argument for argument in config.args if "::" in argument]
    others = options.markexpr not in {"", "family"}
    return bool(options.keyword or chosen or others or getattr(options, "lf", False) or options.collectonly)
