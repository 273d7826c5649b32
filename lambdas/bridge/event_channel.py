"""From the thread that leads a run to the event loop that serves its client, with room for a bounded backlog."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, Final

CAPACITY: Final = 32
_LOOK_UP_SECONDS: Final = 0.25

Events = list[dict[str, Any]]


class EventChannel:
    """`put` and `close` are for the leading thread, `next` for the loop, `leave` for who notices that the client left.

    A full channel blocks `put`: then the relay reads no further and the agent is slowed down. After `deadline`
    (seconds of `monotonic`) nothing is waited for any more and the rest is left to a replay.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        deadline: float,
        *,
        capacity: int = CAPACITY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop = loop
        self._deadline = deadline
        self._monotonic = monotonic
        self._room = threading.BoundedSemaphore(capacity)
        self._queue: asyncio.Queue[Events | None] = asyncio.Queue()
        self._left = threading.Event()
        self._overdue = False

    def put(self, events: Events) -> None:
        """Hand events over, in order; waits while the client is slow."""
        while events and not self._left.is_set() and not self._overdue:
            if self._room.acquire(timeout=_LOOK_UP_SECONDS):
                self._hand_over(events)
                return
            self._overdue = self._monotonic() > self._deadline

    def close(self) -> None:
        """Nothing follows."""
        self._hand_over(None)

    def leave(self) -> None:
        """The client is gone."""
        self._left.set()

    def client_gone(self) -> bool:
        """Whether the client is gone."""
        return self._left.is_set()

    async def next(self, timeout_seconds: float) -> Events | None:
        """The next events; None at the end; TimeoutError when none came in time."""
        events = await asyncio.wait_for(self._queue.get(), timeout_seconds)
        if events is not None:
            self._room.release()
        return events

    def _hand_over(self, events: Events | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server went down first
            self._loop.call_soon_threadsafe(self._queue.put_nowait, events)
