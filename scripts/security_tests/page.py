"""Renders docs/security-tests.md from the record of the last runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.bootstrap.paths import ROOT
from scripts.security_tests.families import FAMILIES
from scripts.security_tests.record import total, verdict

if TYPE_CHECKING:
    from scripts.security_tests.record import Tallies

PAGE: Final = ROOT / "docs" / "security-tests.md"
MUTANTS: Final = "## Broken on purpose"
_HEAD: Final = """# The security proof

Written by `make security-tests`, which runs every family and counts. A case is one attack, or one question to the
running API; "at least" is what a family must count for its claim to hold.

| family | proves | at least | counted | result |
|---|---|---|---|---|
"""
_WHERE: Final = """
## Where each family is

| family | files |
|---|---|
"""
_NO_MUTANTS: Final = """
Not run yet.
"""


def render(tallies: Tallies, mutants: str) -> str:
    """The page; `mutants` is its last section as `make mutants-security` wrote it."""
    proofs = "".join(_proof(name, tallies) for name in FAMILIES)
    places = "".join(f"| {name} | {_files(tallies, name)} |\n" for name in FAMILIES)
    return f"{_HEAD}{proofs}{_WHERE}{places}\n{MUTANTS}\n{mutants or _NO_MUTANTS}"


def mutants_of(page: str) -> str:
    """The section on mutants of an existing page, its heading left out; empty when there is none."""
    return page.partition(f"{MUTANTS}\n")[2]


def _proof(name: str, tallies: Tallies) -> str:
    family = FAMILIES[name]
    counted = total(tallies, name)["passed"]
    return f"| {name} | {family.proves} | {family.required} | {counted:,} | {verdict(family, tallies)} |\n".replace(
        f"{counted:,}", f"{counted:,}".replace(",", " ")
    )


def _files(tallies: Tallies, name: str) -> str:
    return ", ".join(f"[{file}](../{file})" for file in sorted(tallies.get(name, {}))) or "—"
