"""The authoriser against a real OpenID provider's tokens and key sets: forgeries prove little if these fail."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.jwks_fetch import fetcher
from lambdas.authoriser.models import Unauthorized
from lambdas.authoriser.records import ControlTable, RememberedRecords
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.sts_proof import RoleProofs
from platform_kit.outbound import Outbound
from tests.authority import AUDIENCE, REGION, RUN_KEY_ARN, STS_HOSTS, Authority, request
from tests.functional.idp.browser import Browser
from tests.functional.idp.idp_process import RunningIdp

TENANT_MACHINES = [
    (f"{tenant}-{role}", tenant, f"Tenant.{role.title()}")
    for tenant in ("acme", "globex")
    for role in ("viewer", "developer", "admin")
]


def trusting(provider: RunningIdp, now: Callable[[], float]) -> Authoriser:
    """One that trusts the provider's issuers as the seeded records do, and fetches their keys itself."""
    world = Authority()
    for path, bound_to in (("oidc", "platform"), ("globex", "globex")):
        iss = f"{provider.origin}/{path}"
        world.add_issuer(iss, boundTo=bound_to, allowPlatformRoles=bound_to == "platform", jwksUri=f"{iss}/jwks")
    records = RememberedRecords(ControlTable(lambda pk, sk: world.items.get((pk, sk)), AUDIENCE))
    return Authoriser(
        records,
        KeySets(fetcher(Outbound(frozenset({provider.origin}))), pytest.fail),
        RunKey(RUN_KEY_ARN, world.public_key),
        RoleProofs(world._ask_sts, STS_HOSTS),
        REGION,
        now,
    )


@pytest.fixture(scope="module")
def authoriser(provider: RunningIdp) -> Authoriser:
    return trusting(provider, time.time)


def token(provider: RunningIdp, client: str, issuer: str = "oidc") -> str:
    answer = httpx.post(
        f"{provider.origin}/{issuer}/token",
        data={"grant_type": "client_credentials"},
        auth=(client, f"{client}-secret"),
    )
    return str(answer.raise_for_status().json()["access_token"])


def decide(authoriser: Authoriser, text: str) -> dict[str, Any]:
    return authoriser.authorise(request(f"Bearer {text}"))


@pytest.mark.parametrize(
    ("client", "tenant", "role"),
    [
        *TENANT_MACHINES,
        ("platform-operator", "", "Platform.Operator"),
        ("platform-admin", "", "Platform.Admin"),
    ],
)
def test_a_machine_is_who_its_provider_says(
    client: str, tenant: str, role: str, provider: RunningIdp, authoriser: Authoriser
) -> None:
    context = decide(authoriser, token(provider, client))["context"]
    assert (context["tenantId"], context["roles"]) == (tenant, role)


def test_a_person_who_signed_in_is_known(provider: RunningIdp, authoriser: Authoriser) -> None:
    granted = Browser(provider).sign_in("dev@acme.test")
    context = decide(authoriser, granted["access_token"])["context"]
    assert (context["tenantId"], context["roles"]) == ("acme", "Tenant.Developer")


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_what_else_a_provider_hands_out_is_no_access_token(
    kind: str, provider: RunningIdp, authoriser: Authoriser
) -> None:
    granted = Browser(provider).sign_in("dev@acme.test")
    with pytest.raises(Unauthorized):
        decide(authoriser, granted[kind])


def test_a_tenants_own_provider_speaks_for_it(provider: RunningIdp, authoriser: Authoriser) -> None:
    context = decide(authoriser, token(provider, "globex-sso-developer", "globex"))["context"]
    assert (context["tenantId"], context["roles"]) == ("globex", "Tenant.Developer")


@pytest.mark.parametrize("client", ["globex-sso-asserts-acme", "globex-sso-asserts-operator"])
def test_a_tenants_own_provider_speaks_for_nobody_else(
    client: str, provider: RunningIdp, authoriser: Authoriser
) -> None:
    with pytest.raises(Unauthorized):
        decide(authoriser, token(provider, client, "globex"))


def test_a_rotated_key_is_followed_and_tokens_of_the_key_before_it_still_hold(provider: RunningIdp) -> None:
    ahead = [0.0]
    authoriser = trusting(provider, lambda: time.time() + ahead[0])
    before = token(provider, "acme-developer")
    decide(authoriser, before)
    httpx.post(f"{provider.origin}/admin/rotate-keys").raise_for_status()
    after = token(provider, "acme-viewer")
    ahead[0] = 11.0  # past the pause between two fetches of one address
    assert decide(authoriser, after)["context"]["roles"] == "Tenant.Viewer"
    assert decide(authoriser, before)["context"]["roles"] == "Tenant.Developer"
