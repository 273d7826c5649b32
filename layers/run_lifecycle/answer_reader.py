"""Reads an agent's answer in a thread of its own, so that whoever relays it can also watch the clock and the client."""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from platform_kit.errors import AmbitError
from platform_kit.observability import logger
from run_lifecycle.agent_answer import AgentFault, Piece

CAPACITY: Final = 64
_LOOK_UP_SECONDS: Final = 0.25


@dataclass(frozen=True)
class Ended:
    """The answer is over: completely, or by a fault."""

    fault: AgentFault | None = None


class AnswerReader:
    """Pulls pieces into a bounded queue; one that is not emptied stops reading, and so slows the agent down."""

    def __init__(self, ask: Callable[[], Iterator[Piece]], *, capacity: int = CAPACITY) -> None:
        self._ask = ask
        self._queue: queue.Queue[Piece | Ended] = queue.Queue(capacity)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="agent-answer", daemon=True)

    def start(self) -> None:
        """Ask the agent and begin to read."""
        self._thread.start()

    def take(self, timeout: float) -> list[Piece | Ended]:
        """Everything that is there; waits up to `timeout` seconds for the first. Empty when nothing came."""
        try:
            taken = [self._queue.get(timeout=max(timeout, 0))]
        except queue.Empty:
            return []
        while len(taken) <= CAPACITY:
            try:
                taken.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return taken

    def close(self) -> None:
        """Read no further. A read under way ends when the agent's session is stopped or its socket times out."""
        self._closed.set()

    def _read(self) -> None:
        ended = Ended()
        try:
            if not self._pass_on(self._ask()):
                return
        except AgentFault as fault:
            ended = Ended(fault)
        except AmbitError as error:
            ended = Ended(AgentFault(error.detail, error.code))
        except Exception:  # noqa: BLE001 - a thread has nobody above it; whatever broke, the run must end
            logger().exception("reading an agent's answer failed")
            ended = Ended(AgentFault("The agent's answer broke off."))
        self._put(ended)

    def _pass_on(self, pieces: Iterator[Piece]) -> bool:
        """Whether all of them were taken; what holds a connection lets it go either way."""
        try:
            return all(self._put(piece) for piece in pieces)
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    def _put(self, item: Piece | Ended) -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_UP_SECONDS)
            except queue.Full:
                continue
            return True
        return False
