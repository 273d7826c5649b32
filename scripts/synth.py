"""`make synth`: synthesise the CDK app for every stage, into `cdk.out/<stage>`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "cdk.out"


def context() -> dict[str, Any]:
    """The context that the CDK CLI would pass on from cdk.json."""
    found: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return found


def synthesise(stage: str, out: Path = OUT) -> dict[str, int]:
    """Synthesise one stage; the number of resources of each stack."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
    from aws_cdk import App

    from infra.config import settings_for
    from infra.stage import build

    app = App(outdir=str(out / stage), context=context())
    build(app, settings_for(stage))
    assembly = app.synth()
    return {stack.stack_name: len(stack.template["Resources"]) for stack in assembly.stacks}


def main(arguments: list[str] | None = None) -> int:
    """Synthesise the named stages, or all."""
    from infra.config import STAGES

    parser = argparse.ArgumentParser(prog="make synth", description=__doc__)
    parser.add_argument("stages", nargs="*", default=list(STAGES), help="default: every stage")
    for stage in parser.parse_args(arguments).stages:
        started = time.monotonic()
        counts = synthesise(stage)
        sizes = ", ".join(f"{name.rsplit('-', 1)[1]} {count}" for name, count in counts.items())
        print(f"{stage:8} {time.monotonic() - started:5.1f} s  {sum(counts.values())} resources: {sizes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
