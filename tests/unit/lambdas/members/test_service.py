import pytest

from data_access_lib.errors import StaleVersion
from lambdas.members.errors import LastAdmin
from lambdas.members.models import UpdateMember
from lambdas.members.service import MemberService
from platform_kit.errors import Conflict, NotFound
from tests.unit.lambdas.members.members_fakes import ADA, FakeRegistry, FixedClock, cursors, member

DOWN = UpdateMember(roles=["Tenant.Viewer"])


@pytest.fixture
def world() -> FakeRegistry:
    people = {"ada": member("ada", "Tenant.Admin"), "cat": member("cat", "Tenant.Admin")}
    return FakeRegistry(members=people, admins=["ada", "cat"])


@pytest.fixture
def service(world: FakeRegistry) -> MemberService:
    return MemberService(world.open, cursors(), FixedClock())


def test_taking_an_administrator_away_holds_another_one_in_the_same_transaction(
    world: FakeRegistry, service: MemberService
) -> None:
    shown, etag = service.update(ADA, "cat", 1, DOWN)
    assert (shown.roles, etag, world.held) == (["Tenant.Viewer"], 2, ["ada"])
    assert world.drafts[0].detail == {"before": {"roles": ["Tenant.Admin"]}, "after": {"roles": ["Tenant.Viewer"]}}


def test_when_the_other_one_is_taken_away_meanwhile_a_further_one_is_looked_for(
    world: FakeRegistry, service: MemberService
) -> None:
    world.fails = ["another"]

    def lose() -> None:
        world.admins = ["cat", "dan"]

    world.on_commit = lose
    service.update(ADA, "cat", 1, DOWN)
    assert world.held == ["dan"]


def test_when_no_other_is_left_meanwhile_the_change_is_refused(world: FakeRegistry, service: MemberService) -> None:
    world.fails = ["another"]

    def lose() -> None:
        world.admins = ["cat"]

    world.on_commit = lose
    with pytest.raises(LastAdmin):
        service.update(ADA, "cat", 1, DOWN)
    assert world.members["cat"]["roles"] == ["Tenant.Admin"]


def test_contention_that_does_not_end_is_told(world: FakeRegistry, service: MemberService) -> None:
    world.fails = ["another"] * 3
    with pytest.raises(Conflict) as caught:
        service.update(ADA, "cat", 1, DOWN)
    assert caught.value.retry_after == 1


def test_a_member_that_changed_meanwhile_is_stale(world: FakeRegistry, service: MemberService) -> None:
    world.fails = ["member"]
    with pytest.raises(StaleVersion):
        service.update(ADA, "cat", 1, DOWN)
    with pytest.raises(StaleVersion):
        service.update(ADA, "cat", 2, DOWN)
    assert world.drafts == []


def test_a_change_that_takes_no_administrator_away_holds_nobody(world: FakeRegistry, service: MemberService) -> None:
    world.members["dan"] = member("dan", "Tenant.Viewer")
    service.update(ADA, "dan", 1, UpdateMember(status="disabled"))
    assert (world.held, world.members["dan"]["status"]) == ([], "disabled")


def test_who_is_not_there_is_not_found(service: MemberService) -> None:
    with pytest.raises(NotFound):
        service.get(ADA, "nobody")
