"""An agent that goes wrong in the way `context.fault` says. Never seeded, never promoted: for tests."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp, Gateway, Invocation
from ambit_agent.gateway import GatewayError, RunEndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = AgentApp()
FAULTS: dict[str, Callable[[Invocation], Iterator[Any]]] = {}


TEMPTATIONS: dict[str, Callable[[Invocation, Gateway], Iterator[Any]]] = {}


def temptation(func: Callable[[Invocation, Gateway], Iterator[Any]]) -> Callable[[Invocation, Gateway], Iterator[Any]]:
    """Register a fault that needs the gateway under its function's name."""
    TEMPTATIONS[func.__name__] = func
    return func


def fault(func: Callable[[Invocation], Iterator[Any]]) -> Callable[[Invocation], Iterator[Any]]:
    """Register a fault under its function's name."""
    FAULTS[func.__name__] = func
    return func


@app.entrypoint
def misbehave(invocation: Invocation, gateway: Gateway) -> Any:
    """Do what `context.fault` names; without one, answer with the input."""
    name = str(invocation.context.get("fault", ""))
    if name in TEMPTATIONS:
        return TEMPTATIONS[name](invocation, gateway)
    if name == "crash_before":
        die()
    if name == "raise_before":
        raise RuntimeError("the agent raised before its answer")
    if name == "hang":
        time.sleep(3600)
    return FAULTS[name](invocation) if name in FAULTS else invocation.input


@temptation
def stuck(invocation: Invocation, gateway: Gateway) -> Iterator[Any]:
    """Read the first file over and over: `context.calls` times (100), `context.delayMs` (0) apart, or until stopped."""
    for call in range(int(invocation.context.get("calls", 100))):
        gateway.tools.call("files.read", fileId=invocation.files[0].file_id)
        yield f"read {call} "
        time.sleep(float(invocation.context.get("delayMs", 0)) / 1000)


@temptation
def greedy(_invocation: Invocation, gateway: Gateway) -> Iterator[Any]:
    """Ask to write, again and again, whatever the answer; until the run is ended."""
    for call in range(100):
        try:
            gateway.tools.call("files.write", name="greed.txt", contentType="text/plain", text="more")
        except RunEndedError:
            raise
        except GatewayError as refused:
            yield f"{call}: {refused.code} "


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
            "namespace": str(Path("/proc/self/ns/pid").readlink()),
            "environment": dict(os.environ), "path": sys.path,
        },
    }  # fmt: skip


@fault
def grandchild(_invocation: Invocation) -> Iterator[Any]:
    """Leave a child process behind and say its pid."""
    child = os.fork()
    if child == 0:
        time.sleep(3600)
        os._exit(0)
    yield {"type": "output", "output": {"pid": child, "namespace": str(Path("/proc/self/ns/pid").readlink())}}


@fault
def hoard(_invocation: Invocation) -> Iterator[Any]:
    """Take memory until there is none left."""
    held = []
    while True:
        held.append(bytearray(64 * 1024 * 1024))
        yield f"{len(held) * 64} MiB "
