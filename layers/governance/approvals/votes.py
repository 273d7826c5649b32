"""Who may decide, and when enough have: distinct people, none the one who asked, whose roles cover the seats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.approvals.errors import SelfApproval
from governance.approvals.words import Status
from governance.policy.tools import Risk
from platform_kit.access import Role
from platform_kit.errors import Forbidden

_RANKS: Final[Mapping[str, int]] = MappingProxyType({Role.VIEWER: 1, Role.DEVELOPER: 2, Role.ADMIN: 3})
"""A role includes those below it."""
QUORUMS: Final[Mapping[Risk, int]] = MappingProxyType({Risk.LOW: 1, Risk.MEDIUM: 1, Risk.HIGH: 1, Risk.CRITICAL: 2})
"""How many people have to approve, by risk."""


class Choice(StrEnum):
    """What one person says."""

    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's decision; `role` is the highest of the person's roles when it was given."""

    principal_id: str
    role: str
    choice: Choice
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One approval for each seat: the roles that are named, and seats of the highest of them up to the quorum."""

    roles: tuple[str, ...]
    quorum: int = 1

    @classmethod
    def for_risk(cls, roles: Iterable[str], risk: Risk) -> "Requirement":
        """What a call of this risk needs."""
        return cls(tuple(roles), QUORUMS[risk])

    @property
    def seats(self) -> tuple[int, ...]:
        """The rank each seat needs, highest first. An unknown role can be held by nobody."""
        named = sorted((_RANKS.get(role, len(_RANKS) + 1) for role in self.roles), reverse=True)
        highest = named[0] if named else max(_RANKS.values())
        return (*(highest for _ in range(self.quorum - len(named))), *named)

    def role_of(self, roles: Iterable[str]) -> str:
        """The role with which somebody may decide; Forbidden when none of the roles reaches the lowest seat."""
        best = max(roles, key=_rank, default="")
        if _rank(best) < self.seats[-1]:
            raise Forbidden(f"To decide this takes the role {' or '.join(self.roles)}.")
        return best

    def outcome(self, votes: Sequence[Vote]) -> Status:
        """What the votes make of it: one denial ends it, and it is approved when every seat has a person of its own."""
        if any(vote.choice is Choice.DENY for vote in votes):
            return Status.DENIED
        people = {vote.principal_id: _rank(vote.role) for vote in votes}
        ranks = sorted(people.values(), reverse=True)
        filled = len(ranks) >= len(self.seats) and all(
            rank >= seat for rank, seat in zip(ranks, self.seats, strict=False)
        )
        return Status.APPROVED if filled else Status.PENDING


def barred(principal_id: str, interested: Iterable[str]) -> None:
    """SelfApproval when somebody is among those for whom the action would be done."""
    if principal_id in set(interested):
        raise SelfApproval


def _rank(role: str) -> int:
    return _RANKS.get(role, 0)
