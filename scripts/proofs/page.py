"""Renders a proof's page, docs/security-tests.md or docs/chaos.md, from the record of the last runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.proofs.record import total, verdict

if TYPE_CHECKING:
    from scripts.proofs.families import Family, Proof
    from scripts.proofs.record import Tallies

_FAMILIES: Final = """
| family | proves | at least | counted | result |
|---|---|---|---|---|
"""
_WHERE: Final = """
## Where each family is

| family | files |
|---|---|
"""
_NOT_YET: Final = """
Not run yet.
"""


def render(proof: Proof, tallies: Tallies, kept: str) -> str:
    """The page; `kept` is its last section as somebody else wrote it, such as `make mutants-security`."""
    proofs = "".join(_proof(family, tallies) for family in proof.families.values())
    places = "".join(f"| {name} | {_files(tallies, name)} |\n" for name in proof.families)
    last = f"\n{proof.kept}\n{kept or _NOT_YET}" if proof.kept else ""
    return f"# {proof.title}\n\n{proof.intro}{_FAMILIES}{proofs}{_WHERE}{places}{last}"


def kept_of(proof: Proof, page: str) -> str:
    """The last section of an existing page, its heading left out; empty when there is none."""
    return page.partition(f"{proof.kept}\n")[2] if proof.kept else ""


def _proof(family: Family, tallies: Tallies) -> str:
    counted = f"{total(tallies, family.name)['passed']:,}".replace(",", " ")
    return f"| {family.name} | {family.proves} | {family.required} | {counted} | {verdict(family, tallies)} |\n"


def _files(tallies: Tallies, name: str) -> str:
    return ", ".join(f"[{file}](../{file})" for file in sorted(tallies.get(name, {}))) or "—"
