"""From registration to the authoriser's answer: what an issuer may say once it is registered, and until when."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib.keys import issuer_id
from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.models import Unauthorized
from lambdas.authoriser.records import ControlTable, RememberedRecords, dynamodb_reader
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.sts_proof import RoleProofs, StsAnswer
from tests.authority import REGION, RUN_KEY_ARN, Claims, compact, request, rs256, rsa_jwk, rsa_key
from tests.functional.issuers.conftest import World, add_tenant, world
from tests.functional.moto_platform import table

__all__ = ["world"]
DIRECTORY = "8f3c1f0e-5b0a-4c0e-9a51-0d9d7c1b2a3f"
ENTRA = f"https://login.microsoftonline.com/{DIRECTORY}/v2.0"
ENTRA_KEYS = f"https://login.microsoftonline.com/{DIRECTORY}/discovery/v2.0/keys"
APPLICATION = "5d3f0c9e-7d6a-4f5c-8a31-6a1f0e7c9b10"
CACHED_SECONDS = 60


@pytest.fixture
def clock() -> list[float]:
    return [time.time()]


@pytest.fixture
def decide(world: World, clock: list[float]) -> Callable[[str], dict[str, Any]]:
    """The authoriser, reading the same table, fetching from the same internet."""
    add_tenant("platform")
    table("control").update_item(
        Key={"pk": "TENANT#platform#TENANT", "sk": "platform"},
        UpdateExpression="SET agentsUsageKey = :key",
        ExpressionAttributeValues={":key": "key-agents"},
    )
    records = RememberedRecords(ControlTable(dynamodb_reader("ambit-test-control"), "ambit-api"))
    keys = KeySets(lambda uri: world.answer(uri).body, lambda _reason: None)
    run_key, proofs = (
        RunKey(RUN_KEY_ARN, lambda _arn: b""),
        RoleProofs(lambda _host, _path: StsAnswer(500, b""), frozenset()),
    )
    authoriser = Authoriser(records, keys, run_key, proofs, REGION, lambda: clock[0])
    return lambda token: authoriser.authorise(request(f"Bearer {token}"))


def entra_jwk(key: str = "entra", kid: str = "nOo3ZDrODXEK1jKWhXslHR_KXEg") -> Claims:
    """A key as Microsoft publishes it: no `alg`, a certificate beside the numbers."""
    jwk = rsa_jwk(rsa_key(key), kid)
    del jwk["alg"]
    return jwk | {
        "x5t": kid,
        "x5c": ["MIIDBTCCAe2gAwIBAgIQ"],
        "issuer": ENTRA,
        "cloud_instance_name": "microsoftonline.com",
    }


def entra_token(now: float, *, key: str = "entra", **changes: Any) -> str:
    """An access token as the v2.0 endpoint signs it, for an application with app roles."""
    claims: Claims = {
        "aud": APPLICATION,
        "iss": ENTRA,
        "iat": int(now),
        "nbf": int(now),
        "exp": int(now) + 4500,
        "aio": "AXQAi/8TAAAA",
        "azp": APPLICATION,
        "azpacr": "1",
        "name": "Ada Lovelace",
        "oid": "b7f0c1d2-0000-4000-8000-000000000001",
        "preferred_username": "ada@initech.test",
        "rh": "0.AX0A",
        "roles": ["Tenant.Developer"],
        "scp": "api.call",
        "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "tid": DIRECTORY,
        "uti": "fqiBqXLPj0eQa82S",
        "ver": "2.0",
    } | changes
    header = {"typ": "JWT", "alg": "RS256", "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg"}
    return compact(header, {k: v for k, v in claims.items() if v is not None}, rs256(rsa_key(key)))


@pytest.fixture
def entra(world: World) -> str:
    """Entra, registered for initech as docs/issuers.md says; its id."""
    world.publish(entra_jwk(), at=ENTRA_KEYS)
    made = world.register(iss=ENTRA, jwksUri=ENTRA_KEYS, audiences=[APPLICATION])
    assert made.status == 201, made.json
    return str(made.json["id"])


Decide = Callable[[str], dict[str, Any]]


@pytest.mark.usefixtures("entra")
def test_somebody_of_the_directory_is_somebody_of_the_tenant(decide: Decide, clock: list[float]) -> None:
    context = decide(entra_token(clock[0]))["context"]
    assert (context["tenantId"], context["roles"]) == ("initech", "Tenant.Developer")
    assert context["principalId"] == f"usr:{issuer_id(ENTRA)[:8]}:AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"


LIES: dict[str, Claims] = {
    "another directory": {"iss": ENTRA.replace(DIRECTORY, "11111111-0000-4000-8000-000000000000")},
    "the common endpoint": {"iss": ENTRA.replace(DIRECTORY, "common")},
    "the v1.0 endpoint": {"iss": f"https://sts.windows.net/{DIRECTORY}/"},
    "another application": {"aud": "00000003-0000-0000-c000-000000000000"},
    "the platform's audience": {"aud": "ambit-api"},
    "an ID token": {"nonce": "678910"},
    "another tenant": {"tenantid": "globex"},
    "an operator": {"roles": ["Platform.Admin"]},
    "an operator among others": {"roles": ["Tenant.Viewer", "Platform.Operator"]},
    "a role as text": {"roles": "Tenant.Admin"},
    "too long a life": {"exp": 2**40},
    "no subject": {"sub": None},
}


@pytest.mark.family("jwt-claims")
@pytest.mark.usefixtures("entra")
@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_a_directory_speaks_for_its_tenant_and_in_its_bounds(lie: Claims, decide: Decide, clock: list[float]) -> None:
    decide(entra_token(clock[0]))
    with pytest.raises(Unauthorized):
        decide(entra_token(clock[0], **lie))


@pytest.mark.family("jwt-claims")
@pytest.mark.usefixtures("entra")
def test_a_strangers_key_is_not_the_directorys(decide: Decide, clock: list[float]) -> None:
    with pytest.raises(Unauthorized):
        decide(entra_token(clock[0], key="stranger"))


@pytest.mark.family("jwt-claims")
def test_a_disabled_issuer_is_believed_for_a_minute_at_most(
    world: World, entra: str, decide: Decide, clock: list[float]
) -> None:
    token = entra_token(clock[0])
    decide(token)
    assert world.change(entra, status="disabled").status == 200
    clock[0] += CACHED_SECONDS - 30  # API Gateway keeps an answer for the other thirty
    for known_or_new in (token, entra_token(clock[0])):
        with pytest.raises(Unauthorized):
            decide(known_or_new)
    assert world.change(entra, status="active").status == 200
    clock[0] += CACHED_SECONDS - 30
    assert decide(entra_token(clock[0]))["context"]["tenantId"] == "initech"


@pytest.mark.family("jwt-claims")
def test_roles_that_were_taken_from_an_issuer_are_gone_in_a_minute(
    world: World, entra: str, decide: Decide, clock: list[float]
) -> None:
    token = entra_token(clock[0])
    decide(token)
    assert world.change(entra, allowedRoles=["Tenant.Viewer"]).status == 200
    clock[0] += CACHED_SECONDS - 30
    with pytest.raises(Unauthorized):
        decide(token)


@pytest.mark.family("jwt-claims")
@pytest.mark.usefixtures("entra")
def test_one_issuers_people_are_not_anothers(world: World, decide: Decide, clock: list[float]) -> None:
    other = "https://login.globex.test"
    world.publish(rsa_jwk(rsa_key("globex"), "nOo3ZDrODXEK1jKWhXslHR_KXEg"), at=f"{other}/jwks")
    made = world.register(iss=other, boundTo="globex", jwksUri=f"{other}/jwks", audiences=[APPLICATION])
    assert made.status == 201
    ours = decide(entra_token(clock[0], key="entra"))["context"]
    theirs = decide(entra_token(clock[0], key="globex", iss=other))["context"]
    assert (ours["tenantId"], theirs["tenantId"]) == ("initech", "globex")
    assert ours["principalId"] != theirs["principalId"]
    for crossed in (entra_token(clock[0], key="globex"), entra_token(clock[0], key="entra", iss=other)):
        with pytest.raises(Unauthorized):
            decide(crossed)
