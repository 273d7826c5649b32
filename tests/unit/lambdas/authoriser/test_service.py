import json
from typing import Any

import pytest

from lambdas.authoriser.models import DependencyDown, Unauthorized
from lambdas.authoriser.service import Authoriser
from tests.authority import GLOBEX_ISSUER, ISSUER, METHOD_ARN, STAGE_ARN, Authority, request


def decide(world: Authority, token: str, authoriser: Authoriser | None = None) -> dict[str, Any]:
    return (authoriser or world.authoriser()).authorise(request(f"Bearer {token}"))


def effects(answer: dict[str, Any]) -> set[str]:
    return {statement["Effect"] for statement in answer["policyDocument"]["Statement"]}


# Answers


def test_a_member_gets_policy_context_and_usage_key() -> None:
    world = Authority()
    answer = decide(world, world.token())
    assert answer["principalId"] == "usr:cf6c9bf8:user-1"
    assert answer["usageIdentifierKey"] == "key-acme"
    assert answer["context"] == {
        "tenantId": "acme",
        "principalId": "usr:cf6c9bf8:user-1",
        "roles": "Tenant.Developer",
        "tier": "standard",
        "scopes": "",
        "credential": "jwt",
        "environment": "prod",
    }
    assert f"{STAGE_ARN}/POST/v1/agents/*/invoke" in answer["policyDocument"]["Statement"][0]["Resource"]


def test_an_operator_is_counted_on_the_platforms_plan() -> None:
    world = Authority()
    answer = decide(world, world.token(tenantid=None, roles=["Platform.Operator"]))
    assert (answer["usageIdentifierKey"], answer["context"]["tenantId"]) == ("key-platform", "")
    assert answer["context"]["tier"] == ""


def test_a_running_agent_is_counted_on_the_agents_plan_and_bound_to_its_run() -> None:
    world = Authority()
    answer = decide(world, world.run_token())
    assert (answer["principalId"], answer["usageIdentifierKey"]) == ("run:run_1", "key-agents")
    assert answer["context"] == {
        "tenantId": "acme",
        "principalId": "run:run_1",
        "roles": "",
        "tier": "standard",
        "scopes": "",
        "credential": "run",
        "environment": "prod",
        "runId": "run_1",
        "agent": "echo-agent",
        "versionId": "ver_1",
        "sessionId": "ses_1",
        "mode": "sync",
        "attempt": "1",
    }


def test_every_value_of_the_context_is_text_and_none_is_a_secret() -> None:
    world = Authority()
    for token in (world.token(), world.run_token(), world.globex_token()):
        answer = decide(world, token)
        assert {type(value) for value in answer["context"].values()} == {str}
        assert answer["usageIdentifierKey"] not in answer["context"].values()
        assert token not in json.dumps(answer)


def test_roles_are_listed_in_one_order() -> None:
    world = Authority()
    answer = decide(world, world.token(roles=["Tenant.Viewer", "Tenant.Admin", "Tenant.Viewer"]))
    assert answer["context"]["roles"] == "Tenant.Admin Tenant.Viewer"


def test_a_person_without_roles_is_known_as_a_guest() -> None:
    world = Authority()
    answer = decide(world, world.token(roles=[]))
    assert (answer["context"]["roles"], answer["context"]["tenantId"]) == ("Tenant.Guest", "acme")


# The tenant's standing


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((status, "FORBIDDEN") for status in ("provisioning", "failed", "", "ACTIVE")),
        ("suspended", "TENANT_SUSPENDED"),
    ],
)
def test_a_tenant_that_is_not_active_may_do_nothing(status: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    world.add_tenant("acme", status=status)
    for token in (world.token(), world.run_token()):
        answer = decide(world, token)
        assert effects(answer) == {"Deny"}
        assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{STAGE_ARN}/*"]
        assert answer["context"] == {"denyCode": code}
        assert "usageIdentifierKey" not in answer
    assert [json.loads(line)["reason"] for line in capsys.readouterr().out.splitlines()] == [code, code]


def test_an_unknown_tenant_may_do_nothing() -> None:
    world = Authority()
    assert effects(decide(world, world.token(tenantid="initech"))) == {"Deny"}


def test_a_denial_holds_for_every_route_so_that_it_may_be_cached() -> None:
    world = Authority()
    world.add_tenant("acme", status="suspended")
    asked = [METHOD_ARN, f"{STAGE_ARN}/POST/v1/agents/echo/invoke"]
    answers = [world.authoriser().authorise(request(f"Bearer {world.token()}", methodArn=arn)) for arn in asked]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("residency", ["eu-west-1", "", None, "US-EAST-1", "us-east-1 ", ["us-east-1"], {"us-east-1"}])
def test_a_tenant_whose_data_is_kept_elsewhere_or_nobody_knows_where_may_do_nothing(residency: object) -> None:
    world = Authority()
    world.add_tenant("acme", residency=residency)
    world.add_role()
    for credential in (f"Bearer {world.token()}", f"Bearer {world.run_token()}", f"Bearer {world.add_key()}"):
        answer = world.authoriser().authorise(request(credential))
        assert effects(answer) == {"Deny"}
        assert answer["context"] == {"denyCode": "RESIDENCY"}
    assert effects(decide(world, world.globex_token())) == {"Allow"}


def test_a_record_without_a_residency_opens_nothing() -> None:
    world = Authority()
    for key, item in world.items.items():
        world.items[key] = {name: value for name, value in item.items() if name != "residency"}
    assert decide(world, world.token())["context"] == {"denyCode": "RESIDENCY"}


def test_operators_are_let_in_wherever_the_platforms_record_says_it_is() -> None:
    """The platform's record holds no tenant's data; what an operator does to a tenant asks for that tenant's."""
    world = Authority()
    world.add_tenant("platform", usageKey="key-platform", agentsUsageKey="key-agents", residency="")
    answer = decide(world, world.token(tenantid=None, roles=["Platform.Operator"]))
    assert "Allow" in effects(answer)
    assert "denyCode" not in answer["context"]


@pytest.mark.parametrize("suspended", [True, False])
def test_a_change_of_standing_is_seen_within_fifteen_seconds(suspended: bool) -> None:  # noqa: FBT001 - a case
    world = Authority()
    authoriser = world.authoriser()
    token, before, after = world.token(), {"Allow"}, {"Deny"}
    if not suspended:
        before, after = after, before
        world.add_tenant("acme", status="suspended")
    assert effects(decide(world, token, authoriser)) == before
    world.add_tenant("acme", status="suspended" if suspended else "active")
    world.now += 14
    assert effects(decide(world, token, authoriser)) == before
    world.now += 1
    assert effects(decide(world, token, authoriser)) == after


def test_suspending_one_tenant_leaves_the_others_alone() -> None:
    world = Authority()
    world.add_tenant("acme", status="suspended")
    assert effects(decide(world, world.globex_token())) == {"Allow"}


@pytest.mark.parametrize("who", ["acme", "platform"])
def test_without_a_usage_key_nobody_is_let_in(who: str) -> None:
    world = Authority()
    world.add_tenant(who, usageKey="", agentsUsageKey="")
    token = world.token() if who == "acme" else world.token(tenantid=None, roles=["Platform.Admin"])
    assert effects(decide(world, token)) == {"Deny"}
    assert effects(decide(world, world.run_token())) == ({"Allow"} if who == "acme" else {"Deny"})


def test_without_a_platform_record_no_agent_is_let_in() -> None:
    world = Authority()
    world.items = {key: item for key, item in world.items.items() if item.get("tenantId") != "platform"}
    assert effects(decide(world, world.run_token())) == {"Deny"}


# Remembering


def test_a_verified_token_is_remembered_but_not_past_its_end() -> None:
    world = Authority()
    authoriser = world.authoriser()
    token = world.token(exp=int(world.now) + 20)
    decide(world, token, authoriser)
    world.now += 49
    decide(world, token, authoriser)
    world.now += 1
    with pytest.raises(Unauthorized):
        decide(world, token, authoriser)


def test_a_remembered_run_token_ends_too() -> None:
    world = Authority()
    authoriser, token = world.authoriser(), world.run_token()
    for step in (0, 200, 104):
        world.now += step
        decide(world, token, authoriser)
    world.now += 1
    with pytest.raises(Unauthorized):
        decide(world, token, authoriser)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "disabled"},
        {"algorithms": ["ES256"]},
        {"audiences": ["other"]},
        {"boundTo": "globex"},
        {"allowedRoles": []},
    ],
)
def test_a_change_of_the_issuers_record_reaches_remembered_tokens(change: dict[str, Any]) -> None:
    world = Authority()
    authoriser, token = world.authoriser(), world.token()
    decide(world, token, authoriser)
    world.change_issuer(ISSUER, **change)
    world.now += 15
    with pytest.raises(Unauthorized):
        decide(world, token, authoriser)


def test_a_token_that_differs_in_its_last_character_is_another_token() -> None:
    world = Authority()
    authoriser, token = world.authoriser(), world.token()
    decide(world, token, authoriser)
    with pytest.raises(Unauthorized):
        decide(world, token[:-5] + ("AAAAA" if token[-5:] != "AAAAA" else "BBBBA"), authoriser)


def test_two_people_are_not_confused() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for _ in range(2):
        assert decide(world, world.token(), authoriser)["context"]["tenantId"] == "acme"
        assert decide(world, world.globex_token(), authoriser)["context"]["tenantId"] == "globex"


# Issuers


def test_a_tenants_issuer_needs_no_tenant_claim() -> None:
    world = Authority()
    assert decide(world, world.globex_token())["context"]["tenantId"] == "globex"


@pytest.mark.parametrize("iss", [ISSUER, GLOBEX_ISSUER])
def test_an_issuer_that_is_not_active_vouches_for_nobody(iss: str) -> None:
    world = Authority()
    world.change_issuer(iss, status="disabled")
    with pytest.raises(Unauthorized):
        decide(world, world.token() if iss == ISSUER else world.globex_token())


def test_a_record_under_another_issuers_key_is_not_taken() -> None:
    world = Authority()
    world.change_issuer(ISSUER, iss=GLOBEX_ISSUER)
    with pytest.raises(Unauthorized):
        decide(world, world.token())


# Faults


@pytest.mark.parametrize(("part", "reason"), [("table", "control table: TimeoutError"), ("jwks", "issuer keys")])
def test_a_dependency_that_is_down_is_counted_and_decides_nothing(
    part: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = Authority(down={part})
    with pytest.raises(DependencyDown):
        decide(world, world.token())
    line = json.loads(capsys.readouterr().out)
    assert (line["reason"], line["AuthDependencyDown"], line["requestId"]) == (reason, 1, "req-1")


def test_a_remembered_token_is_not_let_in_when_the_tenant_cannot_be_read() -> None:
    world = Authority()
    authoriser, token = world.authoriser(), world.token()
    decide(world, token, authoriser)
    world.down.add("table")
    world.now += 15
    with pytest.raises(DependencyDown):
        decide(world, token, authoriser)


def test_a_strangers_run_token_does_not_reach_kms() -> None:
    world = Authority(down={"kms"})
    with pytest.raises(Unauthorized):
        decide(world, world.run_token(kid="another"))
