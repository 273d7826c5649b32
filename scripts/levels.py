"""Runs every level of test but those that need AWS, in two lanes over the local platform (`make test`).

The live lane waits a good deal: for jobs, leases and pages. The other lane, with less priority, has those moments, so
that together they take two cores' time and little more.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Final

from scripts.local_platform import parts, processes
from scripts.local_platform.layout import layout_from_environment

Command = Sequence[str]
_SPREAD: Final = ("pytest", "-q", "-n", "2", "--dist", "loadfile", "--timeout", "480")
LIVE: Final[tuple[Command, ...]] = (
    ("pytest", "-q", "--timeout", "480", "-m", "local_stack", "tests/security", "tests/e2e", "tests/browser"),
)
APART: Final[tuple[Command, ...]] = (
    ("scripts.openapi", "--check"),
    ("scripts.event_catalogue", "--check"),
    ("scripts.openapi.lint",),
    ("scripts.frontend", "check"),
    (*_SPREAD, "-m", "not local_stack", "tests/functional", "tests/security"),
    (*_SPREAD, "tests/isolation", "tests/infra", "tests/conformance"),
    (*_SPREAD, "-m", "proof", "tests/unit", "tests/contract"),
)


class Lane(threading.Thread):
    """Commands one after the other; each line they print is told with the lane's name before it."""

    def __init__(self, name: str, commands: Sequence[Command], before: Command = ()) -> None:
        super().__init__(name=name)
        self.failed: list[str] = []
        self._commands = commands
        self._before = before

    def run(self) -> None:
        """Run them all, also after one that failed: whoever waits this long wants to know of everything at once."""
        for command in self._commands:
            said = " ".join(command)
            self._say(f"▶ {said}")
            with subprocess.Popen(
                [*self._before, sys.executable, "-m", *command],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process:
                for line in process.stdout or ():
                    self._say(line.rstrip("\n"))
            if process.returncode != 0:
                self.failed.append(said)

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{self.name:5} | {line}\n")
        sys.stdout.flush()


def main() -> int:
    """Start the platform unless it is up, run both lanes, stop what was started; 1 when anything failed."""
    layout = layout_from_environment()
    was_up = processes.recorded(layout, parts.ALL[0]) is not None
    try:
        up = subprocess.run([sys.executable, "-m", "scripts.local_platform.dev", "--detach"], check=False)
        if up.returncode != 0:
            return up.returncode
        lanes = [Lane("live", LIVE), Lane("apart", APART, before=("nice", "-n", "5"))]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    finally:
        if not was_up:
            subprocess.run([sys.executable, "-m", "scripts.local_platform.down"], check=False)
    failed = [command for lane in lanes for command in lane.failed]
    for command in failed:
        print(f"failed: {command}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
