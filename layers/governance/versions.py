"""The life of an agent version and the moves between its states.

    draft → candidate → approved ⇄ deprecated → retired
      └────────┴──────────────────────────────────┘

At most one version of an agent is approved: approving one deprecates the other. An approved version is deprecated
before it is retired, so that what tenants run is never withdrawn in one step. A retired version stays for the record.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class VersionStatus(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    CANDIDATE = "candidate"
    APPROVED = "approved"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class IllegalPromotion(ValueError):
    """A version was to be moved where the table does not lead; `allowed` holds where it does, in the table's order."""

    def __init__(self, old: VersionStatus, new: VersionStatus) -> None:
        self.allowed = allowed_from(old)
        where = ", ".join(self.allowed) or "nothing: it is final"
        super().__init__(f"a {old} version cannot become {new}; it may become {where}")


_S = VersionStatus

TRANSITIONS: Final[Mapping[VersionStatus, tuple[VersionStatus, ...]]] = MappingProxyType(
    {
        _S.DRAFT: (_S.CANDIDATE, _S.RETIRED),
        _S.CANDIDATE: (_S.APPROVED, _S.RETIRED),
        _S.APPROVED: (_S.DEPRECATED,),
        _S.DEPRECATED: (_S.APPROVED, _S.RETIRED),
        _S.RETIRED: (),
    }
)


def allowed_from(status: str) -> tuple[VersionStatus, ...]:
    """The states that may follow `status`; ValueError for a word that is no state."""
    return TRANSITIONS[VersionStatus(status)]


def promote(old: str, new: str) -> VersionStatus:
    """`new`, when the table leads there from `old`; IllegalPromotion otherwise."""
    target = VersionStatus(new)
    if target not in allowed_from(old):
        raise IllegalPromotion(VersionStatus(old), target)
    return target
