"""`make guard`: check every synthesised template against the Control Tower rules and ours."""

from __future__ import annotations

import argparse
import sys
import time

from infra.config import STAGES
from infra.guard.control_tower import excluded
from infra.guard.verdict import judge
from scripts.synth import OUT, synthesise


def main(arguments: list[str] | None = None) -> int:
    """Check the named stages, or all; a stage that is not synthesised yet is synthesised first."""
    parser = argparse.ArgumentParser(prog="make guard", description=__doc__)
    parser.add_argument("stages", nargs="*", default=list(STAGES), help="default: every stage")
    parser.add_argument("-v", "--verbose", action="store_true", help="list what is set aside, and why")
    chosen = parser.parse_args(arguments)
    return sum(report(stage, verbose=chosen.verbose) for stage in chosen.stages) and 1


def report(stage: str, *, verbose: bool) -> int:
    """Print the verdict of a stage; the number of broken rules."""
    if not (OUT / stage / "manifest.json").exists():
        synthesise(stage)
    started = time.monotonic()
    verdict = judge(OUT / stage, stage)
    seconds = time.monotonic() - started
    print(
        f"{stage:8} {seconds:5.1f} s  {len(verdict.broken)} broken, {len(verdict.suppressed)} set aside with a reason"
    )
    for finding in verdict.broken:
        print(f"  {finding.rule}: {finding.resource} in {finding.template}")
    if verbose:
        for rule, reason in excluded(stage).items():
            print(f"  not asked: {rule}: {reason}")
        for finding, reason in verdict.suppressed:
            print(f"  set aside: {finding.rule} on {finding.resource}: {reason}")
    return len(verdict.broken)


if __name__ == "__main__":
    sys.exit(main())
