"""`python -m scripts.agent_push --agent echo-agent --env local`; `ambit push` is the same for one folder."""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path

from infra.bundling.agents import AGENTS
from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import find_agent
from scripts.agent_push.push import Wanted, push
from scripts.agent_push.stage import stage_of


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="agent-push", description="Package, deploy and register agents.")
    parser.add_argument("--agent", action="append", required=True, help="name; may be given several times")
    parser.add_argument("--folder", type=Path, default=AGENTS, help="where the agents' packages are (default: agents/)")
    parser.add_argument("--env", default="local", help="local, dev, staging or prod")
    parser.add_argument("--no-smoke", action="store_true", help="do not invoke the agent afterwards")
    return parser


def main() -> int:
    """Push every agent named; 0 when all are there, 1 with a few lines saying why not."""
    options = arguments().parse_args()
    wanted = Wanted(smoke=None) if options.no_smoke else Wanted()
    for name in options.agent:
        started = time.monotonic()
        print(f"{name} → {options.env}", flush=True)
        try:
            pushed = push(partial(find_agent, name, options.folder), stage_of(options.env), wanted)
        except PushError as error:
            print(f"agent-push: {error}", file=sys.stderr)
            return 1
        state = "pushed" if pushed.changed else "unchanged"
        seconds = time.monotonic() - started
        print(f"  {name} {pushed.version_id} {pushed.status}, {state} in {seconds:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
