"""Runs every level of test but those that need AWS, in two lanes (`make test`).

The live lane starts the local platform, which keeps one core busy for minutes, and waits a good deal afterwards: for
jobs, leases and pages. The other lane, with less priority, has what is left over, so that together they take two cores'
time and little more. It begins with `make check`; what it shares with the start of the platform, the web app's
packages, it comes to last. What failed is told once more at the end, by name: a red run's reason is in its last lines.
"""

import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scripts.local_platform import parts, processes
from scripts.local_platform.layout import layout_from_environment

Command = Sequence[str]
_RUN: Final = (sys.executable, "-m")
_SPREAD: Final = (*_RUN, "pytest", "-q", "-n", "2", "--dist", "loadfile", "--timeout", "480")
START: Final[Command] = (*_RUN, "scripts.local_platform.dev", "--detach")
LIVE: Final[tuple[Command, ...]] = (
    (*_RUN, "pytest", "-q", "--timeout", "480", "-m", "local_stack", "tests/security", "tests/e2e", "tests/browser"),
    ("env", "AMBIT_SOAK_MINUTES=2", *_RUN, "pytest", "-q", "tests/long/test_soak.py"),
)
APART: Final[tuple[Command, ...]] = (
    ("make", "check", "WORKERS=2"),
    (*_RUN, "scripts.openapi", "--check"),
    (*_RUN, "scripts.event_catalogue", "--check"),
    (*_SPREAD, "-m", "not local_stack", "tests/functional", "tests/security"),
    (*_SPREAD, "tests/isolation", "tests/infra", "tests/conformance"),
    (*_SPREAD, "-m", "proof", "tests/unit", "tests/contract"),
    (*_RUN, "scripts.openapi.lint"),
    (*_RUN, "scripts.frontend", "check"),
)

_NAMED: Final = re.compile(r"(FAILED|ERROR) tests/|error: |ERROR | FAIL |^\w*Error: |This error originated in ")
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LINES, _WIDTH = 12, 300


@dataclass(frozen=True)
class Failure:
    """A command that did not succeed, and its lines that name what was wrong: its last ones when none does."""

    command: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((f"failed: {self.command}", *(f"  {line[:_WIDTH]}" for line in self.lines)))


class Lane(threading.Thread):
    """Commands one after the other; each line they print is told with the lane's name before it."""

    def __init__(self, name: str, commands: Sequence[Command], *, start: Command = (), before: Command = ()) -> None:
        super().__init__(name=name)
        self.failed: list[Failure] = []
        self._start_command = start
        self._commands = commands
        self._before = before

    def run(self) -> None:
        """Run them all, also after one that failed: whoever waits this long wants to know of everything at once.

        Only without what is started first, none is run.
        """
        if self._start_command and not self._succeeds(self._start_command):
            return
        for command in self._commands:
            self._succeeds(command)

    def _succeeds(self, command: Command) -> bool:
        said = " ".join(command[len(_RUN) :] if command[: len(_RUN)] == _RUN else command)
        self._say(f"▶ {said}")
        named, last = deque[str](maxlen=_LINES), deque[str](maxlen=_LINES)
        with subprocess.Popen(
            [*self._before, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                self._say(line.rstrip("\n"))
                plain = _COLOURS.sub("", line).rstrip()
                last.append(plain)
                if _NAMED.search(plain):
                    named.append(plain)
        if process.returncode != 0:
            self.failed.append(Failure(said, tuple(named or last)))
        return process.returncode == 0

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{self.name:5} | {line}\n")
        sys.stdout.flush()


def main() -> int:
    """Run both lanes, the platform started unless it is up, and stop what was started; 1 when anything failed."""
    layout = layout_from_environment()
    was_up = processes.recorded(layout, parts.ALL[0]) is not None
    try:
        lanes = [Lane("live", LIVE, start=START), Lane("apart", APART, before=("nice", "-n", "10"))]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    finally:
        if not was_up:
            subprocess.run([sys.executable, "-m", "scripts.local_platform.down"], check=False)
    failed = [failure for lane in lanes for failure in lane.failed]
    for failure in failed:
        print(failure)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
