"""The states of a run and the moves between them.

    queued → running → (awaiting_approval | paused | retrying) → succeeded | failed | halted | cancelled | timed_out

A terminal state is left by nobody: that is what makes settling a budget exactly once a matter of one conditional write.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    PAUSED = "paused"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    HALTED = "halted"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


class IllegalTransition(ValueError):
    """A run was to be moved where the table of transitions does not lead."""


_S = RunStatus
_ENDS_EARLY: Final = frozenset({_S.FAILED, _S.HALTED, _S.CANCELLED, _S.TIMED_OUT})
_INTERRUPTED: Final = frozenset({_S.AWAITING_APPROVAL, _S.PAUSED, _S.RETRYING})

TERMINAL: Final = frozenset({_S.SUCCEEDED, *_ENDS_EARLY})
LIVE: Final = frozenset(RunStatus) - TERMINAL

TRANSITIONS: Final[Mapping[RunStatus, frozenset[RunStatus]]] = MappingProxyType(
    {
        _S.QUEUED: frozenset({_S.RUNNING}) | _ENDS_EARLY,
        _S.RUNNING: _INTERRUPTED | TERMINAL,
        _S.AWAITING_APPROVAL: frozenset({_S.RUNNING}) | _ENDS_EARLY,
        _S.PAUSED: frozenset({_S.RUNNING}) | _ENDS_EARLY,
        _S.RETRYING: frozenset({_S.RUNNING}) | _ENDS_EARLY,
        **{status: frozenset() for status in TERMINAL},
    }
)


def is_terminal(status: str) -> bool:
    """Whether a run in this state is over; ValueError for a word that is no state."""
    return RunStatus(status) in TERMINAL


def may_move(old: str, new: str) -> bool:
    """Whether the table leads from `old` to `new`."""
    return RunStatus(new) in TRANSITIONS[RunStatus(old)]


def move(old: str, new: str) -> RunStatus:
    """`new`, when the table leads there from `old`; IllegalTransition otherwise."""
    if not may_move(old, new):
        raise IllegalTransition(f"a run that is {old} cannot become {new}")
    return RunStatus(new)


def sources_of(new: str) -> tuple[str, ...]:
    """The states from which `new` may be reached, sorted: what the condition of a write that moves there names."""
    return tuple(sorted(old for old, targets in TRANSITIONS.items() if RunStatus(new) in targets))
