"""The life of an agent version: its states, the moves between them, who may make each and what it requires. Pure data.

    draft → candidate → approved ⇄ deprecated → retired
              ↑            │
              └ rolled_back┘         and from all but the last → quarantined → candidate | retired

At most two versions of an agent are approved: the default, which tenants run, and beside it a second, for a canary. An
approved version leaves that state before it is retired, so that what tenants run is never withdrawn in one step. A
retired version stays for the record. Anything that is no row of MOVES is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from governance.gates import TO_APPROVE, Gate
from platform_kit.access import OPERATORS, PLATFORM_ADMINS, Role


class VersionStatus(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    CANDIDATE = "candidate"
    APPROVED = "approved"
    DEPRECATED = "deprecated"
    ROLLED_BACK = "rolled_back"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


class IllegalPromotion(ValueError):
    """A version was to be moved where no row leads; `allowed` holds where its rows do lead, in their order."""

    def __init__(self, old: VersionStatus, new: VersionStatus) -> None:
        self.allowed = allowed_from(old)
        where = ", ".join(self.allowed) or "nothing: it is final"
        super().__init__(f"a version that is {old} cannot become {new}; it may become {where}")


class NotTheirs(ValueError):
    """A move that is there, for others; `roles` may make it."""

    def __init__(self, move: "Move") -> None:
        self.roles = sorted(move.roles)
        super().__init__(f"a version that is {move.old} becomes {move.new} by {' or '.join(self.roles)} alone")


@dataclass(frozen=True, slots=True)
class Move:
    """A row: from one state to another, by whom, and what must hold then."""

    old: VersionStatus
    new: VersionStatus
    roles: frozenset[Role] = OPERATORS
    gates: tuple[Gate, ...] = ()


_S = VersionStatus

MOVES: Final = (
    Move(_S.DRAFT, _S.CANDIDATE),
    Move(_S.DRAFT, _S.QUARANTINED),
    Move(_S.DRAFT, _S.RETIRED),
    Move(_S.CANDIDATE, _S.APPROVED, gates=TO_APPROVE),
    Move(_S.CANDIDATE, _S.QUARANTINED),
    Move(_S.CANDIDATE, _S.RETIRED),
    Move(_S.APPROVED, _S.DEPRECATED),
    Move(_S.APPROVED, _S.QUARANTINED),
    Move(_S.APPROVED, _S.ROLLED_BACK),
    Move(_S.DEPRECATED, _S.APPROVED, gates=TO_APPROVE),
    Move(_S.DEPRECATED, _S.QUARANTINED),
    Move(_S.DEPRECATED, _S.RETIRED),
    Move(_S.ROLLED_BACK, _S.CANDIDATE),
    Move(_S.ROLLED_BACK, _S.QUARANTINED),
    Move(_S.ROLLED_BACK, _S.RETIRED),
    Move(_S.QUARANTINED, _S.CANDIDATE, roles=PLATFORM_ADMINS),
    Move(_S.QUARANTINED, _S.RETIRED),
)
"""Every move there is."""
RETURN: Final = Move(_S.DEPRECATED, _S.APPROVED)
"""What a rollback does beside its row: the version before comes back as it was approved, without gates.

It is what one does while an incident is open; a gate that refused it would keep the worse version in place.
"""


def allowed_from(status: str) -> tuple[VersionStatus, ...]:
    """The states that may follow `status`; ValueError for a word that is no state."""
    old = VersionStatus(status)
    return tuple(move.new for move in MOVES if move.old is old)


def move_between(old: str, new: str, roles: Iterable[str]) -> Move:
    """The row that leads from `old` to `new`, for somebody with these roles; IllegalPromotion, NotTheirs otherwise."""
    before, after = VersionStatus(old), VersionStatus(new)
    move = next((move for move in MOVES if (move.old, move.new) == (before, after)), None)
    if move is None:
        raise IllegalPromotion(before, after)
    if move.roles.isdisjoint(roles):
        raise NotTheirs(move)
    return move
