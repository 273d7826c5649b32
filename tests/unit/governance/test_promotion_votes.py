from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.approvals import Status
from governance.policy.tools import Risk
from governance.promotion_votes import EXPIRY, OwnPromotion, Place, barred, digest_of, outcome, quorum_of, stands
from platform_kit.clock import rfc3339

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
VERSION = {
    "agent": "a",
    "versionId": "ver_1",
    "contentHash": "c" * 64,
    "recordHash": "r" * 64,
    "stateHash": "s" * 64,
    "createdBy": "usr:1:ada",
}


def vote(who: str, choice: str = "approve") -> dict[str, str]:
    return {"principalId": who, "choice": choice}


def record(*votes: dict[str, str], **more: Any) -> dict[str, Any]:
    said = {"status": "pending", "place": "default", "requestedBy": "usr:1:bob", "votes": list(votes)}
    return {**said, "digest": digest_of(VERSION, Place.DEFAULT), "expiresAt": rfc3339(NOON + EXPIRY), **more}


@pytest.mark.parametrize(("risk", "people"), [(Risk.LOW, 0), (Risk.MEDIUM, 0), (Risk.HIGH, 2), (Risk.CRITICAL, 2)])
def test_grave_risk_takes_two_people(risk: Risk, people: int) -> None:
    assert quorum_of(risk) == people


def test_people_are_counted_and_one_no_ends_it() -> None:
    assert outcome([vote("x"), vote("x")], 2) is Status.PENDING
    assert outcome([vote("x"), vote("y")], 2) is Status.APPROVED
    assert outcome([vote("x"), vote("y"), vote("z", "deny")], 2) is Status.DENIED


@pytest.mark.parametrize("changed", ["contentHash", "recordHash", "stateHash", "versionId", "agent"])
def test_what_was_approved_is_this_content_in_this_state(changed: str) -> None:
    other = {**VERSION, changed: "x"}
    assert digest_of(other, Place.DEFAULT) != digest_of(VERSION, Place.DEFAULT)
    assert stands(record(vote("x"), vote("y"), status="approved"), other, 2, NOON) is Status.VOID


def test_a_place_is_part_of_it() -> None:
    assert digest_of(VERSION, Place.DEFAULT) != digest_of(VERSION, Place.SECOND)


@pytest.mark.parametrize(
    ("votes", "more", "now", "status"),
    [
        (("x", "y"), {}, NOON, Status.APPROVED),
        (("x", "usr:1:ada"), {}, NOON, Status.PENDING),  # who registered it does not count
        (("x", "usr:1:bob"), {}, NOON, Status.PENDING),  # nor who asked
        ((), {"status": "approved"}, NOON, Status.PENDING),  # nor a status that was written
        (("x", "y"), {"status": "consumed"}, NOON, Status.CONSUMED),
        (("x", "y"), {}, NOON + EXPIRY - timedelta(minutes=10), Status.APPROVED),
        (("x", "y"), {}, NOON + EXPIRY + timedelta(minutes=10), Status.EXPIRED),
    ],
)
def test_where_it_stands(votes: tuple[str, ...], more: dict[str, Any], now: datetime, status: Status) -> None:
    assert stands(record(*map(vote, votes), **more), VERSION, 2, now) is status


def test_nobody_decides_for_themselves() -> None:
    barred("x", ["y"])
    with pytest.raises(OwnPromotion):
        barred("x", ["y", "x"])
