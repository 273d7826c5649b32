"""Replays of recorded runs: what one is to find, and what came of it (ADR 0094).

A replay has the payload of its run and a token of its own, which names no run: the gateway answers it from the record
and from nothing else. Whoever hears the agent's end (the bridge, or the gateway for a job) compares the two stories.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from data_access_lib.errors import CheckpointCorrupt, NotReplayable, StaleVersion
from data_access_lib.repositories.events import TERMINAL_STATES
from governance.recovery import Broken
from governance.replays.calls import EVENTS, MOST_CALLS, Heard, Recorded
from governance.replays.comparing import Compared, Told, compare, shown
from governance.run_state import RunStatus
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import DependencyUnavailable
from platform_kit.ids import new_id
from platform_kit.observability import count
from run_lifecycle.going_on import CannotGoOn, attempt_of, goes_on, whole_log
from run_lifecycle.outcome import Draft, Outcome, Run
from run_lifecycle.runtime import RUNTIME_UNAVAILABLE
from run_lifecycle.store import TenantStore

RUNNING, FINISHED, FAILED = "running", "finished", "failed"
STOP, GO_ON = "stop", "continue"
MOST_SECONDS: Final = 900
"""How long a replay may take: a job's, since its agent works by itself; others have as long as their caller waits."""
_ASSISTANT: Final = "assistant"
_LIFECYCLE: Final = "lifecycle"
_RESUMED: Final = (_LIFECYCLE, "resumed")
_ATTEMPTS: Final = 8
_OWN_ENDS: Final = frozenset({RunStatus.SUCCEEDED.value, RunStatus.FAILED.value})
"""Ends that are an agent's own doing. What it answered before another end is not compared: it was broken off."""
_BROKEN_OFF: Final = frozenset({Broken.LOST, Broken.UNREACHABLE, CheckpointCorrupt.code, CannotGoOn.code})
"""What a job fails of when no attempt can go on where the last one was broken off."""
_NOT_OVER: Final = "The run is still {status}. Wait until it is over."
_INTERRUPTED: Final = "The run was {status}: where its agent was then, no record tells."

Replay = Mapping[str, Any]


def recorded_calls(run: Run, store: TenantStore) -> list[dict[str, Any]]:
    """What a run's agent asked and was answered; NotReplayable, whose `reason` says why not."""
    status = str(run["status"])
    if status not in TERMINAL_STATES:
        raise NotReplayable("not_over", _NOT_OVER.format(status=status))
    if not run.get("recorded"):
        raise NotReplayable("not_recorded", "The run was not recorded: its version's manifest does not say `record`.")
    if status not in {*_OWN_ENDS, RunStatus.HALTED.value}:
        raise NotReplayable("interrupted", _INTERRUPTED.format(status=status))
    code = str((run.get("error") or {}).get("code"))
    if status == RunStatus.FAILED and code in _BROKEN_OFF:
        raise NotReplayable("interrupted", _INTERRUPTED.format(status=f"broken off ({code})"))
    return store.recordings.calls(run["runId"], attempt_of(run), most=MOST_CALLS)


def handed(run: Run, store: TenantStore) -> dict[str, Any]:
    """What the run's last attempt was told beside its input, as `keep_handed` has kept it; NotReplayable."""
    if not goes_on(run):
        return {}
    return {"resume": store.recordings.handed(run["runId"], attempt_of(run))}


def plan_of(calls: Sequence[Mapping[str, Any]]) -> list[Recorded]:
    """Recorded calls as a replay is held against them."""
    return [Recorded(one["kind"], one["name"], one["hash"], one["position"], one["over"]) for one in calls]


def new_replay(run: Run, version_id: str, principal_id: str, how: str, plan: Sequence[Recorded], clock: Clock) -> Run:
    """The record of a replay that begins now."""
    now = clock.now()
    return {
        "replayId": new_id("rpl"),
        "runId": run["runId"],
        "agent": run["agent"],
        "attempt": attempt_of(run),
        "versionId": version_id,
        "recordedVersionId": run["versionId"],
        "mode": run["mode"],
        "status": RUNNING,
        "onDivergence": how,
        "principalId": principal_id,
        "createdAt": rfc3339(now),
        "deadline": int((now + timedelta(seconds=MOST_SECONDS)).timestamp()),
        "replayPlan": [call.packed() for call in plan],
        "replayHeard": [],
    }


def as_replay(run: Run, replay: Replay, runtime_arn: str) -> Run:
    """The run as the agent is called with it once more: with a token and a process of the replay's own."""
    return {**run, "replayId": replay["replayId"], "versionId": replay["versionId"], "runtimeArn": runtime_arn}


def told_by(outcome: Outcome, drafts: Sequence[Draft]) -> Told:
    """What an agent answered in a replay, and how that ended."""
    events = [draft.payload for draft in (*drafts, *outcome.last) if draft.stream == _ASSISTANT]
    failure = outcome.failure
    if failure is not None:
        return Told(events, {"status": outcome.status.value, "error": _error(failure.code, failure.message)})
    return Told(events, {"status": outcome.status.value, "output": outcome.output})


def finish(replay: Replay, replayed: Told, store: TenantStore, clock: Clock) -> Replay:
    """End a replay with what it showed; as it stands when somebody else has ended it. DependencyUnavailable."""
    error = (replayed.outcome or {}).get("error") or {}
    if error.get("code") == RUNTIME_UNAVAILABLE:
        return _write(replay, {"status": FAILED, "error": error}, store, clock)
    run = store.runs.get(str(replay["runId"]), consistent=True)
    calls = {one["position"]: one for one in recorded_calls(run, store)}
    recorded = _recorded_story(run, store, list(calls.values()))

    def fields(now: Replay) -> dict[str, Any]:
        plan = [Recorded.unpacked(packed) for packed in now["replayPlan"]]
        heard = [Heard.unpacked(packed) for packed in now["replayHeard"]]
        found = compare(plan, heard, recorded, replayed, lambda place: _asked(calls.get(place)))
        count("ReplayFinished", identical=str(found.identical).lower())
        return {"status": FINISHED, "replayResult": _result(found, len(heard))}

    return _finished(replay, fields, store, clock)


def give_up(replay: Replay, code: str, message: str, store: TenantStore, clock: Clock) -> Replay:
    """End a replay that showed nothing."""
    return _write(replay, {"status": FAILED, "error": _error(code, message)}, store, clock)


def is_late(replay: Replay, clock: Clock) -> bool:
    """Whether a replay that still runs has had all its time."""
    return replay["status"] == RUNNING and clock.now().timestamp() >= int(replay["deadline"])


def _write(replay: Replay, fields: Mapping[str, Any], store: TenantStore, clock: Clock) -> Replay:
    count("ReplayFailed")
    return _finished(replay, lambda _now: dict(fields), store, clock)


def _finished(replay: Replay, fields: Any, store: TenantStore, clock: Clock) -> Replay:
    now: Replay = replay
    for _ in range(_ATTEMPTS):
        if now["status"] != RUNNING:
            return now
        try:
            return store.replays.finish(now, {**fields(now), "finishedAt": rfc3339(clock.now())})
        except StaleVersion:
            now = store.replays.get(str(replay["runId"]), str(replay["replayId"]))
    raise DependencyUnavailable("The replay is being written to. Try again.", retry_after=1)


def _recorded_story(run: Run, store: TenantStore, calls: Sequence[Mapping[str, Any]]) -> Told:
    events = _of_attempt(attempt_of(run), whole_log(run, store))
    by_gateway = _appended(events, calls)
    answered = [event["payload"] for event in events if _answers(event) and event["seq"] not in by_gateway]
    return Told(answered, _ended(run, store))


def _of_attempt(attempt: int, log: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A run's events from that attempt on: those before are of attempts whose place it has taken."""
    events = list(log)
    for at, event in enumerate(events):
        if (event["stream"], event["event"]) == _RESUMED and event["payload"].get("attempt") == attempt:
            return events[at:]
    return events


def _answers(event: Mapping[str, Any]) -> bool:
    return bool(event["stream"] == _ASSISTANT)


def _appended(events: Sequence[Mapping[str, Any]], calls: Sequence[Mapping[str, Any]]) -> set[int]:
    """Which events came by the gateway: they are among the calls already."""
    found: set[int] = set()
    said = [int(event["seq"]) for event in events if event["stream"] != _LIFECYCLE]
    for call in calls:
        if call["kind"] == EVENTS and "lastSeq" in (call["answer"].get("body") or {}):
            until = [seq for seq in said if seq <= int(call["answer"]["body"]["lastSeq"])]
            found.update(until[-int(call["count"]) :])
    return found


def _ended(run: Run, store: TenantStore) -> dict[str, Any] | None:
    status = str(run["status"])
    if status not in _OWN_ENDS:
        return None
    if status == RunStatus.SUCCEEDED:
        return {"status": status, "output": _output(run, store)}
    error = run.get("error") or {}
    return {"status": status, "error": _error(str(error.get("code")), str(error.get("message")))}


def _output(run: Run, store: TenantStore) -> Any:
    if not run.get("outputKey"):
        return run.get("output")
    stored = store.bucket().get(str(run["outputKey"]))
    if stored is None:
        raise NotReplayable("damaged", "The output of the run is not there any more.")
    return json.loads(stored.data)


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


def _asked(call: Mapping[str, Any] | None) -> str | None:
    return None if call is None else shown(call["asked"])


def _result(found: Compared, heard: int) -> dict[str, Any]:
    recorded = sum(row["position"] is not None for row in found.calls)
    return {
        "identical": found.identical,
        "recorded": {"hash": found.recorded_hash, "calls": recorded, "events": found.events[0]},
        "replayed": {"hash": found.replayed_hash, "calls": heard, "events": found.events[1]},
        "calls": found.calls,
        "differences": [difference.as_dict() for difference in found.differences],
        "differencesOmitted": found.omitted,
    }
