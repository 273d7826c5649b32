from typing import Any

import pytest

from lambdas.authoriser import jwt_rules
from lambdas.authoriser.models import Issuer
from platform_kit.access import Role
from platform_kit.jws import TokenRefused
from tests.authority import AUDIENCE, ISSUER, NOW, Authority

PLATFORM = Issuer(
    iss=ISSUER,
    jwks_uri=f"{ISSUER}/jwks",
    bound_to="platform",
    audiences=(AUDIENCE,),
    algorithms=("RS256",),
    tenant_claim="tenantid",
    roles_claim="roles",
    allow_platform_roles=True,
    allowed_roles=frozenset(role.value for role in Role),
    active=True,
)
GLOBEX = PLATFORM._replace(bound_to="globex", tenant_claim=None, allow_platform_roles=False)


def claims(**changes: Any) -> dict[str, Any]:
    return Authority().claims(**changes)


def check(issuer: Issuer = PLATFORM, *, now: float = NOW, **changes: Any) -> None:
    jwt_rules.check_claims(claims(**changes), issuer, now)


def why(issuer: Issuer, **changes: Any) -> str:
    with pytest.raises(TokenRefused) as caught:
        jwt_rules.principal_of(claims(**changes), issuer)
    return caught.value.reason


# Audience and times


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE], [AUDIENCE] * 16])
def test_an_audience_that_names_us_is_accepted(audience: Any) -> None:
    check(aud=audience)


def test_an_issuer_may_name_us_otherwise() -> None:
    issuer = PLATFORM._replace(audiences=("api://ambit", "11111111-1111"))
    check(issuer, aud="api://ambit")
    with pytest.raises(TokenRefused):
        check(issuer, aud=AUDIENCE)


def test_an_issuer_without_audiences_gets_nobody_in() -> None:
    with pytest.raises(TokenRefused):
        check(PLATFORM._replace(audiences=()))


def test_another_issuers_token_is_refused() -> None:
    with pytest.raises(TokenRefused):
        check(PLATFORM._replace(iss="https://other.test"))


@pytest.mark.parametrize(
    ("now", "good"), [(NOW - 31, False), (NOW - 30, True), (NOW + 329, True), (NOW + 329.9, True), (NOW + 330, False)]
)
def test_a_token_is_good_from_iat_to_exp_with_thirty_seconds_each_way(now: float, good: bool) -> None:  # noqa: FBT001 - a case
    token = claims()
    if good:
        jwt_rules.check_claims(token, PLATFORM, now)
    else:
        with pytest.raises(TokenRefused):
            jwt_rules.check_claims(token, PLATFORM, now)


def test_nbf_counts_where_it_is_later_than_iat() -> None:
    check(iat=NOW - 60, nbf=NOW + 30)
    with pytest.raises(TokenRefused):
        check(iat=NOW - 60, nbf=NOW + 31)


def test_a_time_may_have_a_fraction() -> None:
    check(iat=NOW - 0.5, exp=NOW + 100.25)


def test_a_day_is_the_longest_life() -> None:
    check(iat=NOW, exp=NOW + 86_400)
    with pytest.raises(TokenRefused):
        check(iat=NOW, exp=NOW + 86_401)


# Whom it names


def test_a_person_of_a_tenant() -> None:
    found = jwt_rules.principal_of(claims(), PLATFORM)
    assert (found.tenant_id, set(found.roles), found.credential) == ("acme", {"Tenant.Developer"}, "jwt")
    assert found.principal_id == "usr:cf6c9bf8:user-1"


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    other = PLATFORM._replace(iss="https://other.test")
    assert (
        jwt_rules.principal_of(claims(), PLATFORM).principal_id != jwt_rules.principal_of(claims(), other).principal_id
    )


@pytest.mark.parametrize("subject", ["a:b", "auth0|5f7c8ec7c33c6c004bbafe82", "run:run_1", "x" * 255, "~!"])
def test_a_subject_is_any_visible_ascii(subject: str) -> None:
    assert jwt_rules.principal_of(claims(sub=subject), PLATFORM).principal_id == f"usr:cf6c9bf8:{subject}"


@pytest.mark.parametrize(
    "roles", [["Platform.Operator"], ["Platform.Admin"], ["Platform.Admin", "Platform.Operator", "x"]]
)
def test_an_operator_acts_in_no_tenant(roles: list[str]) -> None:
    found = jwt_rules.principal_of(claims(tenantid=None, roles=roles), PLATFORM)
    assert (found.tenant_id, found.roles) == ("", frozenset(roles) - {"x"})


@pytest.mark.parametrize("roles", [[], None, ["Reader"], ["Tenant.Owner", "tenant.admin"]])
def test_a_member_without_a_role_we_know_has_none(roles: list[str] | None) -> None:
    found = jwt_rules.principal_of(claims(roles=roles), PLATFORM)
    assert (found.tenant_id, found.roles) == ("acme", frozenset())


def test_an_issuer_may_be_kept_from_platform_roles() -> None:
    issuer = PLATFORM._replace(allow_platform_roles=False)
    assert why(issuer, tenantid=None, roles=["Platform.Operator"]) == "platform_role"


def test_an_issuer_may_be_kept_from_some_roles() -> None:
    issuer = PLATFORM._replace(allowed_roles=frozenset({"Tenant.Viewer"}))
    assert jwt_rules.principal_of(claims(roles=["Tenant.Viewer"]), issuer).roles == {"Tenant.Viewer"}
    assert why(issuer, roles=["Tenant.Viewer", "Tenant.Admin"]) == "role_not_allowed"


def test_claims_have_the_names_that_the_issuers_record_gives() -> None:
    issuer = PLATFORM._replace(tenant_claim="org", roles_claim="groups")
    found = jwt_rules.principal_of(claims(tenantid="globex", org="acme", groups=["Tenant.Viewer"]), issuer)
    assert (found.tenant_id, set(found.roles)) == ("acme", {"Tenant.Viewer"})


def test_a_platform_issuer_without_a_tenant_claim_speaks_for_the_platform_alone() -> None:
    issuer = PLATFORM._replace(tenant_claim=None)
    assert why(issuer, roles=["Tenant.Developer"]) == "no_tenant"
    assert jwt_rules.principal_of(claims(roles=["Platform.Operator"]), issuer).tenant_id == ""


# An issuer bound to a tenant


@pytest.mark.parametrize("asserted", [None, "globex"])
@pytest.mark.parametrize("claim", [None, "tenantid"])
def test_a_tenants_issuer_speaks_for_that_tenant(asserted: str | None, claim: str | None) -> None:
    found = jwt_rules.principal_of(claims(tenantid=asserted), GLOBEX._replace(tenant_claim=claim))
    assert found.tenant_id == "globex"


@pytest.mark.parametrize("claim", [None, "tenantid", "org"])
def test_a_tenants_issuer_speaks_for_no_other(claim: str | None) -> None:
    assert why(GLOBEX._replace(tenant_claim=claim), tenantid="acme") == "foreign_tenant"


def test_two_claims_may_not_name_two_tenants() -> None:
    assert why(GLOBEX._replace(tenant_claim="org"), tenantid="acme", org="globex") == "bad_tenant"


@pytest.mark.parametrize("roles", [["Platform.Operator"], ["Tenant.Viewer", "Platform.Operator"]])
def test_a_tenants_issuer_makes_no_operators_even_if_its_record_says_so(roles: list[str]) -> None:
    issuer = GLOBEX._replace(allow_platform_roles=True)
    assert why(issuer, tenantid=None, roles=roles) == "platform_role"


@pytest.mark.parametrize("value", ["acme", "acme-2", "a1b", "x" * 32])
def test_a_tenant_id_is_a_slug(value: str) -> None:
    assert jwt_rules.is_tenant_id(value)


@pytest.mark.parametrize("value", ["platform", "ac", "Acme", "a--b", "1acme", "x" * 33, None, 7, ["acme"], {"a": 1}])
def test_nothing_else_is_a_tenant_id(value: object) -> None:
    assert not jwt_rules.is_tenant_id(value)
