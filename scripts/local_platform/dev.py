"""Starts the whole platform on this machine, step by step (`make dev`).

    python -m scripts.local_platform.dev [--detach]

What is unchanged and healthy is reused, so it is safe and quick to run again.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from scripts import seed
from scripts.bootstrap import npm, toolchain
from scripts.bootstrap.paths import ROOT
from scripts.bootstrap.progress import PrerequisiteMissing, say, step
from scripts.bootstrap.stamps import Stamps, digest
from scripts.local_platform import deployment, first_calls, parts, processes
from scripts.local_platform.description import write_description
from scripts.local_platform.emulator.part import emulator_part
from scripts.local_platform.layout import Layout, layout_from_environment
from scripts.local_platform.localstack import check_localstack, wants_localstack
from scripts.local_platform.tokens import client_token

if TYPE_CHECKING:
    from scripts.local_platform.processes import Part

FRONTEND = ROOT / "frontend"
WATCH_SECONDS = 1.0
FAILURES = (
    PrerequisiteMissing,
    toolchain.CommandFailed,
    processes.PartFailed,
    deployment.DeploymentFailed,
    first_calls.CallFailed,
    seed.SeedFailed,
    subprocess.CalledProcessError,
    httpx.HTTPError,
)


@dataclass
class Platform:
    """One run of `make dev`."""

    layout: Layout
    started: list[str] = field(default_factory=list)
    deployed: str = ""

    def run_part(self, part: Part) -> None:
        """Have a part running; note what this run started."""
        with step(part.name.replace("-", " ")) as progress:
            fresh = processes.ensure(self.layout, part)
            if fresh:
                self.started.append(part.name)
            progress.note = f"port {part.port}" + ("" if fresh else ", reused")

    def start_endpoint(self) -> None:
        """The AWS endpoint: our emulator, or a LocalStack container that is already up."""
        if wants_localstack():
            with step("LocalStack"):
                check_localstack(self.layout)
        else:
            self.run_part(emulator_part(self.layout))

    def build_web_app(self) -> None:
        """`npm ci` and `npm run build`, when anything in it changed."""
        stamps = Stamps(self.layout.stamps)
        wanted = digest([FRONTEND])
        with step("web app") as progress:
            if stamps.is_fresh("web-app", wanted) and (parts.DIST / "index.html").exists():
                progress.note = "unchanged"
                return
            npm.install(FRONTEND)
            npm.run(FRONTEND, "npm", "run", "--silent", "build")
            stamps.mark("web-app", wanted)

    def install_identity_provider(self) -> None:
        """The identity provider's locked packages."""
        npm.install(parts.HERE / "idp")

    def deploy(self) -> None:
        """The CDK app, into the endpoint."""
        with step("deploy (cdk)") as progress:
            begun = time.monotonic()
            self.deployed = deployment.ensure_deployed(self.layout)
            progress.note = "unchanged" if time.monotonic() - begun < 1 else ""

    def first_calls(self) -> None:
        """The three modes, through the public URL."""
        with first_calls.developer(self.layout) as api:
            for mode, call in first_calls.MODES.items():
                with step(f"invoke, {mode}") as progress:
                    progress.note = call(api)

    def up(self) -> None:
        """Everything, in order."""
        self.start_endpoint()
        self.install_identity_provider()
        self.run_part(parts.identity_provider_part(self.layout))
        self.run_part(parts.agent_host_part(self.layout))
        self.build_web_app()
        self.deploy()
        self.run_part(parts.edge_part(self.layout, self.deployed))
        write_description(self.layout)
        seed.seed(self.layout, self.deployed)
        self.first_calls()

    def down(self) -> None:
        """Stop what this run started, last first."""
        for name in reversed(self.started):
            processes.stop(self.layout, name)

    def dead_part(self) -> str | None:
        """The name of a part that ended by itself, or None."""
        expected = parts.ALL[1:] if wants_localstack() else parts.ALL
        return next((name for name in expected if processes.recorded(self.layout, name) is None), None)


def greet(layout: Layout, seconds: float) -> None:
    """What a person needs next."""
    token = client_token(layout.issuer, "acme-developer")
    say(f"""
Ready after {seconds:.0f} s.
  API and web app    {layout.public_url}   (sign in as dev@acme.test, password ambit-local)
  identity provider  {layout.issuer}
  AWS endpoint       {layout.emulator_url}   (access key and secret: test)
  logs               {layout.logs}   (make dev-logs follows them)

  TOKEN={token}
  curl -s {layout.public_url}/v1/agents/echo-agent/invoke \\
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{"input": "Hello"}}'
""")


def stay(platform: Platform) -> int:
    """Wait for Ctrl-C or for a part to end, then stop what was started. The exit status."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    say("Ctrl-C stops it.")
    dead = None
    while not stopping.wait(WATCH_SECONDS) and dead is None:
        dead = platform.dead_part()
    if dead:
        say(f"The {dead} ended. Its log ends:\n{processes.log_tail(platform.layout, dead)}")
    say("Stopping …")
    platform.down()
    return 1 if dead else 0


def main() -> int:
    """Start everything; stay up unless detached."""
    parser = argparse.ArgumentParser(prog="python -m scripts.local_platform.dev", description=__doc__)
    parser.add_argument("--detach", action="store_true", default=os.environ.get("DETACH") == "1")
    detach = parser.parse_args().detach
    begun = time.monotonic()
    platform = Platform(layout_from_environment())
    try:
        platform.up()
        greet(platform.layout, time.monotonic() - begun)
    except FAILURES as problem:
        print(
            f"\n{problem}\n\nWhat runs is kept: fix it and run `make dev` again, or `make dev-down`.", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        platform.down()
        return 130
    return 0 if detach else stay(platform)


if __name__ == "__main__":
    raise SystemExit(main())
