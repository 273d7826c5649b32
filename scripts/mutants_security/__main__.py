"""Run every security mutant, print the table, keep it in docs/security-tests.md; 1 when one survives.

python -m scripts.mutants_security
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from scripts.bootstrap.paths import ROOT
from scripts.mutants_security.mutants import MUTANTS
from scripts.mutants_security.report import keep, section, table
from scripts.mutants_security.run import NoVerdict, Verdict, check_whole, copy_tree, try_one


def main() -> int:
    """Break a copy of the tree in each way, one after the other."""
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="ambit-mutants-") as folder:
        tree = Path(folder)
        copy_tree(ROOT, tree)
        try:
            check_whole(MUTANTS, tree)
            for mutant in MUTANTS:
                verdicts.append(try_one(mutant, ROOT, tree))
                print("\n".join(table(verdicts)[-1:]), flush=True)
        except NoVerdict as problem:
            print(problem, file=sys.stderr)
            return 2
    print("\n".join(table(verdicts)))
    keep(section(verdicts))
    return 0 if all(verdict.caught for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
