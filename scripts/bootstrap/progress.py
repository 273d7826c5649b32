"""Step-by-step progress with times, and the one way a step says what is missing. Standard library only."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class PrerequisiteMissing(Exception):
    """Something that a person has to install or free: the message is one line with the command to run."""


@dataclass
class Step:
    """One step that is running. `note` is shown beside its time when it ends."""

    name: str
    note: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started


def say(text: str) -> None:
    """Print one line at once, so that a log that is followed shows it."""
    print(text, flush=True)


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Announce a step, run it, and print how long it took (or that it failed)."""
    running = Step(name)
    if sys.stdout.isatty():
        print(f"  · {name} …", end="\r", flush=True)
    try:
        yield running
    except BaseException:
        say(f"  ✗ {name:<34} {running.seconds:6.1f} s")
        raise
    say(f"  ✓ {name:<34} {running.seconds:6.1f} s  {running.note}".rstrip())
