from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from lambdas.bff.errors import GrantRefused, ProviderUnavailable, SignInFailed
from lambdas.bff.models import LoginTransaction, Tokens
from lambdas.bff.oidc import IdentityProvider, challenge, parse_json_object
from tests.unit.lambdas.bff.bff_fakes import ISSUER, FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TRANSACTION = LoginTransaction(state="st", nonce="no", verifier="v" * 43, return_to="/", expires_at=0)
TOKENS = Tokens(access_token="access", refresh_token="refresh", expires_at=0)


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    return {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", "alg": "RS256"}


def id_token(*, key: Any = KEY, kid: str = "k1", alg: str = "RS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "ambit-spa", "sub": "u-1", "iat": now, "exp": now + 300, "nonce": "no"}
    kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(kept, key, algorithm=alg, headers={"kid": kid})


@dataclass
class FakeHttp:
    metadata: dict[str, Any] = field(
        default_factory=lambda: {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "revocation_endpoint": f"{ISSUER}/revoke",
        }
    )
    keys: list[Any] = field(default_factory=lambda: [jwk(KEY, "k1")])
    token: tuple[int, dict[str, Any]] = (200, {})
    gets: list[str] = field(default_factory=list)
    forms: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    status: int = 200

    def get(self, url: str) -> tuple[int, dict[str, Any]]:
        self.gets.append(url)
        return self.status, {"keys": self.keys} if url.endswith("/jwks") else self.metadata

    def post_form(self, url: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        self.forms.append((url, dict(form)))
        return self.token


@pytest.fixture
def http() -> FakeHttp:
    found = FakeHttp()
    found.token = 200, {"access_token": "a", "refresh_token": "r", "expires_in": 300, "id_token": id_token()}
    return found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(int(time.time()))


@pytest.fixture
def provider(http: FakeHttp, clock: FakeClock) -> IdentityProvider:
    return IdentityProvider(f"{ISSUER}/", "ambit-spa", "https://app.example/bff/callback", http=http, clock=clock)


def answer(http: FakeHttp, token: str) -> None:
    http.token = 200, {"access_token": "a", "refresh_token": "r", "id_token": token}


def test_the_challenge_is_the_one_of_the_standard() -> None:
    # RFC 7636, appendix B
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_address_asks_for_a_code_with_pkce_state_and_nonce(provider: IdentityProvider) -> None:
    query = parse_qs(urlsplit(provider.authorize_url(TRANSACTION, None)).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert (query["state"], query["nonce"]) == (["st"], ["no"])
    assert TRANSACTION.verifier not in str(query)
    assert "prompt" not in query


def test_a_code_is_exchanged_with_its_verifier(provider: IdentityProvider, http: FakeHttp, clock: FakeClock) -> None:
    tokens, claims = provider.exchange("the-code", TRANSACTION)
    [(url, form)] = http.forms
    assert url == f"{ISSUER}/token"
    assert (form["code"], form["code_verifier"], form["client_id"]) == ("the-code", "v" * 43, "ambit-spa")
    assert tokens == Tokens(access_token="a", refresh_token="r", expires_at=clock.epoch + 300)
    assert claims["sub"] == "u-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iat": 9_999_999_999},
        {"key": OTHER_KEY},
        {"kid": "unknown"},
        {"key": "public-key-as-secret-of-32-bytes!!", "alg": "HS256"},
    ],
)
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    provider: IdentityProvider, http: FakeHttp, changes: dict[str, Any]
) -> None:
    answer(http, id_token(**changes))
    with pytest.raises(SignInFailed, match="invalid_token"):
        provider.exchange("the-code", TRANSACTION)


@pytest.mark.parametrize("token", ["", "not.a.jwt", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_signed_token_signs_nobody_in(provider: IdentityProvider, http: FakeHttp, token: str) -> None:
    answer(http, token)
    with pytest.raises(SignInFailed):
        provider.exchange("the-code", TRANSACTION)


def test_a_new_signing_key_is_fetched_at_once(provider: IdentityProvider, http: FakeHttp) -> None:
    provider.exchange("the-code", TRANSACTION)
    http.keys = [jwk(OTHER_KEY, "k2"), *http.keys]
    answer(http, id_token(key=OTHER_KEY, kid="k2"))
    assert provider.exchange("the-code", TRANSACTION)[1]["sub"] == "u-1"


def test_a_key_for_encryption_verifies_nothing(provider: IdentityProvider, http: FakeHttp) -> None:
    http.keys = [{**jwk(KEY, "k1"), "use": "enc"}]
    with pytest.raises(SignInFailed):
        provider.exchange("the-code", TRANSACTION)


def test_documents_are_kept(provider: IdentityProvider, http: FakeHttp, clock: FakeClock) -> None:
    for _ in range(3):
        provider.exchange("the-code", TRANSACTION)
    assert sorted(http.gets) == [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/jwks"]
    clock.epoch += 3601
    provider.authorize_url(TRANSACTION, None)
    assert len(http.gets) == 3


def test_metadata_that_names_another_issuer_is_not_believed(provider: IdentityProvider, http: FakeHttp) -> None:
    http.metadata["issuer"] = "https://evil.example"
    with pytest.raises(ProviderUnavailable):
        provider.authorize_url(TRANSACTION, None)


@pytest.mark.parametrize("break_it", ["status", "endpoint"])
def test_a_provider_without_usable_metadata_is_unavailable(
    provider: IdentityProvider, http: FakeHttp, break_it: str
) -> None:
    if break_it == "status":
        http.status = 503
    else:
        del http.metadata["authorization_endpoint"]
    with pytest.raises(ProviderUnavailable):
        provider.authorize_url(TRANSACTION, None)


def test_an_outage_is_not_remembered(provider: IdentityProvider, http: FakeHttp) -> None:
    http.status = 503
    with pytest.raises(ProviderUnavailable):
        provider.authorize_url(TRANSACTION, None)
    http.status = 200
    assert provider.authorize_url(TRANSACTION, None).startswith(f"{ISSUER}/auth?")


def test_a_refresh_sends_the_refresh_token_and_takes_the_new_one(provider: IdentityProvider, http: FakeHttp) -> None:
    assert provider.refresh(TOKENS).refresh_token == "r"
    assert http.forms[0][1]["refresh_token"] == "refresh"


def test_a_provider_that_does_not_rotate_leaves_the_old_refresh_token(
    provider: IdentityProvider, http: FakeHttp
) -> None:
    http.token = 200, {"access_token": "a"}
    assert provider.refresh(TOKENS).refresh_token == "refresh"


@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required"])
def test_a_refused_grant_is_told_apart_from_an_outage(provider: IdentityProvider, http: FakeHttp, error: str) -> None:
    http.token = 400, {"error": error}
    with pytest.raises(GrantRefused):
        provider.refresh(TOKENS)


@pytest.mark.parametrize("token", [(500, {}), (400, {"error": "invalid_client"}), (200, {"refresh_token": "r"})])
def test_any_other_answer_of_the_token_endpoint_is_an_outage(
    provider: IdentityProvider, http: FakeHttp, token: tuple[int, dict[str, Any]]
) -> None:
    http.token = token
    with pytest.raises(ProviderUnavailable):
        provider.refresh(TOKENS)


def test_a_revocation_names_the_refresh_token(provider: IdentityProvider, http: FakeHttp) -> None:
    provider.revoke(TOKENS)
    url, form = http.forms[0]
    assert url == f"{ISSUER}/revoke"
    assert (form["token"], form["token_type_hint"]) == ("refresh", "refresh_token")


def test_a_provider_without_revocation_is_left_alone(provider: IdentityProvider, http: FakeHttp) -> None:
    del http.metadata["revocation_endpoint"]
    provider.revoke(TOKENS)
    assert http.forms == []


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'"text"', b"\xff"])
def test_an_answer_that_is_no_json_object_is_an_outage(body: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        parse_json_object(body)


def test_an_empty_answer_is_an_empty_object() -> None:
    assert parse_json_object(b"") == {}
