"""Gates: what must hold of a version before it is moved. Pure data, and the one way to judge it.

A gate is judged by a judge that its service injects. One that has none fails: an unfinished gate is a closed one. A
stage that nobody's customers depend on may be set to waive those (docs/registry.md); it waives no judge's verdict.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from platform_kit.errors import DependencyUnavailable

Judge = Callable[[Mapping[str, Any]], str]
"""Says of a version's record why its gate does not hold; "" when it does."""


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
    """How a gate was judged; `why` says what is missing, or that it was waived."""

    gate: Gate
    holds: bool
    why: str = ""


def judged(
    gates: Iterable[Gate], judges: Mapping[Gate, Judge], version: Mapping[str, Any], *, waive_unjudged: bool
) -> tuple[Finding, ...]:
    """Every gate's finding, in their order: all of them, so that a refusal can list all that is missing."""
    return tuple(_find(gate, judges.get(gate), version, waive_unjudged=waive_unjudged) for gate in gates)


def _find(gate: Gate, judge: Judge | None, version: Mapping[str, Any], *, waive_unjudged: bool) -> Finding:
    if judge is None:
        told = "waived on this stage: nothing judges it yet" if waive_unjudged else "nothing judges it yet"
        return Finding(gate, waive_unjudged, told)
    try:
        why = judge(version)
    except DependencyUnavailable:
        return Finding(gate, holds=False, why="what it needs cannot be read now; try again")
    return Finding(gate, not why, why)
