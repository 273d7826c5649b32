"""One push of an agent at a time on one machine: the second waits its turn, so that neither undoes the other."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scripts.agent_push.errors import PushError
from scripts.bootstrap.progress import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_SECONDS = 600.0
POLL_SECONDS = 0.1


@contextmanager
def turn(
    cache: Path, name: str, *, seconds: float = MOST_SECONDS, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the agent's lock in `cache`; the system frees it when the process ends, however it ends.

    Raises PushError when another push keeps it longer than that.
    """
    path = cache / "turns" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        waited = 0.0
        while not _taken(file.fileno()):
            if waited == 0.0:
                say(f"  · another push of {name} is under way on this machine: waiting for its end")
            if waited >= seconds:
                raise PushError(f"another push of {name} has been under way for {waited:.0f} s: end it, or wait for it")
            sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
