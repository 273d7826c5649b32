"""`python -m scripts.agent_push --agent echo-agent --env local`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from infra.bundling.agents import AGENTS
from scripts.agent_push.errors import PushError
from scripts.agent_push.push import push
from scripts.agent_push.stage import stage_of


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="agent-push", description="Package, deploy and approve agents.")
    parser.add_argument("--agent", action="append", required=True, help="name; may be given several times")
    parser.add_argument("--folder", type=Path, default=AGENTS, help="where the agents' packages are (default: agents/)")
    parser.add_argument("--env", default="local", help="local, dev, staging or prod")
    parser.add_argument("--no-smoke", action="store_true", help="do not invoke the agent afterwards")
    return parser


def main() -> int:
    """Push every agent named; 0 when all are approved and running, 1 with one line saying why not."""
    options = arguments().parse_args()
    for name in options.agent:
        started = time.monotonic()
        print(f"{name} → {options.env}", flush=True)
        try:
            pushed = push(name, stage_of(options.env), with_smoke=not options.no_smoke, folder=options.folder)
        except PushError as error:
            print(f"agent-push: {error}", file=sys.stderr)
            return 1
        state = "pushed" if pushed.changed else "unchanged"
        print(f"  {name} {pushed.version_id} {state} in {time.monotonic() - started:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
