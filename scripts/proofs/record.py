"""What each family counted, by test file: the runs of several levels of test add up to one record.

`{family: {file: {"passed": cases, "failed": tests, "skipped": tests}}}` in `.ambit/proof-<name>.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from scripts.bootstrap.paths import ROOT, STATE
from scripts.proofs.families import FAMILIES, Family, Proof

if TYPE_CHECKING:
    from pathlib import Path

Tallies = dict[str, dict[str, Counter[str]]]


def path_of(proof: Proof) -> Path:
    """Where a proof's counts are kept."""
    return STATE / f"proof-{proof.name}.json"


def load(path: Path, root: Path = ROOT) -> Tallies:
    """The record so far, without files that are gone and families that are no more."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    kept = {name: files for name, files in found.items() if name in FAMILIES}
    return {
        name: {file: Counter(tally) for file, tally in files.items() if (root / file).is_file()}
        for name, files in kept.items()
    }


def merge(path: Path, seen: Tallies, root: Path = ROOT) -> Tallies:
    """Put a run's counts in place of what was known of the files it ran, and write the whole; the whole."""
    known = load(path, root)
    ran = {file for files in seen.values() for file in files}
    for files in known.values():
        for file in ran & files.keys():
            del files[file]
    for name, files in seen.items():
        known.setdefault(name, {}).update(files)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return known


def total(tallies: Tallies, name: str) -> Counter[str]:
    """A family's counts over all its files."""
    return sum(tallies.get(name, {}).values(), Counter())


def verdict(family: Family, tallies: Tallies) -> str:
    """`proven`, or in words what is missing."""
    counted = total(tallies, family.name)
    if counted["failed"]:
        return f"{counted['failed']} failed"
    if counted["skipped"]:
        return f"{counted['skipped']} skipped"
    if counted["passed"] < (family.least or 1):
        return "not all run yet" if counted["passed"] else "not run yet"
    return "proven"


def table(tallies: Tallies, names: list[str]) -> list[str]:
    """Lines of a plain table: family, cases, required, result."""
    rows = [("family", "cases", "required", "result")]
    for name in names:
        family = FAMILIES[name]
        rows.append((name, str(total(tallies, name)["passed"]), family.required, verdict(family, tallies)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
