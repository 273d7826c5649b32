"""What becomes of an asynchronous run that was broken off: whether it goes on, from where, and what it must not repeat.

Pure: the run's record, its log and the moment are arguments. A run goes on when its agent declares that it goes on from
checkpoints (`maxAttempts`), when what broke it off is of a class that another attempt may cure, and while it has
attempts and time left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from governance.canonical_json import digest
from platform_kit.clock import parse_rfc3339

UNKNOWN: Final = "unknown"
"""How a call went whose intent has no outcome."""
MOST_PRIOR_CALLS: Final = 400
"""Calls since its last checkpoint that a run may be resumed with: beyond, nobody could tell what it has done."""
MOST_UNREACHED: Final = 10
"""How often a run is tried again whose agent could not be called at all: ten minutes or so, a region's departure."""
_CALL, _RESULT, _TOOL = "call", "result", "tool"
_MILLISECOND: Final = 1000
_FIRST_PAUSE_SECONDS: Final = 2
_LONGEST_PAUSE_SECONDS: Final = 60


class Broken(StrEnum):
    """Why a run was broken off. The first four pass by: another attempt may go better."""

    SILENT = "AGENT_SILENT"
    LOST = "RUN_LOST"
    UNREACHABLE = "RUNTIME_UNAVAILABLE"
    PASSING = "AGENT_RETRY"
    LATE = "AGENT_TIMEOUT"
    FAILED = "AGENT_FAILED"


_PASSES_BY: Final = frozenset({Broken.SILENT, Broken.LOST, Broken.UNREACHABLE, Broken.PASSING})


class Unrepeatable(Exception):
    """An earlier attempt has made more calls since its last checkpoint than can be held against the next one."""


@dataclass(frozen=True)
class PriorCall:
    """A call that an earlier attempt made; `digest` is that of its arguments as the run's log has them."""

    call_id: str
    tool: str
    status: str
    digest: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """As a run's record has it."""
        return cls(*(str(told[name]) for name in ("callId", "tool", "status", "digest")))

    def as_dict(self) -> dict[str, str]:
        """As the run's record has it, and its agent is told."""
        return {"callId": self.call_id, "tool": self.tool, "status": self.status, "digest": self.digest}


def goes_on(run: Mapping[str, Any], broken: Broken, now: datetime) -> bool:
    """Whether the run gets another attempt. One that reached no agent is none of those that the agent declares."""
    if seconds_left(run, now) <= 0:
        return False
    if broken is Broken.UNREACHABLE:
        return int(run.get("unreached") or 0) < MOST_UNREACHED
    left = int(run.get("maxAttempts") or 1) - int(run.get("failures") or 0) - 1
    return broken in _PASSES_BY and left > 0


def seconds_left(run: Mapping[str, Any], now: datetime) -> int:
    """How much longer a run may work, in whole seconds, at least 0; waiting for people is no work."""
    most = int(run["maxSeconds"])
    if not run.get("startedAt"):
        return most
    worked = (now - parse_rfc3339(str(run["startedAt"]))).total_seconds() - waited_ms(run, now) / _MILLISECOND
    return max(0, most - int(worked))


def waited_ms(run: Mapping[str, Any], now: datetime) -> int:
    """How long the run has waited for people, in milliseconds: nobody pays for that, and no limit counts it."""
    since = run.get("waitingSince")
    waiting = (now - parse_rfc3339(str(since))).total_seconds() if since else 0.0
    return int(run.get("waitedMs") or 0) + max(round(waiting * _MILLISECOND), 0)


def pause_seconds(failures: int) -> int:
    """How long to wait before the attempt after so many failures: 2 s, doubled each time, at most a minute."""
    return int(min(_FIRST_PAUSE_SECONDS * 2 ** min(max(failures - 1, 0), 10), _LONGEST_PAUSE_SECONDS))


def prior_calls(events: Iterable[Mapping[str, Any]], checkpoint_seq: int) -> list[PriorCall]:
    """The calls of tools that a checkpoint at this event cannot know the outcome of, in their order.

    Those made after it, and those that were under way. Unrepeatable when they are too many.
    """
    begun: dict[str, PriorCall] = {}
    for event in events:
        if event["stream"] != _TOOL or event["event"] not in (_CALL, _RESULT):
            continue
        told = event["payload"]
        call_id = str(told.get("callId"))
        if event["event"] == _CALL:
            begun[call_id] = PriorCall(call_id, str(told["tool"]), UNKNOWN, digest(told.get("arguments")))
        elif int(event["seq"]) <= checkpoint_seq:
            begun.pop(call_id, None)
        elif call_id in begun:
            was = begun[call_id]
            begun[call_id] = PriorCall(call_id, was.tool, str(told.get("status", UNKNOWN)), was.digest)
    if len(begun) > MOST_PRIOR_CALLS:
        raise Unrepeatable
    return list(begun.values())


def made_before(calls: Sequence[Mapping[str, Any]], tool: str, told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The call among these that is exactly this one, the one of unknown outcome first; None when there is none."""
    wanted = digest(told)
    same = [call for call in calls if call["tool"] == tool and call["digest"] == wanted]
    return next((call for call in same if call["status"] == UNKNOWN), same[-1] if same else None)
