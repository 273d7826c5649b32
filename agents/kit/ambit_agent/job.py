"""Work that outlives its call: heartbeats, progress, cancellation, completion."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from ambit_agent.gateway import TERMINAL, Gateway, GatewayError, HeldError, RunEndedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ambit_agent.invocation import Invocation

HEARTBEAT_SECONDS = 4.0  # a cancellation is heard within five seconds
# The platform gives up on a run after a minute of silence; an agent that cannot be heard stops by itself.
SILENCE_SECONDS = 60.0
LOG = logging.getLogger("ambit_agent.job")


class Cancelled(BaseException):
    """The run was cancelled or is over; raised by `Job.check` and `Job.wait`."""


class Stopped(BaseException):
    """The attempt ends here: people decide, and another attempt goes on with what they say."""


class Retry(Exception):
    """The work failed for a reason that passes by: another attempt, from the last checkpoint, may go better."""


class Job:
    """An async run in progress. `invocation` says what to do, `gateway` is the way out.

    An agent that goes on from checkpoints begins with `state`, and leaves a `checkpoint` after each step that must not
    be done twice.
    """

    def __init__(self, invocation: Invocation, gateway: Gateway, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self.invocation = invocation
        self.gateway = gateway
        self._heartbeat_seconds = heartbeat_seconds
        self._cancelled = threading.Event()
        self._wake = threading.Event()
        self._ended = False
        self._progress: tuple[float | None, str | None] = (None, None)

    @property
    def cancelled(self) -> bool:
        """Whether to stop."""
        return self._cancelled.is_set()

    @property
    def state(self) -> Any:
        """What the last checkpoint of an earlier attempt holds; None at the first attempt, or when it left none."""
        return self.invocation.resumed.state if self.invocation.resumed else None

    def checkpoint(self, state: Any) -> None:
        """Leave JSON from which the next attempt goes on, should this one be broken off; raises Cancelled."""
        self.check()
        self.gateway.checkpoint(state)

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool. Where people have to decide first, this attempt ends, and another one makes the same call.

        So leave a checkpoint before it. Raises ApprovalRefusedError when people said no, or nothing in time,
        CallMadeBeforeError when an earlier attempt made the call after its last checkpoint.
        """
        while True:
            self.check()
            try:
                return self.gateway.tools.ask(tool, **arguments)
            except HeldError as held:
                if self.gateway.stop_for(held.approval_id):
                    raise Stopped from None

    def check(self) -> None:
        """Raise Cancelled when the run was cancelled; call it between steps."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, but not past a cancellation; raises Cancelled."""
        if self._cancelled.wait(seconds):
            raise Cancelled

    def progress(self, percent: float | None = None, message: str | None = None) -> None:
        """Report how far the work is (0 to 100); sent at once, the latest one if they come faster."""
        self._progress = (percent, message)
        self._wake.set()
        self.check()

    def run(self, work: Callable[[Job], object]) -> None:
        """Do the work with heartbeats beside it and report how it ended; never raises."""
        beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        beating.start()
        try:
            self.gateway.complete(work(self))
        except (Cancelled, RunEndedError):
            LOG.info("run %s is over", self.invocation.run_id)
        except Stopped:
            LOG.info("run %s waits for people", self.invocation.run_id)
        except Exception as error:
            LOG.exception("run %s failed", self.invocation.run_id)
            self._fail(error)
        finally:
            self._ended = True
            self._wake.set()
            beating.join(timeout=5)

    def _fail(self, error: Exception) -> None:
        try:
            said = f"{type(error).__name__}: {error}"[:500]
            self.gateway.fail("AGENT_ERROR", said, retryable=isinstance(error, Retry))
        except GatewayError:
            LOG.exception("run %s could not be reported as failed", self.invocation.run_id)

    def _beat(self) -> None:
        heard = time.monotonic()
        while not self._ended and not self.cancelled:
            try:
                self._beat_once()
                heard = time.monotonic()
            except RunEndedError:
                self._cancelled.set()
            except GatewayError as error:
                LOG.warning("heartbeat of run %s: %s", self.invocation.run_id, error)
                if time.monotonic() - heard > SILENCE_SECONDS:
                    self._cancelled.set()
            self._wake.wait(self._heartbeat_seconds)

    def _beat_once(self) -> None:
        self._wake.clear()
        (percent, message), self._progress = self._progress, (None, None)
        answer = self.gateway.heartbeat(percent, message)
        if answer.cancelled or answer.status in TERMINAL:
            self._cancelled.set()
