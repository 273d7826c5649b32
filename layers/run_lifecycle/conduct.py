"""Leads a run that has begun to its end: calls the agent, relays its answer, ends the run, tidies up."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data_access_lib.repositories.idempotency import Ticket
from governance.run_state import RunStatus
from platform_kit.clock import Clock
from platform_kit.errors import AmbitError
from platform_kit.observability import duration_ms, logger
from platform_kit.tracing import Trace
from run_lifecycle.agent_answer import Piece
from run_lifecycle.answer_reader import AnswerReader
from run_lifecycle.finish import METERED, FinishedRun, finish_run
from run_lifecycle.guarding import BLOCKED, GuardrailsInForce
from run_lifecycle.invocation import Invocations, process_of
from run_lifecycle.journal import LogJournal, UnwrittenJournal
from run_lifecycle.outcome import Draft, Failure, Outcome, Run
from run_lifecycle.relay import Relay, Watch
from run_lifecycle.runtime import AgentRuntime, runtime_session
from run_lifecycle.store import TenantStore

if TYPE_CHECKING:
    from run_lifecycle.answer_guard import AnswerGuard

Show = Callable[[list[dict[str, Any]]], None]


def show_nobody(_events: list[dict[str, Any]]) -> None:
    """For a caller who is told at the end only."""


@dataclass(frozen=True)
class Audience:
    """Who follows a run live: `show` gets envelopes in order and may block, `gone` says whether they have left."""

    show: Show = show_nobody
    gone: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Conductor:
    """Carries out runs. Its parts are shared by all runs of a process."""

    runtime: AgentRuntime
    invocations: Invocations
    guardrails: GuardrailsInForce
    clock: Clock
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def conduct(
        self,
        run: Run,
        store: TenantStore,
        trace: Trace,
        *,
        seconds: float,
        audience: Audience | None = None,
        ticket: Ticket | None = None,
    ) -> FinishedRun:
        """The finished run, after at most `seconds`. Never raises for what the agent does: that is how a run ends."""
        followers = audience or Audience()
        journal = LogJournal(store.runs.log, run)
        watch = Watch(self.monotonic, self.monotonic() + seconds, followers.gone)
        reader = AnswerReader(lambda: self.ask(run, store, trace))
        outcome = self._relay(run, store, lambda guard: Relay(reader, journal, watch, guard, followers.show))
        metered = _metered(run, store) if journal.others_wrote else {}
        finished = self.end({**run, **metered, "lastSeq": journal.last_seq}, outcome, store, ticket=ticket)
        followers.show(finished.events)
        return finished

    def rehearse(self, run: Run, store: TenantStore, trace: Trace, *, seconds: float) -> tuple[Outcome, list[Draft]]:
        """Call the agent of a run that is replayed: how its answer ended and its events, of which none is written.

        Its process, which is the replay's own, is stopped in the end.
        """
        journal, watch = UnwrittenJournal(), Watch(self.monotonic, self.monotonic() + seconds)
        reader = AnswerReader(lambda: self.ask(run, store, trace))
        try:
            outcome = self._relay(run, store, lambda guard: Relay(reader, journal, watch, guard, show_nobody))
        finally:
            self.stop(run, store)
        return outcome, journal.drafts

    def end(self, run: Run, outcome: Outcome, store: TenantStore, *, ticket: Ticket | None = None) -> FinishedRun:
        """End a run; an agent that may still be at work is stopped."""
        finished = finish_run(run, outcome, store, self.clock, ticket=ticket)
        if _may_be_at_work(finished.run) and run.get("startedAt"):
            self.stop(run, store)
        return finished

    def stop(self, run: Run, store: TenantStore) -> None:
        """Stop the process of the run's session."""
        self.runtime.stop(run["runtimeArn"], runtime_session(store.context.tenant_id, process_of(run)))

    def ask(self, run: Run, store: TenantStore, trace: Trace) -> Iterator[Piece]:
        """Call the agent: the pieces of its answer as they come; AgentFault when there is none."""
        began = self.monotonic()
        pieces = self.runtime.invoke(self.invocations.call_for(store.context.tenant_id, run, trace))
        for number, piece in enumerate(pieces):
            if number == 0:
                duration_ms("FirstByte", (self.monotonic() - began) * 1000, agent=run["agent"])
            yield piece

    def _relay(self, run: Run, store: TenantStore, guarded: "Callable[[AnswerGuard], Relay]") -> Outcome:
        from run_lifecycle.answer_guard import AnswerGuard  # with its detectors: not before something runs

        try:
            guard = AnswerGuard(self.guardrails.of(store, run["agent"], run["versionId"]))
            return guarded(guard).run() or _ENDED_ELSEWHERE
        except AmbitError as error:
            logger().exception("a run's answer could not be relayed")
            return Outcome(RunStatus.FAILED, failure=Failure(error.code, error.detail))


def _metered(run: Run, store: TenantStore) -> Run:
    """What the gateway has counted on the run's record meanwhile: it is part of the cost."""
    stored = store.runs.get(run["runId"], consistent=True)
    return {name: stored[name] for name in METERED if name in stored}


def _may_be_at_work(run: Run) -> bool:
    """Whether the agent of a run that is over may not know it yet."""
    return run["status"] in _STOPPED or (run.get("error") or {}).get("code") == BLOCKED


_STOPPED = frozenset({RunStatus.CANCELLED.value, RunStatus.TIMED_OUT.value, RunStatus.HALTED.value})
# The end of such a run finds it closed and reports how it ended; this status is never written.
_ENDED_ELSEWHERE = Outcome(RunStatus.CANCELLED)
