"""What another version of an envelope answers: to recorded calls, or beside the one that is in force. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from governance.policy.calls import Call
from governance.policy.cedar import Compiled
from governance.policy.decision import Decision, decide
from governance.policy.rules import ARGUMENT, ON_TAINT, Answer

MOST_CHANGES: Final = 1_000
Move = tuple[Answer, Answer]
"""From what was answered to what would be."""


class Direction(StrEnum):
    """How an answer changes."""

    STRICTER = "stricter"
    LOOSER = "looser"


class Record(NamedTuple):
    """A call as it was decided; `partial` when not all of its arguments are known any more."""

    call: Call
    decision: Decision
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Two decisions on one call whose answers differ; the decisions say why. `index` is the record's, from 0."""

    before: Decision
    after: Decision
    index: int = 0

    @property
    def direction(self) -> Direction:
        """Whether the second is stricter or looser than the first."""
        stricter = self.after.decision.strictness > self.before.decision.strictness
        return Direction.STRICTER if stricter else Direction.LOOSER

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = {"before": self.before.as_dict(), "after": self.after.as_dict()}
        return {"index": self.index, "direction": self.direction.value, **told}


@dataclass(frozen=True)
class Simulation:
    """Every move with its count, those that change nothing among them, and the first 1 000 changes in their order.

    `undecidable` are the records whose answer hangs on an argument that is not known; they are no part of `total`.
    """

    total: int
    counts: Mapping[Move, int]
    changes: tuple[Change, ...]
    undecidable: int = 0

    @property
    def changed(self) -> int:
        """How many records would be answered differently; may be more than there are `changes`."""
        return sum(count for (before, after), count in self.counts.items() if before is not after)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        moves = [{"from": move[0].value, "to": move[1].value, "count": n} for move, n in sorted(self.counts.items())]
        changes = [change.as_dict() for change in self.changes]
        told = {"total": self.total, "changed": self.changed, "undecidable": self.undecidable}
        return {**told, "counts": moves, "changes": changes}


def simulate(records: Iterable[Record], compiled: Compiled) -> Simulation:
    """Decide every recorded call again. Reads the records once, and keeps no more than the changes it reports."""
    counts: Counter[Move] = Counter()
    changes: list[Change] = []
    undecidable = 0
    for index, record in enumerate(records):
        after = decide(compiled, record.call)
        if _hangs_on_the_text(compiled, record.call, after) or (
            record.partial and _hangs_on_the_unknown(compiled, record.call, after)
        ):
            undecidable += 1
            continue
        counts[record.decision.decision, after.decision] += 1
        if after.decision is not record.decision.decision and len(changes) < MOST_CHANGES:
            changes.append(Change(record.decision, after, index))
    return Simulation(counts.total(), dict(counts), tuple(changes), undecidable)


def _hangs_on_the_unknown(compiled: Compiled, call: Call, after: Decision) -> bool:
    """Whether a denial is for nothing but arguments that the record lacks: the call may have had them."""
    grant = compiled.tools[call.tool].grant if call.tool in compiled.tools else None
    if after.rule_id != ARGUMENT or grant is None:
        return False
    broken = (constraint for constraint in grant.constraints if constraint.breach(call.arguments))
    return all(_first_part(constraint.argument) not in call.arguments for constraint in broken)


def _hangs_on_the_text(compiled: Compiled, call: Call, after: Decision) -> bool:
    """Whether it is stopped for a taint that the grant's provenance might lift: no record has the run's text."""
    grant = compiled.tools[call.tool].grant if call.tool in compiled.tools else None
    stopped = after.decision is not Answer.ALLOW and after.rule_id in ON_TAINT
    return stopped and grant is not None and grant.provenance is not None and call.trusted is None


def _first_part(pointer: str) -> str:
    return pointer.split("/")[1].replace("~1", "/").replace("~0", "~")


def shadow(enforced: Decision, candidate: Decision) -> Change | None:
    """How a candidate's decision differs from the one that is enforced; None when it answers the same."""
    return None if enforced.decision is candidate.decision else Change(enforced, candidate)
