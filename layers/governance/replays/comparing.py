"""In what a replay's story differs from the record's: calls, events, and how it ended.

Two sequences are compared, each in its own order: what came by the gateway (questions, events, the end of a job), and
what the agent answered (its events, neighbouring pieces of text joined: how a stream is cut is chance). How the two
interleave is chance too, and is not compared.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from governance.replays.calls import APPROVAL, SAID, Call, Heard, Recorded, hash_of

MOST_DIFFERENCES: Final = 40
MOST_TEXT: Final = 700
"""Characters of one side of a difference."""
Result = Literal["same", "diverged", "moved", "missing", "added"]
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What an agent answered, and how that ended. `outcome` is None where an end is not the agent's own doing."""

    events: Sequence[Document]
    outcome: Document | None


@dataclass(frozen=True)
class Difference:
    """One difference: `position` counts from 1 in the record's calls or events; None is for what is not there."""

    what: Literal["call", "event", "outcome"]
    position: int
    expected: str | None
    got: str | None

    def as_dict(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"what": self.what, "position": self.position, "expected": self.expected, "got": self.got}


@dataclass(frozen=True)
class Compared:
    """The hashes of both stories, what became of each call, and the differences: the first forty, and how many more."""

    recorded_hash: str
    replayed_hash: str
    calls: list[dict[str, Any]]
    events: tuple[int, int]
    differences: list[Difference]
    omitted: int

    @property
    def identical(self) -> bool:
        """Whether they are the same: then so are their hashes."""
        return self.recorded_hash == self.replayed_hash


@dataclass
class _Notes:
    """Differences as they are found."""

    kept: list[Difference] = field(default_factory=list)
    omitted: int = 0

    def add(self, difference: Difference) -> None:
        if len(self.kept) < MOST_DIFFERENCES:
            self.kept.append(difference)
        else:
            self.omitted += 1


def compare(
    plan: Sequence[Recorded], heard: Sequence[Heard], recorded: Told, replayed: Told, asked: Callable[[int], str | None]
) -> Compared:
    """Compare. `asked` tells what the recorded call at a position was, as text: for those that are shown as differing.

    Where `recorded.outcome` is None, what the agent answered is not compared either: it was broken off.
    """
    notes, ended = _Notes(), recorded.outcome is not None
    counted = [call for call in plan if call.kind != APPROVAL]
    placed = _placed(counted, heard)
    rows = list(_rows(counted, placed, notes, asked))
    ours, theirs = (joined(told.events) if ended else [] for told in (recorded, replayed))
    _compare_events(ours, theirs, notes)
    if ended and recorded.outcome != replayed.outcome:
        notes.add(Difference("outcome", 1, shown(recorded.outcome), shown(replayed.outcome)))
    outcomes = (recorded.outcome, replayed.outcome) if ended else (None, None)
    return Compared(
        recorded_hash=_hash(counted, ours, outcomes[0]),
        replayed_hash=_hash(_in_order(placed, rows), theirs, outcomes[1]),
        calls=rows,
        events=(len(ours), len(theirs)),
        differences=notes.kept,
        omitted=notes.omitted,
    )


def joined(events: Iterable[Document]) -> list[Document]:
    """Events with neighbouring pieces of text made one."""
    found: list[Document] = []
    for event in events:
        if event.get("type") == "delta" and found and found[-1].get("type") == "delta":
            found[-1] = {**found[-1], "text": str(found[-1]["text"]) + str(event["text"])}
        else:
            found.append(event)
    return found


def shown(value: object) -> str:
    """A value as a difference shows it: JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text)} characters)"


def _placed(plan: Sequence[Recorded], heard: Sequence[Heard]) -> list[Heard]:
    """The calls of a replay, what was said included: aligned with what was said in the record, in its order."""
    ours = [call for call in plan if call.kind in SAID]
    places = [at for at, call in enumerate(heard) if call.kind in SAID]
    matcher = SequenceMatcher(None, _tellings(ours), _tellings([heard[at] for at in places]), autojunk=False)
    found = [replace(call, position=None) if call.kind in SAID else call for call in heard]
    for tag, first, last, begin, end in matcher.get_opcodes():
        for mine, at in zip(ours[first:last], places[begin:end], strict=False):
            found[at] = replace(heard[at], position=mine.position, same=tag == "equal")
    return found


def _tellings(calls: Iterable[Call]) -> list[tuple[str, ...]]:
    return [tuple(call.told()) for call in calls]


def _rows(
    plan: Sequence[Recorded], placed: Sequence[Heard], notes: _Notes, asked: Callable[[int], str | None]
) -> Iterator[dict[str, Any]]:
    """What became of each recorded call, in order, and after them what the record does not have."""
    matched = {call.position: call for call in placed if call.position is not None}
    moved = _moved(plan, placed)
    for call in plan:
        found = matched.get(call.position)
        result: Result = _result(found, moved=call.position in moved)
        if result != "same":
            before = asked(call.position)
            after = None if found is None else before if found.same else found.asked
            notes.add(Difference("call", call.position, before, after))
        yield _row(call, call.position, result)
    for extra in (call for call in placed if call.position is None):
        notes.add(Difference("call", len(plan) + 1, None, extra.asked))
        yield _row(extra, None, "added")


def _result(found: Heard | None, *, moved: bool) -> Result:
    if found is None:
        return "missing"
    if not found.same:
        return "diverged"
    return "moved" if moved else "same"


def _row(call: Call, position: int | None, result: Result) -> dict[str, Any]:
    return {"position": position, "kind": call.kind, "name": call.name, "hash": call.hash, "result": result}


def _moved(plan: Sequence[Recorded], placed: Sequence[Heard]) -> set[int]:
    """Calls that came after one which, in the record, was only begun when they were over."""
    over, moved, latest = {call.position: call.over for call in plan}, set(), 0
    for call in placed:
        if call.position is None:
            continue
        if latest > over.get(call.position, call.position):
            moved.add(call.position)
        latest = max(latest, call.position)
    return moved


def _in_order(placed: Sequence[Heard], rows: Sequence[Document]) -> list[Heard]:
    """As they came; where all are as in the record, in its order: what ran at the same time has no other."""
    if all(row["result"] == "same" for row in rows):
        return sorted(placed, key=lambda call: call.position or 0)
    return list(placed)


def _compare_events(ours: Sequence[Document], theirs: Sequence[Document], notes: _Notes) -> None:
    matcher = SequenceMatcher(None, list(map(hash_of, ours)), list(map(hash_of, theirs)), autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for place in range(max(last - first, end - begin)):
            before = shown(ours[first + place]) if first + place < last else None
            after = shown(theirs[begin + place]) if begin + place < end else None
            notes.add(Difference("event", first + place + 1, before, after))


def _hash(calls: Iterable[Call], events: Iterable[Document], outcome: Document | None) -> str:
    return hash_of({"calls": [call.told() for call in calls], "events": list(map(hash_of, events)), "outcome": outcome})
