"""Write a proof's page from what the last runs counted; with --check say what is not proven, and fail.

python -m scripts.proofs security|chaos [--check | --forget]
"""

from __future__ import annotations

import argparse
import sys

from scripts.bootstrap.paths import ROOT
from scripts.proofs import page, record
from scripts.proofs.families import PROOFS


def main(arguments: list[str] | None = None) -> int:
    """Write or check; 1 when a check, or a proof that is strict, finds a family unproven."""
    parser = argparse.ArgumentParser(prog="python -m scripts.proofs", description=__doc__)
    parser.add_argument("proof", choices=PROOFS)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="change nothing; fail when a family is not proven")
    only.add_argument("--forget", action="store_true", help="forget what earlier runs counted")
    given = parser.parse_args(arguments)
    proof = PROOFS[given.proof]
    if given.forget:
        record.path_of(proof).unlink(missing_ok=True)
        return 0
    tallies = record.load(record.path_of(proof))
    print("\n".join(record.table(tallies, list(proof.families))))
    unproven = any(record.verdict(family, tallies) != "proven" for family in proof.families.values())
    if given.check:
        return int(unproven)
    before = proof.page.read_text(encoding="utf-8") if proof.page.exists() else ""
    proof.page.write_text(page.render(proof, tallies, page.kept_of(proof, before)), encoding="utf-8")
    print(f"wrote {proof.page.relative_to(ROOT)}")
    return int(unproven and proof.strict)


if __name__ == "__main__":
    sys.exit(main())
