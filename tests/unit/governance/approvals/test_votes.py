import pytest

from governance.approvals.errors import SelfApproval
from governance.approvals.votes import QUORUMS, Choice, Requirement, Vote, barred
from governance.approvals.words import Status
from governance.policy.tools import Risk
from platform_kit.errors import Forbidden

ADMIN, DEVELOPER, VIEWER = "Tenant.Admin", "Tenant.Developer", "Tenant.Viewer"


def vote(principal: str, role: str = ADMIN, choice: Choice = Choice.APPROVE) -> Vote:
    return Vote(principal, role, choice, "why", "2026-01-02T03:04:05.000Z")


@pytest.mark.parametrize(
    ("roles", "quorum", "votes", "outcome"),
    [
        ((DEVELOPER,), 1, [], "pending"),
        ((DEVELOPER,), 1, [vote("a", DEVELOPER)], "approved"),
        ((DEVELOPER,), 1, [vote("a", ADMIN)], "approved"),
        ((ADMIN,), 2, [vote("a")], "pending"),
        ((ADMIN,), 2, [vote("a"), vote("a")], "pending"),
        ((ADMIN,), 2, [vote("a"), vote("b")], "approved"),
        ((ADMIN,), 2, [vote("a"), vote("b", DEVELOPER)], "pending"),
        ((ADMIN, DEVELOPER), 1, [vote("a")], "pending"),
        ((ADMIN, DEVELOPER), 1, [vote("a"), vote("b", DEVELOPER)], "approved"),
        ((ADMIN, DEVELOPER), 1, [vote("a", DEVELOPER), vote("b", DEVELOPER)], "pending"),
        ((ADMIN, DEVELOPER), 3, [vote("a"), vote("b"), vote("c", DEVELOPER)], "approved"),
        ((ADMIN, DEVELOPER), 3, [vote("a"), vote("b", DEVELOPER), vote("c", DEVELOPER)], "pending"),
        ((ADMIN,), 2, [vote("a"), vote("b", choice=Choice.DENY)], "denied"),
        ((ADMIN,), 1, [vote("a"), vote("b", choice=Choice.DENY)], "denied"),
    ],
)
def test_every_seat_takes_a_person_of_its_own_and_one_denial_ends_it(
    roles: tuple[str, ...], quorum: int, votes: list[Vote], outcome: str
) -> None:
    assert Requirement(roles, quorum).outcome(votes) is Status(outcome)


@pytest.mark.parametrize("roles", [(), ("Tenant.Emperor",), (ADMIN, "Tenant.Emperor")])
def test_a_role_that_nobody_has_is_not_filled_by_others(roles: tuple[str, ...]) -> None:
    needs = Requirement(roles)
    people = [vote(name, DEVELOPER) for name in "abcdef"]
    assert needs.outcome(people) is Status.PENDING


def test_whoever_decides_does_so_in_the_highest_of_their_roles() -> None:
    assert Requirement((DEVELOPER,)).role_of({VIEWER, ADMIN, DEVELOPER}) == ADMIN
    for roles in ([], [VIEWER], [DEVELOPER], ["Platform.Admin"], ["tenant.admin"]):
        with pytest.raises(Forbidden, match=r"Tenant\.Admin"):
            Requirement((ADMIN,)).role_of(roles)


def test_what_is_critical_takes_two() -> None:
    assert {risk.value: QUORUMS[risk] for risk in Risk} == {"low": 1, "medium": 1, "high": 1, "critical": 2}
    assert len(Requirement.for_risk([ADMIN], Risk.CRITICAL).seats) == 2


def test_the_interested_are_barred_and_nobody_else() -> None:
    with pytest.raises(SelfApproval):
        barred("usr:1:ada", iter(["key:key_1", "usr:1:ada"]))
    barred("usr:1:ad", ["usr:1:ada"])
    barred("usr:1:ada", [])
