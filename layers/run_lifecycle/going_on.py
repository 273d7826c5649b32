"""From where work goes on that was broken off, by another attempt or by another job, and what it must not repeat."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.repositories.run_checkpoints import HANDED_OVER, Checkpoint
from governance import recovery
from governance.recovery import PriorCall
from platform_kit.errors import Conflict
from run_lifecycle.outcome import Run
from run_lifecycle.store import TenantStore

_PAGE: Final = 200


class CannotGoOn(Conflict):
    """So much was done since the last checkpoint that nobody could keep the next attempt from doing it again."""

    code, title = "EFFECTS_UNKNOWN", "The run cannot go on"

    def __init__(self) -> None:
        super().__init__(f"More than {recovery.MOST_PRIOR_CALLS} calls were made since the run's last checkpoint.")


@dataclass(frozen=True)
class Continuation:
    """What a job takes over from another one: its checkpoint, and the calls that it must not make again."""

    job_id: str
    checkpoint: Checkpoint | None = None
    calls: tuple[PriorCall, ...] = ()

    def as_fields(self) -> dict[str, Any]:
        """As the record of the new run has it."""
        held = {"checkpointNumber": 1, "checkpointAt": self.checkpoint.saved_at} if self.checkpoint else {}
        return {"requeuedFrom": self.job_id, "priorCalls": [call.as_dict() for call in self.calls] or None, **held}


def prior_calls(run: Run, store: TenantStore, checkpoint: Checkpoint | None) -> list[PriorCall]:
    """The calls whose outcome the run's checkpoint cannot know, those that it has taken over among them; CannotGoOn.

    The whole log is read: a call that was under way when the checkpoint was left began before it.
    """
    try:
        own = recovery.prior_calls(whole_log(run, store), checkpoint.seq if checkpoint else 0)
    except recovery.Unrepeatable:
        raise CannotGoOn from None
    known = {call.call_id for call in own}
    found = [call for call in _taken_over(run, checkpoint) if call.call_id not in known] + own
    if len(found) > recovery.MOST_PRIOR_CALLS:
        raise CannotGoOn
    return found


def told(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    """A checkpoint as the agent that goes on from it is told."""
    if checkpoint is None:
        return None
    return {
        "number": checkpoint.number,
        "attempt": checkpoint.attempt,
        "savedAt": checkpoint.saved_at,
        "sha256": checkpoint.sha256,
        "state": checkpoint.state,
    }


def attempt_of(run: Run) -> int:
    """Which of a run's attempts is its last: the one that alone may act, and came to the run's end."""
    return int(run.get("attempt") or 1)


def goes_on(run: Run) -> bool:
    """Whether that attempt goes on with other work: an earlier attempt's, or another job's."""
    return attempt_of(run) > 1 or bool(run.get("requeuedFrom"))


def keep_handed(run: Run, store: TenantStore) -> Run:
    """The run, whose attempt is about to begin; where its calls are recorded, what it goes on from is too (ADR 0099).

    StoreUnavailable: then the attempt must not begin.
    """
    if run.get("recorded") and goes_on(run):
        store.recordings.hand(run["runId"], attempt_of(run), run.get("resume"))
    return run


def whole_log(run: Run, store: TenantStore) -> Iterator[dict[str, Any]]:
    """All events of a run, page by page."""
    after = 0
    while page := store.runs.log.read(run["runId"], after=after, limit=_PAGE):
        yield from page
        after = int(page[-1]["seq"])


def _taken_over(run: Run, checkpoint: Checkpoint | None) -> list[PriorCall]:
    """The calls of the job before: they stand until an attempt of this one has left a checkpoint of its own."""
    if not run.get("requeuedFrom") or (checkpoint is not None and checkpoint.attempt != HANDED_OVER):
        return []
    return [PriorCall.of(call) for call in run.get("priorCalls") or ()]
