"""The corpus of signed tokens and key sets against the one verifier, alone and as the authoriser uses it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.authoriser.models import DependencyDown, Unauthorized
from lambdas.authoriser.verify import verify
from platform_kit.jws import TokenRefused
from tests.authority import AUDIENCE, GLOBEX_ISSUER, ISSUER, NOW, Authority, request
from tests.security.vectors.base import Case
from tests.security.vectors.corpus import INVALID, VALID

ISSUERS = (ISSUER, GLOBEX_ISSUER)
invalid = pytest.mark.parametrize("case", INVALID.values(), ids=list(INVALID))
valid = pytest.mark.parametrize("case", VALID.values(), ids=list(VALID))


@pytest.mark.family("jws")
@invalid
def test_an_invalid_vector_is_refused_for_what_is_wrong_with_it(case: Case) -> None:
    token, jwks = case.make()
    with pytest.raises(TokenRefused) as refused:
        verify(token, jwks, AUDIENCE, ISSUERS, NOW)
    assert refused.value.reason == case.reason


@pytest.mark.family("jws")
@valid
def test_a_valid_vector_is_accepted(case: Case) -> None:
    token, jwks = case.make()
    assert verify(token, jwks, AUDIENCE, ISSUERS, NOW)["iss"] == ISSUER


def by_the_authoriser(case: Case) -> dict[str, Any]:
    """The authoriser's answer to a vector: the key set is published, the token presented."""
    token, jwks = case.make()
    world = Authority()
    world.change_issuer(ISSUER, algorithms=["RS256", "ES256"], tenantClaim=None, boundTo="acme", rolesClaim="roles")
    own = jwks if isinstance(jwks.get("keys"), list) else jwks.get(ISSUER)
    world.documents[f"{ISSUER}/jwks"] = json.dumps(own).encode()
    return world.authoriser().authorise(request(f"Bearer {token}"))


@invalid
def test_the_authoriser_gives_an_invalid_vector_no_identity(case: Case) -> None:
    with pytest.raises((Unauthorized, DependencyDown)):
        by_the_authoriser(case)


@valid
def test_the_authoriser_knows_who_presents_a_valid_vector(case: Case) -> None:
    assert by_the_authoriser(case)["context"]["tenantId"] == "acme"


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(INVALID) >= 400
    assert len(VALID) >= 40


@pytest.mark.parametrize("sabotage", ["signature", "claims", "keys"])
def test_a_verifier_that_skips_a_check_fails_the_corpus(sabotage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    skipped: dict[str, tuple[str, Callable[..., Any]]] = {
        "signature": ("platform_kit.jws.verify_signature", lambda *_: None),
        "claims": ("platform_kit.jws.check_header", lambda header, **_: str(header.get("alg"))),
        "keys": (
            "platform_kit.jwk._algorithm",
            lambda entry: {"RSA": "RS256", "EC": "ES256"}.get(str(entry.get("kty"))),
        ),
    }
    monkeypatch.setattr(*skipped[sabotage])
    assert any(map(_slips_through, INVALID.values()))


def _slips_through(case: Case) -> bool:
    try:
        verify(*case.make(), AUDIENCE, ISSUERS, NOW)
    except TokenRefused:
        return False
    return True
