"""A real identity provider changes its keys, goes away and comes back: what the runbook of key rotation promises."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.jwks_fetch import fetcher
from lambdas.authoriser.models import DependencyDown, Unauthorized
from lambdas.authoriser.records import ControlTable, RememberedRecords
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.sts_proof import RoleProofs, StsAnswer
from platform_kit.jws import decode_segment
from platform_kit.outbound import Outbound
from tests.authority import AUDIENCE, REGION, RUN_KEY_ARN, Authority, request
from tests.functional.idp.idp_process import RunningIdp, free_port, install

KEPT_KEYS = 4
LEEWAY = 30
Decide = Callable[[str], dict[str, Any]]


@pytest.fixture
def idp(tmp_path: Path) -> Iterator[RunningIdp]:
    """A provider of one's own, which may be stopped."""
    install()
    running = RunningIdp(free_port(), tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def ahead() -> list[float]:
    """How many seconds the authoriser's clock is ahead."""
    return [0.0]


@pytest.fixture
def decide(idp: RunningIdp, ahead: list[float]) -> Decide:
    world = Authority()
    iss = f"{idp.origin}/oidc"
    world.add_issuer(iss, boundTo="platform", allowPlatformRoles=True, jwksUri=f"{iss}/jwks")
    records = RememberedRecords(ControlTable(lambda pk, sk: world.items.get((pk, sk)), AUDIENCE))
    keys = KeySets(fetcher(Outbound(frozenset({idp.origin}))), lambda _reason: None)
    run_key, proofs = (
        RunKey(RUN_KEY_ARN, world.public_key),
        RoleProofs(lambda _host, _path: StsAnswer(500, b""), frozenset()),
    )
    authoriser = Authoriser(records, keys, run_key, proofs, REGION, lambda: time.time() + ahead[0])
    return lambda token: authoriser.authorise(request(f"Bearer {token}"))


def token(idp: RunningIdp, client: str = "acme-developer") -> str:
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{idp.origin}/oidc/token", data=form, auth=(client, f"{client}-secret"))
    return str(answer.raise_for_status().json()["access_token"])


def rotate(idp: RunningIdp) -> str:
    return str(httpx.post(f"{idp.origin}/admin/rotate-keys").raise_for_status().json()["kid"])


def part(text: str, index: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(decode_segment(text.split(".")[index]))
    return found


@pytest.mark.family("jwt-claims")
def test_the_new_key_holds_at_once_and_the_old_one_until_its_tokens_expire(
    idp: RunningIdp, decide: Decide, ahead: list[float]
) -> None:
    old = token(idp)
    decide(old)
    kid = rotate(idp)
    new = token(idp, "acme-viewer")
    assert part(new, 0)["kid"] == kid != part(old, 0)["kid"]
    ahead[0] = 11  # at once but for the pause between two fetches
    assert decide(new)["context"]["roles"] == "Tenant.Viewer"
    assert decide(old)["context"]["roles"] == "Tenant.Developer"
    ahead[0] = part(old, 1)["exp"] - time.time() + LEEWAY - 5
    assert decide(old)["context"]["roles"] == "Tenant.Developer"
    ahead[0] += 10
    with pytest.raises(Unauthorized):
        decide(old)


@pytest.mark.family("jwt-claims")
def test_an_outage_is_served_from_kept_keys_and_then_by_503(
    idp: RunningIdp, decide: Decide, ahead: list[float]
) -> None:
    known, fresh = token(idp), token(idp, "acme-viewer")
    decide(known)
    unknown_kid = token_of_a_key_nobody_saw(idp)
    idp.stop()
    ahead[0] = 200
    assert decide(fresh)["context"]["roles"] == "Tenant.Viewer"
    with pytest.raises(DependencyDown):
        decide(unknown_kid)
    idp.start()
    ahead[0] = 215
    assert decide(unknown_kid)["context"]["roles"] == "Tenant.Admin"


def token_of_a_key_nobody_saw(idp: RunningIdp) -> str:
    rotate(idp)
    return token(idp, "acme-admin")


@pytest.mark.family("jwt-claims")
def test_without_any_kept_key_an_outage_is_503(idp: RunningIdp, decide: Decide) -> None:
    text = token(idp)
    idp.stop()
    with pytest.raises(DependencyDown):
        decide(text)
    idp.start()


@pytest.mark.family("jwt-claims")
def test_a_withdrawn_key_is_forgotten_in_eleven_minutes(idp: RunningIdp, decide: Decide, ahead: list[float]) -> None:
    old = token(idp)
    decide(old)
    for _ in range(KEPT_KEYS):
        rotate(idp)
    assert part(old, 0)["kid"] not in {key["kid"] for key in httpx.get(f"{idp.origin}/oidc/jwks").json()["keys"]}
    ahead[0] = 61
    decide(old)  # kept: nobody has asked since
    ahead[0] = 11 * 60
    with pytest.raises(Unauthorized):
        decide(old)
