import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access_lib.keys import invite_key
from data_access_lib.tenant import TenantId
from platform_kit.clock import rfc3339
from tests.functional.members.conftest import (
    ACCEPT,
    ADMIN,
    GOOD,
    GUEST,
    INVITE,
    INVITES,
    USERS,
    WITHDRAW,
    World,
)
from tests.functional.moto_platform import person, table

GLOBEX = person("globex", "Tenant.Admin", "admin")


def stored(invite_id: str, tenant: str = "acme") -> dict[str, Any]:
    item: dict[str, Any] = table("control").get_item(Key=invite_key(TenantId(tenant), invite_id)._asdict())["Item"]
    return item


def expire(invite_id: str, *, ago: timedelta = timedelta(seconds=1)) -> None:
    past = rfc3339(datetime.now(UTC) - ago)
    table("control").put_item(Item=stored(invite_id) | {"expiresAt": past})


def everything_stored() -> str:
    return json.dumps([table(name).scan()["Items"] for name in ("control", "runs", "ops", "ledger")], default=str)


def test_an_invite_is_made_shown_with_its_token_once_and_listed_as_open(world: World) -> None:
    made = world.invite()
    assert made["token"].startswith(f"{made['inviteId']}.")
    (listed,) = world.ask(INVITES).json["items"]
    assert listed == {name: value for name, value in made.items() if name != "token"}
    assert (listed["state"], listed["roles"], listed["email"]) == ("open", ["Tenant.Developer"], "guest@acme.test")


def test_an_invite_lasts_a_week_unless_told_otherwise(world: World) -> None:
    for days, more in ((7, {}), (1, {"expiresInDays": 1}), (30, {"expiresInDays": 30})):
        made = world.invite(**more)
        span = datetime.fromisoformat(made["expiresAt"]) - datetime.fromisoformat(made["createdAt"])
        assert span == timedelta(days=days)


def test_accepting_makes_a_member_with_the_invites_roles_bound_to_the_principal(world: World) -> None:
    made = world.invite(roles=["Tenant.Viewer", "Tenant.Admin"])
    joined = world.accept(made["token"])
    assert joined.status == 201
    assert joined.json["roles"] == ["Tenant.Admin", "Tenant.Viewer"]
    assert (joined.json["principalId"], joined.json["status"]) == (GUEST["principalId"], "active")
    assert joined.json["invitedBy"] == ADMIN["principalId"]
    record = world.membership(GUEST)
    assert record is not None
    assert (record["userId"], record["roles"], record["status"]) == (
        *(joined.json["userId"], ["Tenant.Admin", "Tenant.Viewer"]),
        "active",
    )
    assert "guest@acme.test" not in str(record)
    (invite,) = world.ask(INVITES).json["items"]
    assert (invite["state"], invite["userId"]) == ("accepted", joined.json["userId"])
    assert [item["userId"] for item in world.ask(USERS).json["items"]] == [joined.json["userId"]]


def test_inviting_joining_and_withdrawing_are_in_the_audit_log_without_token_or_address(world: World) -> None:
    made = world.invite()
    joined = world.accept(made["token"]).json
    second = world.invite()
    assert world.ask(WITHDRAW, path={"id": second["inviteId"]}).status == 204
    assert world.chain() == [
        ("member.invited", made["inviteId"]),
        ("member.joined", joined["userId"]),
        ("member.invited", second["inviteId"]),
        ("invite.withdrawn", second["inviteId"]),
    ]
    ledger = json.dumps(table("ledger").scan()["Items"], default=str)
    assert "guest@acme.test" not in ledger
    assert made["token"].partition(".")[2] not in ledger


# The token


def test_a_token_is_stored_nowhere(world: World) -> None:
    made = world.ask(INVITE, body=GOOD, headers={"Idempotency-Key": "k"}).json
    world.accept(made["token"], headers={"Idempotency-Key": "a"})
    assert made["token"].partition(".")[2] not in everything_stored()


def test_a_replayed_invitation_is_the_same_without_its_token(world: World) -> None:
    headers = {"Idempotency-Key": "k"}
    first = world.ask(INVITE, body=GOOD, headers=headers)
    again = world.ask(INVITE, body=GOOD, headers=headers)
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json == {name: value for name, value in first.json.items() if name != "token"}
    assert len(world.ask(INVITES).json["items"]) == 1
    assert world.ask(INVITE, body={**GOOD, "roles": ["Tenant.Admin"]}, headers=headers).status == 409
    assert world.accept(first.json["token"]).status == 201


def test_a_token_works_once(world: World) -> None:
    token = world.invite()["token"]
    assert world.accept(token).status == 201
    for who in (GUEST, person("acme", "Tenant.Guest", "another"), ADMIN):
        again = world.accept(token, who)
        assert (again.status, again.json["code"]) == (409, "INVITE_ACCEPTED")
    assert len(world.ask(USERS).json["items"]) == 1


def test_a_repeated_acceptance_with_its_key_gives_the_same_answer(world: World) -> None:
    token, headers = world.invite()["token"], {"Idempotency-Key": "k"}
    first, again = (world.accept(token, headers=headers) for _ in range(2))
    assert (first.status, first.json) == (again.status, again.json)
    assert "idempotency-replayed" in again.headers
    other = world.accept(token, person("acme", "Tenant.Guest", "other"), headers=headers)
    assert other.status == 409


def test_an_expired_or_withdrawn_token_is_refused_and_shown_so(world: World) -> None:
    late, gone = world.invite(), world.invite()
    expire(late["inviteId"])
    for _ in range(2):
        assert world.ask(WITHDRAW, path={"id": gone["inviteId"]}).status == 204
    for made, state in ((late, "expired"), (gone, "withdrawn")):
        answer = world.accept(made["token"])
        assert (answer.status, answer.json["code"]) == (409, f"INVITE_{state.upper()}")
        (listed,) = [one for one in world.ask(INVITES).json["items"] if one["inviteId"] == made["inviteId"]]
        assert listed["state"] == state
    assert world.membership(GUEST) is None


def test_an_expired_invite_can_be_withdrawn_and_an_accepted_one_cannot(world: World) -> None:
    late, used = world.invite(), world.invite()
    expire(late["inviteId"])
    world.accept(used["token"])
    assert world.ask(WITHDRAW, path={"id": late["inviteId"]}).status == 204
    answer = world.ask(WITHDRAW, path={"id": used["inviteId"]})
    assert (answer.status, answer.json["code"]) == (409, "INVITE_ACCEPTED")


def guesses(token: str) -> list[str]:
    invite_id, _, secret = token.partition(".")
    return [
        *(f"{invite_id}.{'A' * 43}", f"{invite_id}.", invite_id, secret, f".{secret}", f"{invite_id}.{secret}="),
        *(f"{invite_id}.{secret[:-1]}", f"{token}\n", f" {token}", token.upper(), f"{invite_id}..{secret}"),
        *(f"inv_{'0' * 32}.{secret}", f"{token}{token}"[:200], "inv_#.x", "\u0456nv_" + token[4:], "x"),
        f"{invite_id}.{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}",
    ]


def test_a_guessed_or_altered_token_is_nothing_that_exists(world: World) -> None:
    made = world.invite()
    answers = [world.accept(guess) for guess in guesses(made["token"])]
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({answer.json["detail"] for answer in answers}) == 1
    assert world.membership(GUEST) is None
    assert world.accept(made["token"]).status == 201


def test_another_tenants_token_is_nothing_that_exists(world: World) -> None:
    made = world.invite()
    for who in (GLOBEX, person("globex", "Tenant.Guest", "guest")):
        answer = world.accept(made["token"], who)
        assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")
    assert world.membership(GLOBEX, "globex") is None
    assert world.chain("globex") == []
    assert world.accept(made["token"]).status == 201


def test_another_tenants_invite_can_be_neither_seen_nor_withdrawn(world: World) -> None:
    made = world.invite()
    assert world.ask(INVITES, GLOBEX).json["items"] == []
    assert world.ask(WITHDRAW, GLOBEX, path={"id": made["inviteId"]}).status == 404
    assert stored(made["inviteId"])["status"] == "open"


# The person


@pytest.mark.parametrize("address", ["guest@acme.test", "GUEST@Acme.Test"])
def test_the_invited_address_may_accept(address: str, world: World) -> None:
    assert world.accept(world.invite()["token"], GUEST | {"email": address}).status == 201


@pytest.mark.parametrize(
    "address",
    [
        "mallory@acme.test",
        "guest@acme.test.evil",
        "gue\u017ft@acme.test",
        "\u0261uest@acme.test",
        "guest@acme.test\u200b",
    ],
)
def test_a_verified_other_address_is_refused_and_the_invite_stays_open(address: str, world: World) -> None:
    made = world.invite()
    answer = world.accept(made["token"], GUEST | {"email": address})
    assert (answer.status, answer.json["code"]) == (403, "INVITE_FOR_ANOTHER")
    assert "guest@acme.test" not in json.dumps(answer.json)
    assert stored(made["inviteId"])["status"] == "open"


@pytest.mark.parametrize("status", ["active", "disabled"])
def test_a_member_gains_nothing_by_another_invite(status: str, world: World) -> None:
    user = world.member(GUEST, "Tenant.Viewer")
    if status == "disabled":
        assert world.change(user["userId"], status="disabled").status == 200
    made = world.invite(roles=["Tenant.Admin"])
    answer = world.accept(made["token"])
    assert (answer.status, answer.json["code"]) == (409, "ALREADY_MEMBER")
    record = world.membership(GUEST)
    assert record is not None
    assert (record["roles"], record["status"]) == (["Tenant.Viewer"], status)
    assert stored(made["inviteId"])["status"] == "open"


@pytest.mark.parametrize("role", ["Tenant.Guest", "Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"])
def test_everybody_of_the_tenant_may_accept(role: str, world: World) -> None:
    assert world.accept(world.invite()["token"], person("acme", role, "somebody")).status == 201


# Who may invite


OTHERS = [
    *(person("acme", role) for role in ("Tenant.Guest", "Tenant.Viewer", "Tenant.Developer", "")),
    person("", "Platform.Admin"),
    person("acme", "") | {"credential": "key", "scopes": "tenant:write audit:read agents:invoke"},
    person("acme", "Tenant.Admin") | {"credential": "key"},
    person("acme", "Tenant.Admin") | {"credential": "aws"},
    person("acme", "Tenant.\u0410dmin"),
    person("acme", "Tenant.admin"),
]


@pytest.mark.parametrize("who", OTHERS, ids=lambda who: f"{who['credential']} {who['roles']}")
def test_nobody_but_an_administrator_invites_lists_or_withdraws(who: dict[str, str], world: World) -> None:
    made = world.invite()
    assert world.ask(INVITE, who, body={**GOOD, "roles": ["Tenant.Admin"]}).status == 403
    assert world.ask(INVITES, who).status == 403
    assert world.ask(WITHDRAW, who, path={"id": made["inviteId"]}).status == 403
    assert len(world.ask(INVITES).json["items"]) == 1


def test_a_key_cannot_accept(world: World) -> None:
    key = person("acme", "") | {"credential": "key", "principalId": "key:key_1", "scopes": "tenant:write"}
    assert world.accept(world.invite()["token"], key).status == 403


BAD: list[tuple[dict[str, Any], str]] = [
    ({"roles": []}, "/roles"),
    ({"roles": None}, "/roles"),
    ({"roles": "Tenant.Admin"}, "/roles"),
    ({"roles": ["Platform.Admin"]}, "/roles/0"),
    ({"roles": ["Tenant.Viewer", "Platform.Operator"]}, "/roles/1"),
    ({"roles": ["Tenant.Guest"]}, "/roles/0"),
    ({"roles": ["Tenant.\u0410dmin"]}, "/roles/0"),
    ({"roles": ["\uff34enant.Admin"]}, "/roles/0"),
    ({"roles": ["Tenant.Admin\u200b"]}, "/roles/0"),
    ({"roles": ["tenant.admin"]}, "/roles/0"),
    ({"roles": ["Tenant.Admin "]}, "/roles/0"),
    ({"roles": ["Tenant.Admin Platform.Admin"]}, "/roles/0"),
    ({"roles": ["Tenant.Admin"] * 2}, "/roles"),
    ({"roles": ["Tenant.Admin"] * 4}, "/roles"),
    ({"roles": [1]}, "/roles/0"),
    ({"expiresInDays": 0}, "/expiresInDays"),
    ({"expiresInDays": 31}, "/expiresInDays"),
    ({"expiresInDays": "7"}, "/expiresInDays"),
    ({"expiresInDays": 1.5}, "/expiresInDays"),
    ({"expiresInDays": True}, "/expiresInDays"),
    ({"email": "nobody"}, "/email"),
    ({"email": "a@b.test\r\nbcc: x@y.test"}, "/email"),
    ({"email": "a\u200b@b.test"}, "/email"),
    ({"email": f"{'x' * 250}@b.test"}, "/email"),
    ({"tenantId": "globex"}, "/tenantId"),
    ({"token": "mine"}, "/token"),
    ({"inviteId": f"inv_{'0' * 32}"}, "/inviteId"),
]


@pytest.mark.parametrize(("changed", "pointer"), BAD)
def test_a_bad_invite_is_refused_by_its_field_and_nothing_is_made(
    changed: dict[str, Any], pointer: str, world: World
) -> None:
    answer = world.ask(INVITE, body={**GOOD, **changed})
    assert (answer.status, [item["pointer"] for item in answer.json["errors"]]) == (400, [pointer])
    assert world.ask(INVITES).json["items"] == []
    assert world.chain() == []


def test_a_body_cannot_say_who_accepts(world: World) -> None:
    token = world.invite()["token"]
    for more in ({"principalId": "usr:x:y"}, {"roles": ["Tenant.Admin"]}, {"tenantId": "globex"}):
        assert world.ask(ACCEPT, GUEST, body={"token": token, **more}).status == 400
    assert world.membership(GUEST) is None


def test_the_list_of_invites_is_paged_newest_first(world: World) -> None:
    made = [world.invite()["inviteId"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.ask(INVITES, query={"limit": "2", **cursor}).json
        seen += [item["inviteId"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == made[::-1]
    assert world.ask(INVITES, GLOBEX, query=cursor).json["code"] == "INVALID_CURSOR"
