"""Write docs/security-tests.md from what the last runs counted; with --check say what is not proven, and fail.

python -m scripts.security_tests [--check]
"""

from __future__ import annotations

import argparse
import sys

from scripts.bootstrap.paths import ROOT
from scripts.security_tests import page, record
from scripts.security_tests.families import FAMILIES


def main(arguments: list[str] | None = None) -> int:
    """Write or check; 1 when a check finds a family unproven."""
    parser = argparse.ArgumentParser(prog="python -m scripts.security_tests", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a family is not proven")
    check = parser.parse_args(arguments).check
    tallies = record.load()
    print("\n".join(record.table(tallies, list(FAMILIES))))
    if check:
        return int(any(record.verdict(family, tallies) != "proven" for family in FAMILIES.values()))
    before = page.PAGE.read_text(encoding="utf-8") if page.PAGE.exists() else ""
    page.PAGE.write_text(page.render(tallies, page.mutants_of(before)), encoding="utf-8")
    print(f"wrote {page.PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
