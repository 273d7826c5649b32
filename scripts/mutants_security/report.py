"""The table of mutants, for people and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.proofs import page, record
from scripts.proofs.families import SECURITY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.mutants_security.run import Verdict


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Lines of a plain table."""
    width = max(len(one.mutant.name) for one in verdicts)
    return [f"{one.mutant.name:<{width}}  {said(one):<22} {one.seconds:6.1f} s  {_tests(one)}" for one in verdicts]


def section(verdicts: Sequence[Verdict]) -> str:
    """The page's section."""
    caught = sum(verdict.caught for verdict in verdicts)
    rows = "".join(
        f"| {verdict.mutant.name} | `{verdict.mutant.file}` | {said(verdict)} | {_tests(verdict)} |\n"
        for verdict in verdicts
    )
    return f"""
`make mutants-security` breaks the code in these ways, one at a time and in a copy, and runs the tests that must notice.
{caught} of {len(verdicts)} were noticed.

| broken so | in | noticed | by |
|---|---|---|---|
{rows}"""


def _tests(verdict: Verdict) -> str:
    return ", ".join(verdict.mutant.tests)


def said(verdict: Verdict) -> str:
    """Whether it was noticed, in words."""
    return f"yes, {verdict.failed} tests fail" if verdict.caught else "no: it survived"


def keep(text: str, path: Path = SECURITY.page) -> None:
    """Put the section into the page, with the counts as they are known."""
    path.write_text(page.render(SECURITY, record.load(record.path_of(SECURITY)), text), encoding="utf-8")
