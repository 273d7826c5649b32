from typing import Any

import pytest

from lambdas.members.errors import AlreadyMember, InviteAccepted, InviteExpired, InviteWithdrawn, WrongPerson
from lambdas.members.invitations import InviteService
from lambdas.members.tokens import InviteToken
from platform_kit.errors import AmbitError, NotFound
from platform_kit.ids import new_id
from tests.unit.lambdas.members.members_fakes import ADA, BOB, FakeRegistry, FixedClock, cursors, member

TOKEN = InviteToken.new(new_id("inv"))


def invite(**changes: Any) -> dict[str, Any]:
    record = {"inviteId": TOKEN.invite_id, "email": "bob@acme.test", "roles": ["Tenant.Viewer"], "status": "open"}
    record |= {"tokenDigest": TOKEN.digest, "createdBy": "usr:1:ada", "createdAt": "2026-03-01T00:00:00.000Z"}
    return {**record, "expiresAt": "2026-03-04T05:06:07.001Z", **changes}


@pytest.fixture
def world() -> FakeRegistry:
    return FakeRegistry(invites={TOKEN.invite_id: invite()})


@pytest.fixture
def service(world: FakeRegistry) -> InviteService:
    return InviteService(world.open, cursors(), FixedClock())


def accept(service: InviteService, token: str = TOKEN.text) -> Any:
    return service.accept(BOB, token, key=None, body=b"")[0]


def test_the_transaction_asks_again_whether_the_invite_is_open_and_in_time(
    world: FakeRegistry, service: InviteService
) -> None:
    joined = accept(service)
    settled = world.invites[TOKEN.invite_id]
    assert (settled["status"], settled["userId"]) == ("accepted", joined.user_id)
    assert settled["checkedAt"] == "2026-03-04T05:06:07.000Z"
    assert [(draft.action, draft.target) for draft in world.drafts] == [("member.joined", joined.user_id)]


@pytest.mark.parametrize(
    ("becomes", "refusal"),
    [
        ({"status": "accepted"}, InviteAccepted),
        ({"status": "withdrawn"}, InviteWithdrawn),
        ({"expiresAt": "2026-03-04T05:06:07.000Z"}, InviteExpired),
    ],
)
def test_an_invite_that_is_settled_meanwhile_says_how(
    becomes: dict[str, str], refusal: type[AmbitError], world: FakeRegistry, service: InviteService
) -> None:
    world.fails = ["invite"]
    world.on_commit = lambda: world.invites[TOKEN.invite_id].update(becomes)
    with pytest.raises(refusal):
        accept(service)
    assert world.members == {}


def test_who_becomes_a_member_meanwhile_is_told_so(world: FakeRegistry, service: InviteService) -> None:
    world.fails = ["member"]
    with pytest.raises(AlreadyMember):
        accept(service)


def test_a_member_does_not_get_as_far_as_a_transaction(world: FakeRegistry, service: InviteService) -> None:
    world.members["bob"] = member("bob", "Tenant.Viewer", status="disabled")
    with pytest.raises(AlreadyMember):
        accept(service)
    assert world.drafts == []


def test_whether_a_token_is_right_is_asked_before_whose_it_is(world: FakeRegistry, service: InviteService) -> None:
    world.invites[TOKEN.invite_id] |= {"status": "withdrawn"}
    with pytest.raises(NotFound):
        accept(service, f"{TOKEN.invite_id}.{'A' * 43}")


def test_a_verified_address_must_be_the_invited_one_but_for_the_case_of_ascii(service: InviteService) -> None:
    with pytest.raises(WrongPerson):
        service.accept(_with_email("bo\u212a@acme.test"), TOKEN.text, key=None, body=b"")
    assert service.accept(_with_email("BOB@ACME.TEST"), TOKEN.text, key=None, body=b"")[0].status == "active"


def _with_email(email: str) -> Any:
    from dataclasses import replace

    return replace(BOB, email=email)


def test_an_invite_that_is_accepted_while_it_is_withdrawn_stays_accepted(
    world: FakeRegistry, service: InviteService
) -> None:
    world.fails = ["invite"]
    world.on_commit = lambda: world.invites[TOKEN.invite_id].update({"status": "accepted"})
    with pytest.raises(InviteAccepted):
        service.withdraw(ADA, TOKEN.invite_id)
