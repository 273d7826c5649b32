"""Approvals of promotions: who may decide, when enough have, and what exactly was approved. Pure; ADR 0074.

The rules of tenants' approvals (ADR 0055) with the platform's people: what is asked for is frozen, nobody decides for
themselves, one denial ends it, and time does. What is frozen names the version's state, so that any move voids it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from governance.approvals import EXPIRIES, Choice, Frozen, Kind, Status, standing
from governance.policy.tools import Risk
from governance.version_risk import is_grave
from platform_kit.clock import parse_rfc3339
from platform_kit.errors import Forbidden

EXPIRY: Final = EXPIRIES[Kind.PROMOTION]
_GRAVE_QUORUM: Final = 2
_PLATFORM: Final = "platform"


class Place(StrEnum):
    """Where an approval puts a version: the default, which tenants run, or beside it."""

    DEFAULT = "default"
    SECOND = "second"

    @classmethod
    def of(cls, *, as_default: bool) -> "Place":
        """By the request's word."""
        return cls.DEFAULT if as_default else cls.SECOND


class OwnPromotion(Forbidden):
    """Who registered a version, or asked for its approval, decides about it."""

    code, title = "SELF_APPROVAL", "Nobody approves for themselves"

    def __init__(self) -> None:
        super().__init__("You registered this version or asked for this: somebody else has to decide.")


def quorum_of(risk: Risk) -> int:
    """How many people have to approve a version of this risk; none when it is not grave."""
    return _GRAVE_QUORUM if is_grave(risk) else 0


def digest_of(version: Mapping[str, Any], place: Place) -> str:
    """What an approval is of: this content, in this state of the record, in this place."""
    named = ("contentHash", "recordHash", "stateHash")
    target = {"to": "approved", "place": place.value}
    return Frozen(
        tenant=_PLATFORM,
        run_id="",
        agent=str(version["agent"]),
        version_id=str(version["versionId"]),
        tool="",
        arguments={**{name: str(version[name]) for name in named}, **target},
        kind=Kind.PROMOTION,
    ).digest()


def barred(principal_id: str, interested: Iterable[str]) -> None:
    """OwnPromotion when somebody is among those who want it."""
    if principal_id in set(interested):
        raise OwnPromotion


def outcome(votes: Sequence[Mapping[str, Any]], quorum: int) -> Status:
    """What the votes make of it: one denial ends it; it is approved when as many people as are needed have said so."""
    if any(vote["choice"] == Choice.DENY for vote in votes):
        return Status.DENIED
    people = {str(vote["principalId"]) for vote in votes}
    return Status.APPROVED if len(people) >= quorum else Status.PENDING


def stands(record: Mapping[str, Any], version: Mapping[str, Any], quorum: int, now: datetime) -> Status:
    """Where an approval stands now. It is void once the version is another, or in another state, than was asked about.

    What the votes make is counted again by what is needed today, so that a status alone approves nothing.
    """
    found = standing(str(record["status"]), parse_rfc3339(str(record["expiresAt"])), now)
    if found not in {Status.PENDING, Status.APPROVED}:
        return found
    if record["digest"] != digest_of(version, Place(str(record["place"]))):
        return Status.VOID
    own = {str(record["requestedBy"]), str(version["createdBy"])}
    votes = [vote for vote in record.get("votes") or () if vote["principalId"] not in own]
    return outcome(votes, max(quorum, 1))
