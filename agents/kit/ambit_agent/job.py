"""Work that outlives its call: heartbeats, progress, cancellation, completion."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from ambit_agent.gateway import TERMINAL, Gateway, GatewayError, RunEndedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ambit_agent.invocation import Invocation

HEARTBEAT_SECONDS = 10.0
# The platform gives up on a run after a minute of silence; an agent that cannot be heard stops by itself.
SILENCE_SECONDS = 60.0
LOG = logging.getLogger("ambit_agent.job")


class Cancelled(BaseException):
    """The run was cancelled or is over; raised by `Job.check` and `Job.wait`."""


class Job:
    """An async run in progress. `invocation` says what to do, `gateway` is the way out."""

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
        except Exception as error:
            LOG.exception("run %s failed", self.invocation.run_id)
            self._fail(error)
        finally:
            self._ended = True
            self._wake.set()
            beating.join(timeout=5)

    def _fail(self, error: Exception) -> None:
        try:
            self.gateway.fail("AGENT_ERROR", f"{type(error).__name__}: {error}"[:500])
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
