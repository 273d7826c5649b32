"""Gates: what must hold of a version before it is moved. Pure data, and the one way to judge it.

A gate is judged by a judge that its service injects. One that has none fails: an unfinished gate is a closed one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from platform_kit.errors import DependencyUnavailable


@dataclass(frozen=True, slots=True)
class Passed:
    """A gate holds. `note` says what is worth knowing of how; `proof` names what it holds by (plain JSON)."""

    note: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)


Judge = Callable[[Mapping[str, Any]], str | Passed]
"""Says of a version's record why its gate does not hold; "" or Passed when it does."""


class Gate(StrEnum):
    """What must hold."""

    EVALUATION = "evaluation"
    CERTIFICATION = "certification"
    APPROVALS = "approvals"
    INCIDENTS = "incidents"
    POLICY = "policy"
    BUDGET = "budget"


TO_APPROVE: Final = tuple(Gate)
"""What tenants may run has passed every gate there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a gate was judged; `why` says what is missing, or what is worth knowing of one that holds."""

    gate: Gate
    holds: bool
    why: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)


def judged(gates: Iterable[Gate], judges: Mapping[Gate, Judge], version: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Every gate's finding, in their order: all of them, so that a refusal can list all that is missing."""
    return tuple(_find(gate, judges.get(gate), version) for gate in gates)


def _find(gate: Gate, judge: Judge | None, version: Mapping[str, Any]) -> Finding:
    if judge is None:
        return Finding(gate, holds=False, why="nothing judges it yet")
    try:
        said = judge(version)
    except DependencyUnavailable:
        return Finding(gate, holds=False, why="what it needs cannot be read now; try again")
    if isinstance(said, Passed):
        return Finding(gate, holds=True, why=said.note, proof=said.proof)
    return Finding(gate, not said, said)
