"""Issuers' key sets that lie, break, disappear or rotate; and callers who try to make us hammer them."""

import json
from typing import Any

import pytest

from lambdas.authoriser.models import DependencyDown, Unauthorized
from platform_kit.jwk import read_key_set
from platform_kit.jws import decode_segment
from tests.authority import (
    ISSUER,
    Authority,
    b64,
    compact,
    ec_jwk,
    ec_key,
    es256,
    number,
    request,
    rs256,
    rsa_jwk,
    rsa_key,
)

URI = f"{ISSUER}/jwks"
GOOD = rsa_jwk(rsa_key("platform"), "k1")
PRIVATE = rsa_key("platform").private_numbers()
DAY = 24 * 3600


def number_with_zero(text: str) -> str:
    return b64(b"\0" + decode_segment(text))


def outcome(world: Authority, token: str | None = None) -> str:
    """`allowed`, `refused` (401) or `down` (503), by a fresh authoriser."""
    try:
        world.authoriser().authorise(request(f"Bearer {token or world.token()}"))
    except Unauthorized:
        return "refused"
    except DependencyDown:
        return "down"
    return "allowed"


BROKEN = {
    "HTML": b"<!doctype html><title>Sign in</title>",
    "empty": b"",
    "a list": json.dumps([GOOD]).encode(),
    "a key alone": json.dumps(GOOD).encode(),
    "keys by name": json.dumps({"keys": {"k1": GOOD}}).encode(),
    "too many keys": json.dumps({"keys": [GOOD] * 65}).encode(),
    "not UTF-8": b'{"keys": "\xff"}',
    "nested very deeply": b"[" * 100_000,
    "null": b"null",
    "two lists of keys": b'{"keys": [], "keys": []}',
}


@pytest.mark.family("jws")
@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN.keys())
def test_a_document_that_is_no_key_set_counts_as_unreachable(document: bytes) -> None:
    world = Authority()
    world.documents[URI] = document
    assert outcome(world) == "down"


UNUSABLE: dict[str, list[Any]] = {
    "no keys": [],
    "no kid": [{name: value for name, value in GOOD.items() if name != "kid"}],
    "another kid": [GOOD | {"kid": "k2"}],
    "a number for a kid": [GOOD | {"kid": 1}],
    "the same kid twice": [GOOD, GOOD],
    "the same kid for another key": [GOOD, rsa_jwk(rsa_key("stranger"), "k1")],
    "the same kid for another kind of key": [GOOD, ec_jwk(ec_key("other"), "k1")],
    "for encryption": [GOOD | {"use": "enc"}],
    "an empty use": [GOOD | {"use": ""}],
    "to encrypt with": [GOOD | {"key_ops": ["encrypt"]}],
    "to sign with": [GOOD | {"key_ops": ["sign"]}],
    "to verify and to wrap": [GOOD | {"key_ops": ["verify", "wrapKey"]}],
    "for nothing": [GOOD | {"key_ops": []}],
    "operations as text": [GOOD | {"key_ops": "verify"}],
    "for another algorithm": [GOOD | {"alg": "RS512"}],
    "for HS256": [GOOD | {"alg": "HS256"}],
    "for none": [GOOD | {"alg": "none"}],
    "symmetric": [{"kty": "oct", "kid": "k1", "alg": "RS256", "k": "AAAA"}],
    "symmetric, dressed as RSA": [GOOD | {"k": "AAAA"}],
    "private": [GOOD | {"d": number(PRIVATE.d)}],
    "with its primes": [GOOD | {"p": number(PRIVATE.p), "q": number(PRIVATE.q)}],
    "1024 bits": [rsa_jwk(rsa_key("small", 1024), "k1")],
    "far too many bits": [GOOD | {"n": "_" * 12_000}],
    "exponent 1": [GOOD | {"e": number(1)}],
    "exponent 3": [GOOD | {"e": number(3)}],
    "an even exponent": [GOOD | {"e": number(65_538)}],
    "a huge exponent": [GOOD | {"e": number(2**64 + 1)}],
    "no modulus": [{name: value for name, value in GOOD.items() if name != "n"}],
    "a modulus that is no base64": [GOOD | {"n": "!!!"}],
    "a modulus that is a number": [GOOD | {"n": 7}],
    "lower-case type": [GOOD | {"kty": "rsa"}],
    "a certificate instead": [{"kty": "RSA", "kid": "k1", "x5c": ["MIIB"]}],
    "not an object": ["k1", None, 7],
    "a modulus with a leading zero": [GOOD | {"n": number_with_zero(GOOD["n"])}],
    "a modulus with loose padding": [GOOD | {"n": GOOD["n"] + "=="}],
}


@pytest.mark.family("jws")
@pytest.mark.parametrize("keys", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_doubtful_key_verifies_nothing(keys: list[Any]) -> None:
    world = Authority()
    world.documents[URI] = json.dumps({"keys": keys}).encode()
    assert outcome(world) == "refused"


@pytest.mark.parametrize("keys", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_doubtful_key_is_left_out_and_not_only_useless_for_this_token(keys: list[Any]) -> None:
    assert ("k1", "RS256") not in read_key_set(json.dumps({"keys": keys}).encode())


@pytest.mark.parametrize("keys", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_doubtful_key_does_not_spoil_a_good_one_beside_it(keys: list[Any]) -> None:
    world = Authority()
    world.documents[URI] = json.dumps({"keys": [*keys, rsa_jwk(rsa_key("next"), "k9")]}).encode()
    beside = compact({"alg": "RS256", "typ": "JWT", "kid": "k9"}, world.claims(), rs256(rsa_key("next")))
    assert outcome(world, beside) == "allowed"


def test_a_key_that_names_a_member_twice_verifies_nothing() -> None:
    world = Authority()
    twice = json.dumps(GOOD)[:-1] + ', "use": "sig"}'
    world.documents[URI] = f'{{"keys": [{twice}]}}'.encode()
    assert outcome(world) == "refused"


@pytest.mark.parametrize(
    "change",
    [{"use": None}, {"alg": None}, {"key_ops": ["verify"]}, {"x5c": ["MIIB"], "x5t": "x"}, {"unknown": 1}],
)
def test_a_key_that_says_less_or_more_than_it_must_is_good(change: dict[str, Any]) -> None:
    world = Authority()
    world.publish(ISSUER, {name: value for name, value in (GOOD | change).items() if value is not None})
    assert outcome(world) == "allowed"


def elliptic(world: Authority, jwk: dict[str, Any], key: str = "issuer") -> str:
    world.change_issuer(ISSUER, algorithms=["ES256"])
    world.publish(ISSUER, jwk)
    return compact({"alg": "ES256", "typ": "JWT", "kid": "e1"}, world.claims(), es256(ec_key(key)))


def test_an_issuer_may_sign_with_es256() -> None:
    world = Authority()
    assert outcome(world, elliptic(world, ec_jwk(ec_key("issuer"), "e1"))) == "allowed"


ELLIPTIC = {
    "another curve's name": {"crv": "P-384"},
    "no curve": {"crv": None},
    "a point off the curve": {"y": number(7)},
    "the point at infinity": {"x": "", "y": ""},
    "private": {"d": number(7)},
    "another algorithm": {"alg": "ES384"},
}


@pytest.mark.family("jws")
@pytest.mark.parametrize("change", ELLIPTIC.values(), ids=ELLIPTIC.keys())
def test_a_doubtful_elliptic_key_verifies_nothing(change: dict[str, Any]) -> None:
    world = Authority()
    jwk = {name: value for name, value in (ec_jwk(ec_key("issuer"), "e1") | change).items() if value is not None}
    assert outcome(world, elliptic(world, jwk)) == "refused"


@pytest.mark.family("jwt-claims")
def test_a_key_serves_the_algorithm_of_its_type_only() -> None:
    world = Authority()
    world.change_issuer(ISSUER, algorithms=["RS256", "ES256"])
    swapped = compact({"alg": "ES256", "typ": "JWT", "kid": "k1"}, world.claims(), es256(ec_key("stranger")))
    assert outcome(world, swapped) == "refused"


@pytest.mark.family("jwt-claims")
@pytest.mark.parametrize("algorithms", [["HS256"], ["none"], ["RS512"], []])
def test_a_record_cannot_make_an_algorithm_acceptable(algorithms: list[str]) -> None:
    world = Authority()
    world.change_issuer(ISSUER, algorithms=algorithms)
    assert outcome(world) == "refused"


# While the issuer is away


@pytest.mark.family("jwt-claims")
def test_kept_keys_serve_while_the_issuer_is_down() -> None:
    world = Authority()
    authoriser = world.authoriser()
    authoriser.authorise(request(f"Bearer {world.token()}"))
    world.down.add("jwks")
    world.now += DAY - 60
    assert authoriser.authorise(request(f"Bearer {world.token()}"))["context"]["tenantId"] == "acme"


@pytest.mark.family("jwt-claims")
def test_kept_keys_do_not_serve_for_ever() -> None:
    world = Authority()
    authoriser = world.authoriser()
    authoriser.authorise(request(f"Bearer {world.token()}"))
    world.down.add("jwks")
    world.now += DAY
    with pytest.raises(DependencyDown):
        authoriser.authorise(request(f"Bearer {world.token()}"))


@pytest.mark.family("jwt-claims")
def test_without_kept_keys_nothing_is_decided_while_the_issuer_is_down() -> None:
    assert outcome(Authority(down={"jwks"})) == "down"


@pytest.mark.family("jwt-claims")
def test_a_down_issuer_is_asked_once_in_ten_seconds() -> None:
    world = Authority(down={"jwks"})
    authoriser = world.authoriser()
    for second in range(25):
        world.now += 1
        with pytest.raises(DependencyDown):
            authoriser.authorise(request(f"Bearer {world.token(sub=str(second))}"))
    assert len(world.fetched) == 3


@pytest.mark.family("jwt-claims")
def test_an_issuer_that_returns_is_believed_again() -> None:
    world = Authority(down={"jwks"})
    authoriser = world.authoriser()
    with pytest.raises(DependencyDown):
        authoriser.authorise(request(f"Bearer {world.token()}"))
    world.down.clear()
    world.now += 10
    assert authoriser.authorise(request(f"Bearer {world.token()}"))["context"]["tenantId"] == "acme"


@pytest.mark.family("jwt-claims")
def test_an_unknown_kid_cannot_be_judged_while_the_issuer_is_down() -> None:
    world = Authority()
    authoriser = world.authoriser()
    authoriser.authorise(request(f"Bearer {world.token()}"))
    world.down.add("jwks")
    world.now += 60
    with pytest.raises(DependencyDown):
        authoriser.authorise(request(f"Bearer {world.token(header={'kid': 'k2'})}"))


# Rotation, and those who would exploit it


def rotated(world: Authority) -> str:
    world.publish(ISSUER, rsa_jwk(rsa_key("next"), "k2"))
    return compact({"alg": "RS256", "typ": "JWT", "kid": "k2"}, world.claims(), rs256(rsa_key("next")))


@pytest.mark.family("jwt-claims")
def test_a_new_key_is_found_at_once() -> None:
    world = Authority()
    authoriser = world.authoriser()
    authoriser.authorise(request(f"Bearer {world.token()}"))
    world.now += 11
    assert authoriser.authorise(request(f"Bearer {rotated(world)}"))["context"]["tenantId"] == "acme"
    assert len(world.fetched) == 2


@pytest.mark.family("jwt-claims")
def test_a_withdrawn_key_is_forgotten_within_eleven_minutes() -> None:
    world = Authority()
    authoriser = world.authoriser()
    authoriser.authorise(request(f"Bearer {world.token()}"))
    rotated(world)
    world.now += 660
    with pytest.raises(Unauthorized):
        authoriser.authorise(request(f"Bearer {world.token()}"))


@pytest.mark.family("jwt-claims")
def test_a_rain_of_unknown_kids_does_not_reach_the_issuer() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for number_ in range(300):
        world.now += 0.1
        with pytest.raises(Unauthorized):
            authoriser.authorise(request(f"Bearer {world.token(header={'kid': f'random-{number_}'})}"))
    assert len(world.fetched) <= 4


@pytest.mark.family("jwt-claims")
def test_a_rain_of_unknown_kids_harms_nobody_else() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for number_ in range(50):
        with pytest.raises(Unauthorized):
            authoriser.authorise(request(f"Bearer {world.token(header={'kid': f'random-{number_}'})}"))
    assert authoriser.authorise(request(f"Bearer {world.token()}"))["context"]["tenantId"] == "acme"


def test_warm_decisions_ask_nobody() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for _ in range(10):
        authoriser.authorise(request(f"Bearer {world.token()}"))
    assert len(world.fetched) == 1
    assert len(world.read) == 3  # the issuer, the tenant, the membership
