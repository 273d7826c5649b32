from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.functional.members.conftest import ADMIN, CHANGE, GUEST, USER, USERS, World
from tests.functional.moto_platform import person, table

BOB = person("acme", "Tenant.Admin", "bob")
CAT = person("acme", "Tenant.Admin", "cat")
GLOBEX = person("globex", "Tenant.Admin", "admin")


def test_a_members_roles_change_in_the_record_and_for_the_authoriser(world: World) -> None:
    user = world.member()
    changed = world.change(user["userId"], roles=["Tenant.Viewer"])
    assert (changed.status, changed.json["roles"], changed.headers["etag"]) == (200, ["Tenant.Viewer"], '"2"')
    record = world.membership(GUEST)
    assert record is not None
    assert record["roles"] == ["Tenant.Viewer"]
    assert world.chain()[-1] == ("member.updated", user["userId"])


def test_a_member_is_disabled_and_enabled_for_the_authoriser(world: World) -> None:
    user = world.member()
    for status in ("disabled", "active"):
        assert world.change(user["userId"], status=status).json["status"] == status
        record = world.membership(GUEST)
        assert record is not None
        assert (record["status"], record["roles"]) == (status, ["Tenant.Developer"])


def test_a_change_needs_the_version_it_changes(world: World) -> None:
    user = world.member()
    path = {"id": user["userId"]}
    body = {"roles": ["Tenant.Viewer"]}
    assert world.ask(CHANGE, path=path, body=body).status == 428
    assert world.change(user["userId"], etag='"7"', **body).status == 412
    assert world.change(user["userId"], etag='"1"', **body).status == 200
    assert world.change(user["userId"], etag='"1"', **body).status == 412
    assert world.ask(USER, path=path).headers["etag"] == '"2"'


def test_a_change_to_what_is_there_changes_and_records_nothing(world: World) -> None:
    user = world.member()
    before = world.chain()
    same = world.change(user["userId"], roles=["Tenant.Developer"], status="active")
    assert (same.status, same.headers["etag"]) == (200, '"1"')
    assert world.chain() == before


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"roles": None}, ""),
    ({"roles": []}, "/roles"),
    ({"roles": ["Platform.Admin"]}, "/roles/0"),
    ({"roles": ["Tenant.\u0410dmin"]}, "/roles/0"),
    ({"status": "deleted"}, "/status"),
    ({"status": "Active"}, "/status"),
    ({"principalId": "usr:x:y"}, "/principalId"),
    ({"email": "other@acme.test"}, "/email"),
    ({"etag": 9}, "/etag"),
]


@pytest.mark.parametrize(("body", "pointer"), BAD)
def test_nothing_else_can_be_changed_and_no_other_role_given(body: dict[str, Any], pointer: str, world: World) -> None:
    user = world.member()
    path, headers = {"id": user["userId"]}, {"If-Match": '"1"'}
    answer = world.ask(CHANGE, path=path, body=body, headers=headers)
    assert (answer.status, [item["pointer"] for item in answer.json["errors"]]) == (400, [pointer])
    assert world.ask(USER, path={"id": user["userId"]}).json == user


@pytest.mark.parametrize("user_id", ["usr_1", f"usr_{'0' * 32}", f"inv_{'0' * 32}", "..", "*", "acme#USER"])
def test_who_is_not_there_is_not_found(user_id: str, world: World) -> None:
    assert world.ask(USER, path={"id": user_id}).status == 404
    assert world.change(user_id, etag='"1"', status="disabled").status == 404


def test_another_tenants_member_is_not_there(world: World) -> None:
    user = world.member()
    assert world.ask(USER, GLOBEX, path={"id": user["userId"]}).status == 404
    assert world.change(user["userId"], GLOBEX, etag='"1"', status="disabled").status == 404
    assert world.ask(USERS, GLOBEX).json["items"] == []
    record = world.membership(GUEST)
    assert record is not None
    assert record["status"] == "active"


@pytest.mark.parametrize("role", ["Tenant.Guest", "Tenant.Viewer", "Tenant.Developer", "", "Platform.Admin"])
def test_nobody_but_an_administrator_sees_or_changes_members(role: str, world: World) -> None:
    user = world.member()
    who = person("" if role.startswith("Platform") else "acme", role, "guest")
    assert world.ask(USERS, who).status == 403
    assert world.ask(USER, who, path={"id": user["userId"]}).status == 403
    answer = world.change(user["userId"], who, etag='"1"', roles=["Tenant.Admin"])
    assert answer.status == 403
    record = world.membership(GUEST)
    assert record is not None
    assert record["roles"] == ["Tenant.Developer"]


def test_the_list_of_members_is_paged(world: World) -> None:
    made = [world.member(person("acme", "Tenant.Guest", f"p{number}"))["userId"] for number in range(5)]
    page = world.ask(USERS, query={"limit": "3"}).json
    rest = world.ask(USERS, query={"limit": "3", "cursor": page["nextCursor"]}).json
    assert [item["userId"] for item in (*page["items"], *rest["items"])] == made[::-1]
    assert "nextCursor" not in rest


# The last administrator


@pytest.mark.parametrize("fields", [{"roles": ["Tenant.Viewer"]}, {"status": "disabled"}])
def test_the_last_administrator_by_record_cannot_step_down(fields: dict[str, Any], world: World) -> None:
    bob = world.member(BOB, "Tenant.Admin")
    answer = world.change(bob["userId"], BOB, **fields)
    assert (answer.status, answer.json["code"]) == (409, "LAST_ADMIN")
    record = world.membership(BOB)
    assert record is not None
    assert (record["roles"], record["status"]) == (["Tenant.Admin"], "active")


@pytest.mark.parametrize("fields", [{"roles": ["Tenant.Viewer"]}, {"status": "disabled"}])
def test_one_of_two_administrators_can_step_down_and_the_other_then_cannot(
    fields: dict[str, Any], world: World
) -> None:
    bob, cat = world.member(BOB, "Tenant.Admin"), world.member(CAT, "Tenant.Admin")
    assert world.change(bob["userId"], BOB, **fields).status == 200
    assert world.change(cat["userId"], CAT, **fields).json["code"] == "LAST_ADMIN"
    # Neither can one who was an administrator a moment ago take the last one along.
    assert world.change(cat["userId"], BOB, **fields).json["code"] == "LAST_ADMIN"


def test_a_disabled_administrator_does_not_count_as_one(world: World) -> None:
    bob, cat = world.member(BOB, "Tenant.Admin"), world.member(CAT, "Tenant.Admin")
    assert world.change(cat["userId"], BOB, status="disabled").status == 200
    assert world.change(bob["userId"], BOB, status="disabled").json["code"] == "LAST_ADMIN"
    # A disabled one may lose the role as well: it is not held any more.
    assert world.change(cat["userId"], BOB, roles=["Tenant.Viewer"]).status == 200


def test_an_administrator_by_the_identity_provider_may_remove_the_last_one_by_record(world: World) -> None:
    bob = world.member(BOB, "Tenant.Admin")
    assert world.change(bob["userId"], ADMIN, status="disabled").status == 200


def test_the_last_administrator_may_change_without_ceasing_to_be_one(world: World) -> None:
    bob = world.member(BOB, "Tenant.Admin")
    assert world.change(bob["userId"], BOB, roles=["Tenant.Admin", "Tenant.Viewer"]).status == 200


def test_two_administrators_who_remove_each_other_leave_one(world: World) -> None:
    bob, cat = world.member(BOB, "Tenant.Admin"), world.member(CAT, "Tenant.Admin")
    pairs = [(bob["userId"], CAT), (cat["userId"], BOB)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: world.change(pair[0], pair[1], etag='"1"', status="disabled"), pairs))
    assert sorted(answer.status for answer in answers) == [200, 409]
    statuses = [(world.membership(who) or {})["status"] for who in (BOB, CAT)]
    assert sorted(statuses) == ["active", "disabled"]


# All at once


def test_a_hundred_people_at_once_with_one_token_make_one_member(world: World) -> None:
    token = world.invite()["token"]
    people = [person("acme", "Tenant.Guest", f"p{number}") for number in range(100)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda who: world.accept(token, who), people))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 99
    assert {answer.json["code"] for answer in answers if answer.status == 409} <= {"INVITE_ACCEPTED", "CONFLICT"}
    assert len(world.ask(USERS).json["items"]) == 1
    memberships = [item for item in table("control").scan()["Items"] if "#MEMBER#" in item["pk"]]
    assert len(memberships) == 1
    assert [action for action, _ in world.chain()] == ["member.invited", "member.joined"]


def test_a_person_at_once_with_many_tokens_becomes_one_member(world: World) -> None:
    tokens = [world.invite()["token"] for _ in range(20)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(world.accept, tokens))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert len(world.ask(USERS).json["items"]) == 1
    states = [item["state"] for item in world.ask("GET /v1/users/invites").json["items"]]
    assert (states.count("accepted"), states.count("open")) == (1, 19)
