"""An agent that goes wrong in the way `context.fault` says. Never seeded, never promoted: for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = AgentApp()
FAULTS: dict[str, Callable[[Invocation], Iterator[Any]]] = {}


def fault(func: Callable[[Invocation], Iterator[Any]]) -> Callable[[Invocation], Iterator[Any]]:
    """Register a fault under its function's name."""
    FAULTS[func.__name__] = func
    return func


@app.entrypoint
def misbehave(invocation: Invocation) -> Any:
    """Do what `context.fault` names; without one, answer with the input."""
    name = str(invocation.context.get("fault", ""))
    if name == "crash_before":
        die()
    if name == "raise_before":
        raise RuntimeError("the agent raised before its answer")
    if name == "hang":
        time.sleep(3600)
    return FAULTS[name](invocation) if name in FAULTS else invocation.input


def die() -> None:
    """End the process the hard way, as a segmentation fault would."""
    os.kill(os.getpid(), signal.SIGKILL)


@fault
def crash_during(_invocation: Invocation) -> Iterator[Any]:
    """Two deltas, then the process dies."""
    yield "one "
    yield "two "
    time.sleep(0.1)
    die()


@fault
def crash_after(invocation: Invocation) -> Iterator[Any]:
    """The whole output, then the process dies before the stream ends."""
    yield {"type": "output", "output": invocation.input}
    time.sleep(0.1)
    die()


@fault
def raise_during(_invocation: Invocation) -> Iterator[Any]:
    """One delta, then an exception."""
    yield "one "
    raise RuntimeError("the agent raised inside its answer")


@fault
def hang_during(_invocation: Invocation) -> Iterator[Any]:
    """One delta, then nothing for an hour."""
    yield "one "
    time.sleep(3600)


@fault
def slow(invocation: Invocation) -> Iterator[Any]:
    """`context.tokens` (5) tokens, `context.delayMs` (500) before each but the first."""
    for index in range(int(invocation.context.get("tokens", 5))):
        if index:
            time.sleep(float(invocation.context.get("delayMs", 500)) / 1000)
        yield f"token {index} "


@fault
def oversized(invocation: Invocation) -> Iterator[Any]:
    """An output of `context.bytes` (16 MiB)."""
    yield {"type": "output", "output": "x" * int(invocation.context.get("bytes", 16 * 1024 * 1024))}


@fault
def flood(_invocation: Invocation) -> Iterator[Any]:
    """Deltas without end and without pause."""
    while True:
        yield "x" * 1000


@fault
def inspect(_invocation: Invocation) -> Iterator[Any]:
    """What the process can see of itself and its surroundings."""
    yield {
        "type": "output",
        "output": {
            "pid": os.getpid(), "group": os.getpgrp(), "home": str(Path.cwd()), "umask": os.umask(0o077),
            "environment": dict(os.environ), "path": sys.path,
        },
    }  # fmt: skip


@fault
def grandchild(_invocation: Invocation) -> Iterator[Any]:
    """Leave a child process behind and say its pid."""
    child = subprocess.Popen(["/bin/sleep", "3600"])
    yield {"type": "output", "output": child.pid}


@fault
def hoard(_invocation: Invocation) -> Iterator[Any]:
    """Take memory until there is none left."""
    held = []
    while True:
        held.append(bytearray(64 * 1024 * 1024))
        yield f"{len(held) * 64} MiB "
