"""The end of a run: one transaction writes its result and last events, settles its budget and completes its key.

Whoever comes first ends it; the condition on the run's status makes sure of that, and so every reservation is settled
exactly once. Who comes second learns how it ended.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.client import TenantTransaction
from data_access_lib.errors import ConditionFailed, RunClosed, TransactionConflict
from data_access_lib.repositories import idempotency
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.idempotency import Ticket
from data_access_lib.repositories.pools import Amount
from governance import governor, recovery
from governance.pricing import run_cost
from governance.run_state import RunStatus
from platform_kit.clock import Clock, parse_rfc3339, rfc3339
from platform_kit.observability import count, duration_ms, logger
from run_lifecycle.agent_answer import encoded_size
from run_lifecycle.canarying import observe
from run_lifecycle.outcome import MAX_INLINE_OUTPUT_BYTES, Draft, Failure, Outcome, Run, lifecycle, result_of
from run_lifecycle.runtime import RUNTIME_UNAVAILABLE
from run_lifecycle.start import reservation_of, shares_of
from run_lifecycle.store import TenantStore

_ATTEMPTS: Final = 24
_MILLISECOND: Final = 1000
_PAUSE_SECONDS: Final = 0.01
_READ_EVENTS: Final = 500
METERED: Final = ("toolCalls", "inputTokens", "outputTokens", "pricedPico", "reservedPico", "governor")
"""What the gateway keeps on a run's record while it runs: who ends the run has to have read it."""


@dataclass(frozen=True)
class FinishedRun:
    """A run that is over: its record with its output, and the envelopes the caller had not seen, in order."""

    run: Run
    events: list[dict[str, Any]]
    ended_here: bool


def finish_run(
    run: Run,
    outcome: Outcome,
    store: TenantStore,
    clock: Clock,
    *,
    ticket: Ticket | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> FinishedRun:
    """End a run as `outcome` says, unless it is over already.

    `run["lastSeq"]` is the last event the caller has seen. What others add meanwhile (a tool call of the gateway) is
    read and counted before it is tried again, so the cost is that of everything the run used.
    """
    seen: list[dict[str, Any]] = []
    output = _keep_output(run, outcome, store)
    for attempt in range(_ATTEMPTS):
        outcome = _as_governed(run, outcome)
        ended = _ended(run, outcome, output if outcome.status is RunStatus.SUCCEEDED else {}, clock.now())
        try:
            written = _write(ended, outcome, store, ticket)
        except RunClosed:
            return _ended_elsewhere(run, seen, store)
        except TransactionConflict:
            pause(random.uniform(0, _PAUSE_SECONDS * 2 ** min(attempt, 6)))  # noqa: S311 - jitter, not a secret
            run, seen = _look_again(run, seen, store)
        except ConditionFailed as failure:
            if failure.label != idempotency.LABEL:
                raise
            ticket = None  # its lease ran out and another request holds the key now
        else:
            _tell(ended, store)
            observe(ended, store, clock)
            return FinishedRun(_with_output(ended, outcome), seen + written, ended_here=True)
    raise TransactionConflict


def _as_governed(run: Run, outcome: Outcome) -> Outcome:
    """A run that the governor has halted has not succeeded, even where whoever halted it died before saying so."""
    halt = governor.read(run["governor"]).halt if run.get("governor") is not None else None
    if halt is None or outcome.status is not RunStatus.SUCCEEDED:
        return outcome
    return Outcome(RunStatus.HALTED, failure=Failure("RUN_HALTED", governor.explain(halt)))


def _write(ended: Run, outcome: Outcome, store: TenantStore, ticket: Ticket | None) -> list[dict[str, Any]]:
    def also(transaction: TenantTransaction) -> None:
        reserved = reservation_of(ended)
        store.budgets.settle(transaction, reserved, ended["costPico"])
        seconds = -(-int(ended["durationMs"]) // _MILLISECOND) - int(ended.get("maxSeconds") or 0)
        over = Amount(pico=ended["costPico"] - reserved.pico, seconds=seconds)
        store.pools.settle_in(transaction, shares_of(ended), reserved.month, over)
        if ticket is not None:
            store.answers.complete_in(transaction, ticket, {"runId": ended["runId"]})

    appended = store.runs.finish(
        ended["runId"],
        outcome.status.value,
        [EventDraft(draft.stream, draft.event, draft.payload) for draft in (*outcome.last, _terminal(ended))],
        session_id=ended["sessionId"],
        known=ended["lastSeq"],
        fields={name: ended.get(name) for name in _WRITTEN},
        also=also,
        attempts=1,
    )
    return appended.events


def _with_output(ended: Run, outcome: Outcome) -> Run:
    """The record for whoever waited: with the output itself, wherever it is kept."""
    if not ended.get("outputOmitted") or outcome.output_key is not None:
        return ended
    return {**ended, "output": outcome.output, "outputOmitted": None}


_WRITTEN: Final = ("output", "outputKey", "outputOmitted", "error", "costPico", "durationMs", "finishedAt")


def _terminal(ended: Run) -> Draft:
    """The last event carries what the body of a synchronous answer carries; a large output stays with the record."""
    return lifecycle(ended["status"], **result_of(ended))


def _ended(run: Run, outcome: Outcome, output: dict[str, Any], now: datetime) -> Run:
    elapsed = _elapsed_ms(run, now)
    failure = outcome.failure
    return {
        **run,
        **output,
        "status": outcome.status.value,
        "error": {"code": failure.code, "message": failure.message} if failure else None,
        "durationMs": elapsed,
        "costPico": run_cost(run, elapsed) if _used_the_agent(run, outcome) else 0,
        "finishedAt": rfc3339(now),
    }


def _used_the_agent(run: Run, outcome: Outcome) -> bool:
    """Nobody pays for a run that never began, or that the runtime refused."""
    refused = outcome.failure is not None and outcome.failure.code == RUNTIME_UNAVAILABLE
    return bool(run.get("startedAt")) and not refused


def _elapsed_ms(run: Run, now: datetime) -> int:
    if not run.get("startedAt"):
        return 0
    elapsed = round((now - parse_rfc3339(run["startedAt"])).total_seconds() * _MILLISECOND)
    return max(elapsed - recovery.waited_ms(run, now), 0)


def _keep_output(run: Run, outcome: Outcome, store: TenantStore) -> dict[str, Any]:
    """The output's place on the record: inline, or in the tenant's bucket before the record that leads to it."""
    if outcome.status is not RunStatus.SUCCEEDED:
        return {}
    if outcome.output_key is not None:
        return {"outputKey": outcome.output_key, "outputOmitted": True}
    if encoded_size(outcome.output) <= MAX_INLINE_OUTPUT_BYTES:
        return {"output": outcome.output}
    key = keys.output_object(store.context.tenant_id, run["runId"])
    store.bucket().put(key, encode_output(outcome.output), content_type="application/json")
    return {"outputKey": key, "outputOmitted": True}


def encode_output(output: Any) -> bytes:
    """An output as it is kept in the bucket: JSON."""
    return json.dumps(output, ensure_ascii=False, separators=(",", ":")).encode()


def _look_again(run: Run, seen: list[dict[str, Any]], store: TenantStore) -> tuple[Run, list[dict[str, Any]]]:
    missed = store.runs.log.read(run["runId"], after=run["lastSeq"], limit=_READ_EVENTS)
    now = store.runs.get(run["runId"], consistent=True)
    last = missed[-1]["seq"] if missed else run["lastSeq"]
    return {**run, **now, "lastSeq": last}, seen + missed


def _ended_elsewhere(run: Run, seen: list[dict[str, Any]], store: TenantStore) -> FinishedRun:
    stored = store.runs.get(run["runId"], consistent=True)
    rest: list[dict[str, Any]] = []
    last = run["lastSeq"]
    while last < stored["lastSeq"]:
        rest += store.runs.log.read(run["runId"], after=last, limit=_READ_EVENTS)
        last = rest[-1]["seq"]
    return FinishedRun(stored, seen + rest, ended_here=False)


def _tell(ended: Run, store: TenantStore) -> None:
    count("RunFinished", agent=ended["agent"], status=ended["status"])
    duration_ms("RunDuration", ended["durationMs"], agent=ended["agent"])
    logger().info(
        "run finished",
        tenant_id=store.context.tenant_id,
        run_id=ended["runId"],
        status=ended["status"],
        duration_ms=ended["durationMs"],
    )
