"""Approvals: what is held for people to decide. Pure; docs/approvals.md is its reference, ADR 0055 says why so."""

from governance.approvals.errors import (
    AlreadyDecided,
    ApprovalDenied,
    ApprovalExpired,
    ApprovalNeeded,
    ApprovalOver,
    ApprovalTooLarge,
    SelfApproval,
    ToldToAgents,
    TooManyApprovals,
)
from governance.approvals.frozen import MOST_BYTES, Frozen, shown, size_of
from governance.approvals.votes import Choice, Requirement, Vote, barred
from governance.approvals.words import EXPIRIES, Kind, Status, standing

__all__ = [
    "EXPIRIES",
    "MOST_BYTES",
    "AlreadyDecided",
    "ApprovalDenied",
    "ApprovalExpired",
    "ApprovalNeeded",
    "ApprovalOver",
    "ApprovalTooLarge",
    "Choice",
    "Frozen",
    "Kind",
    "Requirement",
    "SelfApproval",
    "Status",
    "ToldToAgents",
    "TooManyApprovals",
    "Vote",
    "barred",
    "shown",
    "size_of",
    "standing",
]
