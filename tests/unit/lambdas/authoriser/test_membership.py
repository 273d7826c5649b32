import json
from typing import Any

import pytest

from lambdas.authoriser.models import DependencyDown
from lambdas.authoriser.service import Authoriser
from tests.authority import STAGE_ARN, Authority, request

ADA = "usr:cf6c9bf8:user-1"
ACCEPT = "POST/v1/users/invites/accept"


def decide(world: Authority, token: str, authoriser: Authoriser | None = None) -> dict[str, Any]:
    return (authoriser or world.authoriser()).authorise(request(f"Bearer {token}"))


def allowed(answer: dict[str, Any]) -> list[str]:
    return [
        one.removeprefix(f"{STAGE_ARN}/")
        for statement in answer["policyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for one in statement["Resource"]
    ]


def roles(answer: dict[str, Any]) -> str:
    return str(answer["context"].get("roles"))


@pytest.mark.parametrize(
    "asserted", [[], None, ["Tenant.Owner"], ["Tenant.\u0410dmin"], ["tenant.admin"], ["Tenant.Guest"]]
)
def test_a_person_without_a_role_is_a_guest_and_may_accept_an_invite_only(asserted: list[str] | None) -> None:
    world = Authority()
    answer = decide(world, world.token(roles=asserted))
    assert (roles(answer), allowed(answer)) == ("Tenant.Guest", [ACCEPT])


def test_a_record_adds_its_roles_to_the_tokens() -> None:
    world = Authority()
    world.add_member(ADA, "Tenant.Admin")
    assert roles(decide(world, world.token(roles=["Tenant.Viewer"]))) == "Tenant.Admin Tenant.Viewer"
    assert roles(decide(world, world.token(roles=[]))) == "Tenant.Admin"


def test_a_record_takes_no_role_away_from_the_token() -> None:
    world = Authority()
    world.add_member(ADA, "Tenant.Viewer")
    assert roles(decide(world, world.token(roles=["Tenant.Admin"]))) == "Tenant.Admin Tenant.Viewer"


@pytest.mark.parametrize("role", ["Platform.Admin", "Platform.Operator", "Tenant.Guest", "Tenant.\u0410dmin", "*"])
def test_a_record_gives_no_role_but_a_tenants(role: str) -> None:
    world = Authority()
    world.add_member(ADA, role)
    assert roles(decide(world, world.token(roles=[]))) == "Tenant.Guest"


@pytest.mark.parametrize("status", ["disabled", "", "ACTIVE", "invited"])
def test_a_disabled_member_may_do_nothing_whatever_the_token_says(
    status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = Authority()
    world.add_member(ADA, "Tenant.Admin", status=status)
    for token in (world.token(roles=["Tenant.Admin"]), world.token(roles=[])):
        answer = decide(world, token)
        assert (allowed(answer), answer["context"]) == ([], {"denyCode": "MEMBER_DISABLED"})
        assert "usageIdentifierKey" not in answer
    assert {json.loads(line)["reason"] for line in capsys.readouterr().out.splitlines()} == {"MEMBER_DISABLED"}


def test_a_record_of_another_tenant_or_of_another_issuers_namesake_counts_for_nothing() -> None:
    world = Authority()
    world.add_member(ADA, "Tenant.Admin", tenant_id="globex")
    world.add_member("usr:00000000:user-1", "Tenant.Admin")
    assert roles(decide(world, world.token(roles=[]))) == "Tenant.Guest"
    assert roles(decide(world, world.globex_token(roles=[]))) == "Tenant.Guest"


def test_being_disabled_is_seen_within_fifteen_seconds_though_the_token_was_verified_before() -> None:
    world = Authority()
    authoriser, token = world.authoriser(), world.token()
    assert allowed(decide(world, token, authoriser))
    world.add_member(ADA, "Tenant.Developer", status="disabled")
    world.now += 14
    assert allowed(decide(world, token, authoriser))
    world.now += 1
    assert not allowed(decide(world, token, authoriser))


def test_a_membership_and_its_absence_are_read_once_in_fifteen_seconds() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for _ in range(5):
        decide(world, world.token(), authoriser)
    assert len([one for one in world.read if "#MEMBER#" in one]) == 1


def test_without_the_table_nobody_is_let_in() -> None:
    world = Authority()
    authoriser, token = world.authoriser(), world.token()
    decide(world, token, authoriser)
    world.now += 15
    world.down.add("table")
    with pytest.raises(DependencyDown):
        decide(world, token, authoriser)


def test_an_unreadable_membership_is_a_dependency_that_is_down() -> None:
    world = Authority()
    world.add_member(ADA)
    world.items[next(key for key in world.items if "#MEMBER#" in key[0])]["roles"] = [{"not": "text"}]
    with pytest.raises(DependencyDown):
        decide(world, world.token())


def test_operators_and_running_agents_have_no_membership() -> None:
    world = Authority()
    decide(world, world.token(tenantid=None, roles=["Platform.Operator"]))
    decide(world, world.run_token())
    assert not [one for one in world.read if "#MEMBER#" in one]


EMAIL = "ada@acme.test"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email": EMAIL, "email_verified": True}, EMAIL),
        ({"email": EMAIL}, None),
        ({"email": EMAIL, "email_verified": "true"}, None),
        ({"email": EMAIL, "email_verified": 1}, None),
        ({"email": [EMAIL], "email_verified": True}, None),
        ({"email": "x" * 255, "email_verified": True}, None),
        ({"email": f"{EMAIL}\nx", "email_verified": True}, None),
    ],
)
def test_an_address_is_passed_on_only_when_the_issuer_has_verified_it(
    claims: dict[str, Any], expected: str | None
) -> None:
    world = Authority()
    assert decide(world, world.token(**claims))["context"].get("email") == expected
