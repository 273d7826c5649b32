"""The calls of an agent as a record knows them, and which recorded call answers one that is made in a replay.

Calls are matched in the order in which they were begun, by kind and canonical hash. Where two were under way at the
same time, either may come first: nobody can say in which order threads reach the gateway.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from governance.canonical_json import digest

RECORD: Final = "record"
"""The key of a manifest that has the calls of its runs recorded."""
TOOL, LISTED, MODEL, MODELS = "tool", "tools", "model", "models"
EVENTS, COMPLETE, CHECKPOINT = "events", "complete", "checkpoint"
APPROVAL: Final = "approval"
ASKS: Final = frozenset({TOOL, LISTED, MODEL, MODELS})
"""What is answered from the record, or not at all."""
SAID: Final = frozenset({EVENTS, COMPLETE, CHECKPOINT})
"""What an agent says of itself: it can differ, and nothing is withheld for it."""
MOST_CALLS: Final = 1_000
"""A run of more calls is not replayed."""


def hash_of(value: Any) -> str:
    """SHA-256, in hex, of JSON in its one spelling (RFC 8785).

    What has no exact spelling there, such as an integer beyond 2**53, is hashed with sorted names in ASCII.
    """
    try:
        return digest(value)
    except ValueError:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Call:
    """One thing an agent asked or said: what kind, of which tool or model, and the hash of what it was."""

    kind: str
    name: str
    hash: str

    def like(self, other: "Call") -> bool:
        """Whether they are the same, to the letter."""
        return (self.kind, self.name, self.hash) == (other.kind, other.name, other.hash)

    def told(self) -> list[str]:
        """As it enters the hash of a sequence."""
        return [self.kind, self.name, self.hash]


@dataclass(frozen=True)
class Recorded(Call):
    """A recorded call. `position` counts from 1 in the order of beginnings; `over` is how many had begun at its end."""

    position: int = 0
    over: int = 0

    def packed(self) -> list[Any]:
        """As plain JSON."""
        return [*self.told(), self.position, self.over]

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> "Recorded":
        """What `packed` gave."""
        kind, name, hashed, position, over = packed
        return cls(kind, name, hashed, int(position), int(over))


@dataclass(frozen=True)
class Heard(Call):
    """A call in a replay, and the position of the recorded one it was matched to; None: there is none.

    `same` is false where it differed from it. `asked` is what it was, as text, where there is a difference to show.
    """

    position: int | None = None
    same: bool = False
    asked: str | None = None

    def packed(self) -> list[Any]:
        """As plain JSON."""
        return [*self.told(), self.position, self.same, self.asked]

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> "Heard":
        """What `packed` gave."""
        return cls(*packed)


def match(plan: Sequence[Recorded], taken: Collection[int], call: Call) -> Recorded | None:
    """The recorded call that this one repeats; None when it repeats none that may come now."""
    return next((found for found in _within_reach(plan, taken) if found.like(call)), None)


def expected(plan: Sequence[Recorded], taken: Collection[int]) -> Recorded | None:
    """The recorded question that comes next; None after the last."""
    return next(_within_reach(plan, taken), None)


def _within_reach(plan: Sequence[Recorded], taken: Collection[int]) -> Iterator[Recorded]:
    """The next question that was not taken yet, and those that were begun before it was over."""
    reach: float = inf
    for recorded in plan:
        if recorded.kind not in ASKS or recorded.position in taken:
            continue
        if recorded.position > reach:
            return
        yield recorded
        reach = min(reach, recorded.over)
