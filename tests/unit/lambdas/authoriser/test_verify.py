from typing import Any

import pytest

from lambdas.authoriser.models import Issuer
from lambdas.authoriser.verify import verify
from platform_kit.jws import TokenRefused
from tests.authority import AUDIENCE, GLOBEX_ISSUER, ISSUER, NOW
from tests.security.vectors.base import RS, claims, key_set


def accepted(issuers: Any, audience: Any = AUDIENCE, token: str | None = None, now: float = NOW) -> bool:
    try:
        verify(token or RS.token(), key_set(), audience, issuers, now)
    except TokenRefused:
        return False
    return True


RECORD = {"iss": ISSUER, "jwksUri": "https://x.test", "boundTo": "acme", "algorithms": ["RS256"], "status": "active"}
NAMED = Issuer(ISSUER, "", "acme", (AUDIENCE,), ("RS256",), None, "roles", False, frozenset(), True)  # noqa: FBT003 - a record


@pytest.mark.parametrize(
    "issuers",
    [[ISSUER], (ISSUER,), {ISSUER}, {ISSUER: 1}, [RECORD], [{"iss": ISSUER}], [NAMED], ["https://x.test", ISSUER]],
)
def test_an_issuer_is_named_or_described(issuers: Any) -> None:
    assert accepted(issuers)


@pytest.mark.parametrize(
    "issuers",
    [
        *([], ["https://x.test"], [ISSUER + "/"], [ISSUER[:-1]], ["*"], [""], [RECORD | {"status": "disabled"}]),
        *([RECORD | {"algorithms": []}], [RECORD | {"algorithms": ["ES256"]}], [RECORD | {"algorithms": ["HS256"]}]),
        *([RECORD | {"audiences": ["other"]}], [NAMED._replace(active=False)], [NAMED._replace(audiences=())]),
    ],
)
def test_an_issuer_that_is_not_accepted_vouches_for_nobody(issuers: Any) -> None:
    assert not accepted(issuers)


@pytest.mark.parametrize(
    ("audience", "yes"), [(AUDIENCE, True), ([AUDIENCE, "x"], True), ("x", False), ([], False), ("", False)]
)
def test_the_audience_is_one_or_several(audience: Any, yes: bool) -> None:  # noqa: FBT001 - a case
    assert accepted([ISSUER], audience) is yes


def test_a_records_audiences_do_not_widen_what_is_asked_for() -> None:
    token = RS.token(payload=claims(aud="other"))
    assert not accepted([RECORD | {"audiences": ["other"]}], AUDIENCE, token)
    assert accepted([RECORD | {"audiences": ["other", AUDIENCE]}], "other", token)


@pytest.mark.parametrize(
    ("now", "yes"), [(NOW, True), (NOW + 329.9, True), (NOW + 330, False), (NOW - 30, True), (NOW - 31, False)]
)
def test_time_is_given(now: float, yes: bool) -> None:  # noqa: FBT001 - a case
    assert accepted([ISSUER], now=now) is yes


def test_the_claims_are_those_of_the_token() -> None:
    assert verify(RS.token(), key_set(), AUDIENCE, [ISSUER], NOW) == claims()


@pytest.mark.parametrize("jwks", [None, [], "", 7])
def test_what_is_no_key_set_verifies_nothing(jwks: Any) -> None:
    with pytest.raises(TokenRefused) as refused:
        verify(RS.token(), jwks, AUDIENCE, [ISSUER], NOW)
    assert refused.value.reason == "bad_key_set"


def test_each_issuer_may_have_a_set_of_its_own() -> None:
    sets = {ISSUER: key_set(), GLOBEX_ISSUER: {"keys": []}}
    assert verify(RS.token(), sets, AUDIENCE, [ISSUER, GLOBEX_ISSUER], NOW)["iss"] == ISSUER
    with pytest.raises(TokenRefused):
        verify(RS.token(payload=claims(iss=GLOBEX_ISSUER)), sets, AUDIENCE, [ISSUER, GLOBEX_ISSUER], NOW)
