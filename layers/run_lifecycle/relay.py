"""From the agent's answer to the run's log and the caller, piece by piece, until one of five ends.

The agent ends (well or badly), the time is up, the client leaves, or somebody else ends the run (a cancellation, a
halt). Events are in the log before anybody sees them, so a replay shows exactly what a live client saw. While one write
is under way the next pieces gather, and neighbouring bits of text become one event: a fast agent costs few writes, and
the first piece never waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from data_access_lib.errors import RunClosed
from governance.run_state import RunStatus
from run_lifecycle.agent_answer import MAX_OUTPUT_BYTES, AgentEvent, AgentFault, Output, Piece, TextDelta, encoded_size
from run_lifecycle.answer_reader import AnswerReader, Ended
from run_lifecycle.guarding import BLOCKED, EVENT, STOPPED
from run_lifecycle.outcome import Draft, Failure, Outcome, assistant, lifecycle, output_event

if TYPE_CHECKING:
    from run_lifecycle.answer_guard import AnswerGuard

LOOK_UP_SECONDS: Final = 1.0
_TIMEOUT_CODE: Final = "AGENT_TIMEOUT"
_TOO_LARGE: Final = Failure("AGENT_OUTPUT_TOO_LARGE", f"The agent's output is larger than {MAX_OUTPUT_BYTES} bytes.")
_BLOCKED: Final = Failure(BLOCKED, STOPPED)
_EVENT_TEXT_CHARACTERS: Final = 24_000
# What the transaction that ends a run takes along; more is written before it, so that it is one transaction.
_LAST_EVENTS: Final = 40
_LAST_BYTES: Final = 1_000_000

Envelope = dict[str, Any]


class Journal(Protocol):
    """The log of one run, as one relay sees it: it remembers what it has shown."""

    def append(self, drafts: Sequence[Draft]) -> list[Envelope]:
        """Write events; all envelopes not shown yet, in order, others' included. RunClosed when the run is over."""
        ...

    def catch_up(self) -> list[Envelope]:
        """What others wrote since. RunClosed, once everything before was shown, when the run is over."""
        ...


@dataclass(frozen=True)
class Watch:
    """What a relay keeps an eye on: a clock in seconds, when to give up, and whether the client is still there."""

    monotonic: Callable[[], float]
    deadline: float
    client_gone: Callable[[], bool] = lambda: False

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.monotonic()


class Relay:
    """Leads one answer to its end: nothing of it is kept or shown but what `guard` lets pass.

    `show` is given envelopes in order; it may block while the client is slow.
    """

    def __init__(
        self,
        reader: AnswerReader,
        journal: Journal,
        watch: Watch,
        guard: "AnswerGuard",
        show: Callable[[list[Envelope]], None],
    ) -> None:
        self._reader = reader
        self._guard = guard
        self._journal = journal
        self._watch = watch
        self._show = show
        self._answer = Answer()

    def run(self) -> Outcome | None:
        """How it ended; None when somebody else ended the run."""
        self._reader.start()
        try:
            return self._follow()
        except RunClosed:
            return None
        finally:
            self._reader.close()

    def _follow(self) -> Outcome:
        while True:
            taken = self._reader.take(min(LOOK_UP_SECONDS, self._watch.remaining()))
            ended = _end_among(taken)
            drafts = self._answer.add(self._passed(taken, over=ended is not None))
            outcome = self._outcome(ended)
            if outcome is None:
                self._show(self._journal.append(drafts) if drafts else self._journal.catch_up())
                continue
            drafts = (*drafts, *self._told())
            if _fits_the_end(drafts):
                return replace(outcome, last=drafts)
            self._show(self._journal.append(drafts))
            return outcome

    def _passed(self, taken: Sequence[Piece | Ended], *, over: bool) -> list[Piece]:
        passed = self._guard.pass_on([piece for piece in taken if not isinstance(piece, Ended)])
        return [*passed, *self._guard.rest()] if over else passed

    def _told(self) -> tuple[Draft, ...]:
        """What guardrails have done to the answer."""
        told = self._guard.told()
        return (lifecycle(EVENT, **told),) if told else ()

    def _outcome(self, ended: Ended | None) -> Outcome | None:
        if self._guard.blocked:
            return Outcome(RunStatus.FAILED, failure=_BLOCKED)
        if self._answer.too_large:
            return Outcome(RunStatus.FAILED, failure=_TOO_LARGE)
        if ended is not None:
            return self._answer.outcome(self._guard.fault(ended.fault) if ended.fault else None)
        if self._watch.client_gone():
            gone = Failure("CLIENT_GONE", "The client left before the run was done.")
            return Outcome(RunStatus.CANCELLED, failure=gone)
        if self._watch.remaining() <= 0:
            late = Failure(_TIMEOUT_CODE, "The run took longer than it may.")
            return Outcome(RunStatus.TIMED_OUT, failure=late)
        return None


def _end_among(taken: Sequence[Piece | Ended]) -> Ended | None:
    for piece in taken:
        if isinstance(piece, Ended):
            return piece
        if isinstance(piece, Output) and piece.last:
            return Ended()
    return None


def _fits_the_end(drafts: Sequence[Draft]) -> bool:
    return len(drafts) <= _LAST_EVENTS and sum(encoded_size(draft.payload) for draft in drafts) <= _LAST_BYTES


class Answer:
    """What an agent has said so far: its text, and its output once it names one."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._bytes = 0
        self._output: Output | None = None

    @property
    def too_large(self) -> bool:
        """Whether the text alone is more than an output may be."""
        return self._bytes > MAX_OUTPUT_BYTES

    def add(self, pieces: Sequence[Piece]) -> tuple[Draft, ...]:
        """Take pieces in; the events they make, neighbouring texts joined."""
        drafts: list[Draft] = []
        texts: list[str] = []
        for piece in pieces:
            if isinstance(piece, TextDelta) and sum(map(len, texts)) < _EVENT_TEXT_CHARACTERS:
                texts.append(piece.text)
                continue
            drafts += self._say(texts)
            texts = [piece.text] if isinstance(piece, TextDelta) else []
            drafts += [] if isinstance(piece, TextDelta) else [self._tell(piece)]
        return (*drafts, *self._say(texts))

    def outcome(self, fault: AgentFault | None) -> Outcome:
        """How it ended, given that it has: the output it named, else its joined text."""
        if fault is not None:
            status = RunStatus.TIMED_OUT if fault.code == _TIMEOUT_CODE else RunStatus.FAILED
            return Outcome(status, failure=Failure(fault.code, fault.message))
        output = self._output.value if self._output else "".join(self._texts)
        return Outcome(RunStatus.SUCCEEDED, output=output)

    def _say(self, texts: list[str]) -> list[Draft]:
        text = "".join(texts)
        self._texts += texts
        self._bytes += len(text.encode())
        return [assistant({"type": "delta", "text": text})] if text else []

    def _tell(self, piece: AgentEvent | Output) -> Draft:
        if isinstance(piece, AgentEvent):
            return assistant(piece.payload)
        self._output = piece
        return output_event(piece.value)
