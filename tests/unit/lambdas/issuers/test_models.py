from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.issuers.models import RegisterIssuer, UpdateIssuer

GOOD = {"iss": "https://id.test", "boundTo": "acme", "jwksUri": "https://id.test/jwks", "audiences": ["api"]}


def registered(**changes: Any) -> RegisterIssuer:
    return RegisterIssuer.model_validate({**GOOD, **changes})


def test_what_is_left_out_is_narrow() -> None:
    made = registered()
    assert (made.algorithms, made.roles_claim, made.stored_tenant_claim) == (["RS256"], "roles", None)
    assert [role.value for role in made.allowed_roles] == ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"]


@pytest.mark.parametrize(("given", "kept"), [(None, "tenantid"), ("org", "org")])
def test_the_platforms_issuer_names_the_tenant(given: str | None, kept: str) -> None:
    assert registered(boundTo="platform", tenantClaim=given).stored_tenant_claim == kept


@pytest.mark.parametrize(
    "change",
    [
        *({"audiences": value} for value in ([], ["a"] * 17, ["a", "a"], [""], ["a b"], ["é"], "api", [1])),
        *({"algorithms": value} for value in ([], ["HS256"], ["none"], ["RS512"], ["RS256", "RS256"], "RS256")),
        *({"rolesClaim": value} for value in ("", "sub", "aud", "iss", "1x", "a b", "x" * 129, "a\n", None)),
        *({"tenantClaim": value} for value in ("", "sub", "roles", "a b")),
        *({"allowedRoles": value} for value in ([], ["Tenant.God"], ["Tenant.Admin", "Tenant.Admin"], "Tenant.Admin")),
        *({"status": "deleted"}, {"boundTo": ""}, {"iss": "x" * 501}, {"allowPlatformRoles": True}, {"id": "x"}),
    ],
)
def test_a_bad_registration_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        registered(**change)


@pytest.mark.parametrize(
    "name", ["roles", "groups", "https://ambit.example/roles", "cognito:groups", "realm_access.roles"]
)
def test_a_claim_may_have_a_long_name(name: str) -> None:
    assert registered(rolesClaim=name).roles_claim == name


@pytest.mark.parametrize(
    "body",
    [{}, {"status": None}, {"jwksUri": None}, {"iss": "https://x.test"}, {"boundTo": "platform"}, {"audiences": None}],
)
def test_a_change_changes_something_it_may(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UpdateIssuer.model_validate(body)


def test_a_change_names_what_it_changes_and_nothing_else() -> None:
    assert UpdateIssuer.model_validate({"status": "disabled"}).changes() == {"status": "disabled"}
    assert UpdateIssuer.model_validate({"tenantClaim": None}).changes() == {"tenantClaim": None}
